package proxy

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// conn is one client connection speaking HTTP/1.1 (or 1.0): requests one after
// the other, each as an exchange.
type conn struct {
	srv      *Server
	client   sock.Conn
	listener string // the name of the one that it came to; "" where that has none
	peer     netip.Addr
	clientIP []byte   // in text, for X-Forwarded-For
	policy   *Clients // of the request under way, or the one waited for
	served   int      // requests, the one under way included
	mutual   bool     // TLS with client certificates
	sni      []byte   // where mutual, the host that the handshake was for; empty: none named
	sent     delivered
	in       input
	w        worker
	slot     slot
	x        *exchange // under way; nil: none

	// For the watcher and the hard close, which come from other goroutines.
	using      using
	tunnel     atomic.Pointer[tunnel] // what an upgrade has made of the connection; nil: HTTP
	left       atomic.Bool            // the client has closed its end
	untilClose atomic.Bool            // an answer is under way that the close will end
}

var errOver = errors.New("connection is over")

// handle serves a connection to its end; the engine closes it afterwards.
func (s *Server) handle(nc net.Conn) error {
	nc, listener := bare(nc)
	c := &conn{srv: s, listener: listener, peer: addressOf(nc), policy: s.clients()}
	c.clientIP = textOf(c.peer)
	if s, ok := nc.(*secured); ok {
		c.reset(s)
	} else {
		c.client.Reset(nc)
	}
	c.w.slot = &c.slot
	c.w.shard = int(s.connSeq.Add(1))
	c.slot.shard = c.w.shard
	at, slotAt := s.conns.add(c), s.slots.add(&c.slot)
	defer s.conns.remove(at)
	defer s.slots.remove(slotAt)
	defer func() {
		if p := recover(); p != nil {
			c.fault(p)
		}
	}()
	if s.closing.Err() != nil {
		return nil
	}
	if refused := s.door.enter(c.peer, c.policy); refused != nil {
		c.turnAway(refused)
		return nil
	}
	defer s.door.leave(c.peer)
	if c.client.Secure() && !c.shakeHands() {
		return nil
	}
	watched := s.watch.Add(c.client.Socket(), c)
	defer watched.Forget()
	defer c.endTunnel()
	c.run()
	c.runTunnel()
	c.in.Withdraw()
	c.client.Goodbye(c.policy.SendTimeout)
	return nil
}

// panicked counts and reports a fault in the goroutine of a client connection.
func (s *Server) panicked(p any) {
	s.panics.Add(1)
	s.opts.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Msg("client connection")
}

// fault ends this connection after a panic, which must not end the process.
func (c *conn) fault(p any) {
	c.srv.panicked(p)
	c.w.abandon()
	c.cut()
	if c.x != nil && c.x.up != nil {
		c.x.up.Discard()
	}
}

// mayGoOn says that the connection may serve another request, for all that Weir
// wants.
func (c *conn) mayGoOn() bool {
	return !c.srv.draining.Load() && (c.policy.Requests == 0 || c.served < c.policy.Requests)
}

// run serves requests until the connection is over.
func (c *conn) run() {
	first := true
	for {
		n, err := c.awaitHead(first)
		if err != nil {
			return
		}
		first = false
		c.served++
		c.x = takeExchange(c)
		keep := c.x.run(n)
		c.x.give()
		c.x = nil
		if !keep {
			return
		}
	}
}

// awaitHead waits for a complete head and returns its length, or answers and
// returns an error when there will be none.
func (c *conn) awaitHead(first bool) (int, error) {
	c.policy = c.srv.clients()
	patience := c.policy.KeepAliveTimeout
	if first {
		patience = c.policy.HeaderTimeout
	}
	by := sock.Now() + patience
	begun, seen := false, 0
	for {
		b := c.in.unread()
		begins := len(b) > 0 && !begun
		if begins && !first {
			c.policy = c.srv.clients() // the one before may be as old as the last request
		}
		begun = len(b) > 0
		if begun {
			if n := http1.HeadEnd(b, seen); n >= 0 {
				return n, nil
			}
			if seen = len(b); seen >= c.policy.Head {
				return 0, c.refuseHead(replyTo(http1.TooLarge(b, c.policy.head())))
			}
			if begins && !first { // a head that comes whole needs no time of its own
				patience = c.policy.HeaderTimeout
				by = sock.Now() + patience
			}
		} else if c.srv.draining.Load() {
			if err := c.lastLook(first, by); err != nil {
				return 0, err
			}
			continue
		}
		err := c.fill(by, patience)
		switch {
		case err == nil:
		case errors.Is(err, sock.ErrInterrupted):
			c.client.Resume() // the drain has begun: the loop looks
		case errors.Is(err, os.ErrDeadlineExceeded) && !blank(c.in.unread()):
			return 0, c.refuseHead(replyHeadTimeout)
		default:
			return 0, err
		}
	}
}

// fill reads more of a head, or waits for the first of it without a buffer.
func (c *conn) fill(by, patience time.Duration) error {
	if len(c.in.unread()) == 0 {
		othersFirst()
		n, err := c.client.ReadIdle(&c.in, by, patience)
		c.in.w = n
		return err
	}
	n, err := c.client.ReadBy(c.in.room(), by, patience)
	c.in.w += n
	return err
}

// How long a drain waits for a request that may be on its way: behind an answer,
// and on a connection that was made for it.
const (
	nextGrace  = 10 * time.Millisecond
	firstGrace = time.Second
)

// lastLook finds a request that was on its way when the drain began: nil when
// there is one.
func (c *conn) lastLook(first bool, by time.Duration) error {
	grace := nextGrace
	if first {
		grace = firstGrace
	}
	by = min(by, sock.Now()+grace)
	for {
		c.client.Resume()
		err := c.fill(by, grace)
		if !errors.Is(err, sock.ErrInterrupted) || c.srv.closing.Err() != nil {
			return err // a drain that interrupts has only just come to this connection
		}
	}
}

// refuseHead answers something that is no request, and ends the connection.
func (c *conn) refuseHead(r *reply) error {
	c.srv.rejects.count(r.reason)
	c.refuse(r, replyOptions{minor: 1})
	return errOver
}

// refuse answers and closes.
func (c *conn) refuse(r *reply, o replyOptions) {
	o.close = true
	answer, before := r.append(nil, o), c.sent.body()
	c.sent.notBody += headOf(answer)
	err := c.write(answer, sock.Now())
	c.logRefused(r, c.in.unread(), before)
	if err == nil {
		c.linger()
	}
}

// write sends bytes to the client.
func (c *conn) write(p []byte, now time.Duration) error {
	n, err := c.client.WriteAll(p, now, c.policy.SendTimeout)
	c.sent.all += int64(n)
	return err
}

// blank reports whether only empty lines have come: some clients send one after
// a body, which is no request begun (RFC 9112 §2.2).
func blank(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// addressOf returns the peer's IP address without zone; the zero Addr when it has
// none.
func addressOf(nc net.Conn) netip.Addr {
	a, ok := nc.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap().WithZone("")
}

// textOf writes an address; nothing for the zero Addr.
func textOf(a netip.Addr) []byte {
	if !a.IsValid() {
		return nil
	}
	return a.AppendTo(nil)
}
