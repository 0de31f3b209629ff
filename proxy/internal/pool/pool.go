package pool

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"weir/proxy/internal/sock"
	"weir/proxy/internal/watch"
)

// Pool is the set of connections to one address. Safe for concurrent use.
type Pool struct {
	// Name is whose certificate the other end shows, host:port: the address, unless it is
	// set before the pool is used.
	Name string

	address string
	keeping atomic.Pointer[Options] // replaced whole, by Keep

	mu struct {
		sync.Mutex
		idle    []*Conn     // the most recently used last: LIFO keeps few connections hot
		busy    *Conn       // intrusive list, for the end of a drain
		base    *tls.Config // as given to Secure
		tls     *tls.Config // what new connections are made with; nil: in clear
		retired bool
		drain   time.Duration // how long busy connections of a retired pool may live; 0: as they like
		expiry  *time.Timer   // closes what is busy when the drain is over
		bound   uint64        // one more whenever expiry is stopped: by it an old timer knows that it is void
	}
	idleCount atomic.Int32 // len(mu.idle): lets Reap pass over empty pools without the lock
}

// New returns the pool of an address (host:port) without connections. It starts
// nothing.
func New(address string, o Options) *Pool {
	p := &Pool{Name: address, address: address}
	o.setDefaults()
	p.keeping.Store(&o)
	return p
}

// Get returns an idle connection, the most recently used one that is still
// clean, or nil: then Dial. repeatable says that the request can be sent once more
// if the endpoint turns out to have closed the connection.
func (p *Pool) Get(now time.Duration, repeatable bool) *Conn {
	for {
		c := p.pop()
		if c == nil {
			return nil
		}
		if !c.clean(now, repeatable) {
			c.Discard()
			continue
		}
		c.Reused = true
		return c
	}
}

func (p *Pool) pop() *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.mu.idle) - 1
	if n < 0 {
		return nil
	}
	c := p.mu.idle[n]
	p.mu.idle[n] = nil
	p.mu.idle = p.mu.idle[:n]
	p.idleCount.Store(int32(n))
	p.link(c)
	return c
}

// Dial makes a new connection within the timeout, or until ctx ends; a
// *HandshakeError is the fault of TLS. w watches it
// for as long as it lives; nil: nobody does.
func (p *Pool) Dial(ctx context.Context, timeout time.Duration, w *watch.Watcher) (*Conn, error) {
	began := sock.Now()
	by, config := began+timeout, p.config()
	d := net.Dialer{Timeout: timeout, KeepAlive: -1}
	nc, err := d.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	c := newConn(p, nc, config, w)
	c.madeAt = began
	if config != nil {
		if err := c.shakeHands(ctx, by); err != nil {
			c.Close()
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link(c)
	return c, nil
}

// put makes a busy connection idle, or closes it when there is no use for it.
func (p *Pool) put(c *Conn, now time.Duration) {
	c.idleSince = now
	c.served++
	if !p.keep(c, c.Interrupted() || c.WasCut()) {
		c.Close()
	}
}

func (p *Pool) keep(c *Conn, spoilt bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unlink(c)
	o := p.keeping.Load()
	if spoilt || c.ended || c.config != p.mu.tls || p.mu.retired || o.spent(c) || len(p.mu.idle) >= o.MaxIdle {
		return false
	}
	p.mu.idle = append(p.mu.idle, c)
	p.idleCount.Store(int32(len(p.mu.idle)))
	return true
}

// Reap closes the connections that have been idle for too long. It costs one
// load when there is none.
func (p *Pool) Reap(now time.Duration) {
	if p.idleCount.Load() == 0 {
		return
	}
	for _, c := range p.stale(now) {
		c.Close()
	}
}

func (p *Pool) stale(now time.Duration) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, idle := 0, p.keeping.Load().IdleTimeout
	for n < len(p.mu.idle) && now-p.mu.idle[n].idleSince > idle {
		n++
	}
	return p.takeOldest(n)
}

// takeOldest removes the n oldest idle connections and returns them. The lock
// is held.
func (p *Pool) takeOldest(n int) []*Conn {
	if n == 0 {
		return nil
	}
	old := append([]*Conn(nil), p.mu.idle[:n]...)
	rest := copy(p.mu.idle, p.mu.idle[n:])
	clear(p.mu.idle[rest:])
	p.mu.idle = p.mu.idle[:rest]
	p.idleCount.Store(int32(rest))
	return old
}

// Idle returns the number of idle connections.
func (p *Pool) Idle() int { return int(p.idleCount.Load()) }

func (p *Pool) link(c *Conn) {
	c.prev, c.next = nil, p.mu.busy
	if c.next != nil {
		c.next.prev = c
	}
	p.mu.busy = c
	c.busy = true
	if p.mu.retired {
		p.armExpiry()
	}
}

func (p *Pool) unlink(c *Conn) {
	if !c.busy {
		return
	}
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		p.mu.busy = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.prev, c.next, c.busy = nil, nil, false
	if p.mu.busy == nil {
		p.stopExpiry() // the drain is over before its time
	}
}
