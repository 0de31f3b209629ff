package proxy

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/pool"
)

// EndpointOptions configures the connections to an endpoint. The zero value of
// each field means its default.
type EndpointOptions struct {
	// IdleTimeout is how long an unused connection is kept. It should be shorter
	// than the endpoint's own keep-alive timeout. Default 30 s.
	IdleTimeout time.Duration
	// MaxIdle bounds the unused connections kept. Default 1024; below 0 none is.
	MaxIdle int
	// MaxRequests is how many requests a connection serves before it is closed.
	// Default: no bound.
	MaxRequests int
	// MaxAge is the age after which a connection is closed when a request has ended.
	// Default: no bound.
	MaxAge time.Duration
	// Name is what the endpoint is called, host:port: in its certificate and where it
	// gets its own address as Host. Default its address. It stays.
	Name string
}

func (o EndpointOptions) pool() pool.Options {
	return pool.Options{IdleTimeout: o.IdleTimeout, MaxIdle: o.MaxIdle, MaxRequests: o.MaxRequests, MaxAge: o.MaxAge}
}

// Endpoint is one address of a version with its connections. The control plane
// keeps one per upstream, version and address across generations.
type Endpoint struct {
	Address string // host:port
	Name    string // what it is called, host:port; the same but where DNS gave the address
	Live    *balancer.Live
	Stats   *outcome.Endpoint
	Fails   *balancer.Fails // needed where Upstream.CountFails is

	pool       *pool.Pool
	tunnels    atomic.Int64
	complained atomic.Int64 // sock.Now when a fault of TLS was last logged
}

// NewEndpoint returns an endpoint without connections; it starts nothing.
func NewEndpoint(address string, live *balancer.Live, stats *outcome.Endpoint, o EndpointOptions) *Endpoint {
	e := &Endpoint{
		Address: address,
		Name:    cmp.Or(o.Name, address),
		Live:    live,
		Stats:   stats,
		pool:    pool.New(address, o.pool()),
	}
	e.pool.Name = e.Name
	return e
}

// Keep changes the options, for the connections there are too.
func (e *Endpoint) Keep(o EndpointOptions) { e.pool.Keep(o.pool()) }

// Tunnels returns the number of upgraded connections to the endpoint. They are in
// flight there too.
func (e *Endpoint) Tunnels() int64 { return e.tunnels.Load() }

// Retire is for an endpoint that was removed or drained: its idle connections
// are closed now, busy ones finish, and what is still busy after drain is closed
// (0: never). Semantics §9. Safe to call again; a later call sets a new bound.
func (e *Endpoint) Retire(drain time.Duration) { e.pool.Retire(drain) }

// Restore takes a Retire back: the endpoint serves again and keeps connections.
func (e *Endpoint) Restore() { e.pool.Restore() }

// Open sees to it that so many connections to the endpoint wait for a request, as
// far as its options let them be kept; those that have waited for half of their
// time do not count. Each is dialled within the timeout. It is for the control
// plane, from any goroutine.
func (s *Server) Open(ctx context.Context, e *Endpoint, connections int, timeout time.Duration) error {
	return e.pool.Open(ctx, connections, timeout, s.watch)
}
