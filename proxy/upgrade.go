package proxy

import (
	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// upgrade passes a 101 that the client has asked for, with what the endpoint sent
// right behind it, and makes a tunnel of the client's connection. The request is
// over with that: its tunnel runs when the exchange has given its buffers back.
func (x *exchange) upgrade(a *attempt, version string) (kind outcome.Kind, truncated bool) {
	c, up := x.c, x.up
	x.keep, x.cut = false, true // nothing of HTTP follows, and nobody lingers
	o := http1.ResponseOptions{ExposeVersion: version}
	if a.route.response != nil {
		facts := x.facts(a)
		o.Edits, o.Facts = a.route.response, &facts
	}
	o.Lines = x.ownLines(a)
	x.out, _ = http1.AppendResponse(x.out[:0], &x.resp, o)
	c.sent.notBody += int64(len(x.out))
	x.out = append(x.out, x.answer.unread()...)
	if c.write(x.out, sock.Now()) != nil || !c.using.end(up) {
		x.part(false, 0)
		return outcome.Canceled, up.WasCut()
	}
	x.up = nil
	a.record(outcome.OK)
	t := newTunnel(c, a, up)
	c.tunnel.Store(t)
	if c.srv.closing.Err() != nil {
		t.cut() // the hard close may have looked before the line above
	}
	return outcome.OK, false
}

// runTunnel carries the bytes of an upgraded connection, if this is one.
func (c *conn) runTunnel() {
	if t := c.tunnel.Load(); t != nil {
		t.run(c.in.unread())
	}
}

// endTunnel gives back what a tunnel has.
func (c *conn) endTunnel() {
	if t := c.tunnel.Swap(nil); t != nil {
		t.end()
	}
}
