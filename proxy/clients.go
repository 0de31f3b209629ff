package proxy

import (
	"net/netip"
	"time"

	"weir/proxy/internal/http1"
)

// Clients is what clients may cost: how long each phase of a request may take
// and how large its head may be, how many connections there may be and how many
// requests on each. A Snapshot carries it, so a reload changes it: for a connection
// from its next request on. Times and the bounds of a head are above 0; a count of
// 0 is no bound.
type Clients struct {
	// HeaderTimeout bounds the time from the first byte of a request's head (on a
	// new connection: from the accept) to its last.
	HeaderTimeout time.Duration
	// KeepAliveTimeout is how long a connection may wait for its next request.
	KeepAliveTimeout time.Duration
	// BodyTimeout is the longest silence of a client within a request body.
	BodyTimeout time.Duration
	// SendTimeout is how long a client may take nothing of an answer.
	SendTimeout time.Duration

	Head    int // bytes of a request's head; more is 431
	Headers int // lines of it; more is 431
	Target  int // bytes of its target as sent; more is 414

	Conns      int // connections served at once; one more is answered 503 and closed
	ConnsPerIP int // the same for one address, an IPv6 one counting with its /64
	Requests   int // on one connection; the last is answered with "Connection: close"

	Trusted []netip.Prefix // peers whose word on where a request comes from is believed

	Trace bool // requests that are in no trace get a traceparent of Weir's
}

// DefaultClients is in force where nothing else is said.
func DefaultClients() Clients {
	return Clients{
		HeaderTimeout:    10 * time.Second,
		KeepAliveTimeout: 75 * time.Second,
		BodyTimeout:      60 * time.Second,
		SendTimeout:      60 * time.Second,
		Head:             http1.DefaultLimits.Head,
		Headers:          http1.DefaultLimits.Fields,
		Target:           http1.DefaultLimits.Target,
		Conns:            65536,
	}
}

// head is what a request's head is held to.
func (p *Clients) head() http1.Limits {
	return http1.Limits{Head: p.Head, Fields: p.Headers, Target: p.Target, Method: http1.DefaultLimits.Method}
}

// beforePublish is the policy of a server without a snapshot. Nobody writes it.
var beforePublish = DefaultClients()

// clients is the policy of this moment. It is a value of its own, so that a
// connection which keeps it does not keep a whole generation.
func (s *Server) clients() *Clients {
	if snap := s.snap.Load(); snap != nil {
		return snap.Clients
	}
	return &beforePublish
}
