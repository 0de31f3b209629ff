package proxy

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"weir/proxy/internal/sock"
)

// door counts the client connections that are being served, in all and by the
// address they come from, and says whether another one may be. It counts by
// address also where that is not bounded, so that a bound which a reload brings
// knows who is there. The zero value is empty.
type door struct {
	mu struct {
		sync.Mutex
		inside int
		of     map[netip.Addr]int
	}
	refusing atomic.Int64 // connections that are being told why not
}

// enter takes a place under the policy; the answer to give when there is none.
func (d *door) enter(from netip.Addr, p *Clients) *reply {
	from = household(from)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case p.Conns > 0 && d.mu.inside >= p.Conns:
		return replyOverload
	case p.ConnsPerIP > 0 && from.IsValid() && d.mu.of[from] >= p.ConnsPerIP:
		return replyTooManyConns
	}
	if d.mu.of == nil {
		d.mu.of = make(map[netip.Addr]int)
	}
	d.mu.inside++
	d.mu.of[from]++
	return nil
}

// leave gives the place back.
func (d *door) leave(from netip.Addr) {
	from = household(from)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.inside--
	if d.mu.of[from]--; d.mu.of[from] == 0 {
		delete(d.mu.of, from)
	}
}

// household is what counts as one address: in IPv6 a /64, which is the least that
// a customer gets, so that whoever has one has all of its addresses.
func household(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, _ := a.Prefix(64) // of a valid IPv6 address: no error
	return p.Addr()
}

// maxRefusing bounds the connections that linger after they were refused; above
// it the answer may be lost in the close.
const maxRefusing = 1024

// turnAway answers a connection that may not come in.
func (c *conn) turnAway(r *reply) {
	c.srv.rejects.count(r.reason)
	if c.client.Secure() {
		return // closed without a word: a handshake costs more than the request would
	}
	defer c.srv.door.refusing.Add(-1)
	if c.srv.door.refusing.Add(1) <= maxRefusing {
		c.refuse(r, replyOptions{minor: 1})
		return
	}
	_ = c.write(r.append(nil, replyOptions{minor: 1, close: true}), sock.Now()) // it is closed either way
	c.logRefused(r, nil, 0)
}
