package proxy

import (
	"sync/atomic"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// tunnel is what a client connection is after an upgrade: bytes of a protocol that
// Weir does not know, both ways, until both ends have said all they have to say. It
// keeps its attempt's place in flight at the endpoint. No generation, weight or
// trip touches it; it ends with the drain of its endpoint or of the server, or by
// silence.
type tunnel struct {
	c        *conn
	up       *pool.Conn
	upstream *Upstream
	version  *Version
	endpoint *Endpoint
	silence  time.Duration // of both ends together, that ends it
	heard    atomic.Int64  // sock.Now when the last byte came, from either end
	over     atomic.Bool   // both connections are being closed
}

// newTunnel takes over the upstream connection of the attempt, and its place.
func newTunnel(c *conn, a *attempt, up *pool.Conn) *tunnel {
	t := &tunnel{c: c, up: up, upstream: a.upstream, version: a.version, endpoint: a.endpoint, silence: a.upstream.Timeouts.Tunnel}
	t.hear()
	a.inflight = false
	c.srv.tunnels.Add(1)
	t.endpoint.tunnels.Add(1)
	return t
}

// end closes the upstream connection and gives the place back.
func (t *tunnel) end() {
	t.up.Discard()
	t.c.srv.tunnels.Add(-1)
	t.endpoint.tunnels.Add(-1)
	passed(t.upstream, t.endpoint)
	release(t.upstream, t.version, t.endpoint)
}

// run carries bytes until the end. early are those that came right behind the
// client's request; they are sent before run waits for others.
func (t *tunnel) run(early []byte) {
	back := make(chan struct{})
	go func() {
		defer close(back)
		defer func() {
			if p := recover(); p != nil {
				t.c.srv.panicked(p)
				t.close(false)
			}
		}()
		(&way{t: t, from: &t.up.Conn, to: &t.c.client}).run()
	}()
	defer func() { <-back }()
	defer func() {
		if p := recover(); p != nil {
			t.close(false) // or the other way would be waited for in vain
			panic(p)
		}
	}()
	there := &way{t: t, from: &t.c.client, to: &t.up.Conn}
	if len(early) == 0 || there.pass(early) {
		t.c.in.Withdraw()
		there.run()
	}
}

// close ends both ways; more calls do nothing. broken says that one end has broken
// off: the other must not take what it got for all there was.
func (t *tunnel) close(broken bool) {
	if t.over.Swap(true) {
		return
	}
	if broken {
		reset(t.c.client.Conn)
		reset(t.up.Conn.Conn)
	}
	t.c.client.Close()
	t.up.Close()
}

// cut closes both connections, at the end of the server's drain.
func (t *tunnel) cut() { t.up.Cut() }

// hear notes that a byte has come.
func (t *tunnel) hear() { t.heard.Store(int64(sock.Now())) }

// silentBy is when the tunnel ends if nobody says anything until then.
func (t *tunnel) silentBy() time.Duration { return time.Duration(t.heard.Load()) + t.silence }

// blame counts a reset by the endpoint. The verdict does not hear of it: to it the
// attempt was over with its head (semantics §3.1).
func (t *tunnel) blame() {
	if t.over.Load() || t.up.WasCut() {
		return
	}
	t.endpoint.Stats.Record(outcome.Reset, false)
	t.upstream.Live.failed(false)
}
