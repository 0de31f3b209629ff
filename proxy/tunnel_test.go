package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/health/outcome"
)

const (
	askFoo    = "GET /foo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
	switchFoo = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
)

// foo is a backend that upgrades to a protocol of its own, which talk speaks.
func foo(t *testing.T, talk func(nc *net.TCPConn, br *bufio.Reader)) string {
	return rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, switchFoo)
			talk(nc.(*net.TCPConn), br)
		}
	})
}

// echo sends back what comes, and its end.
func echo(nc *net.TCPConn, br *bufio.Reader) {
	io.Copy(nc, br)
	nc.CloseWrite()
	io.Copy(io.Discard, br)
}

// tunnelled is a client whose connection was upgraded.
func tunnelled(t *testing.T, r *rig) *client {
	t.Helper()
	c := r.dial(t)
	c.send(askFoo)
	c.upgraded()
	return c
}

func (c *client) upgraded() {
	c.t.Helper()
	resp, err := http.ReadResponse(c.br, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "foo" || resp.Header.Get("Connection") != "Upgrade" {
		c.t.Fatalf("%v, %v, want 101 to foo", resp, err)
	}
}

func (c *client) says(s string) {
	c.t.Helper()
	got := make([]byte, len(s))
	if _, err := io.ReadFull(c.br, got); err != nil || string(got) != s {
		c.t.Fatalf("%q, %v, want %q", got, err, s)
	}
}

// TestTunnelKeepsEveryByte: also those that came together with a head, on either
// side.
func TestTunnelKeepsEveryByte(t *testing.T) {
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, switchFoo+"welcome ")
			echo(nc.(*net.TCPConn), br)
		}
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send(askFoo + "early ")
	c.upgraded()
	c.says("welcome early ")
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go c.Write(big)
	got := make([]byte, len(big))
	if _, err := io.ReadFull(c.br, got); err != nil || !bytes.Equal(got, big) {
		t.Fatalf("%v, equal %v, want 1 MiB back exactly", err, bytes.Equal(got, big))
	}
	e := up.Versions[0].Endpoints[0]
	if r.Tunnels() != 1 || e.Tunnels() != 1 || e.Live.Inflight() != 1 || r.Inflight() != 0 {
		t.Errorf("%d tunnels, %d of the endpoint with %d in flight, %d requests, want 1, 1, 1 and 0",
			r.Tunnels(), e.Tunnels(), e.Live.Inflight(), r.Inflight())
	}
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} || up.Live.Users.Requests() != 1 {
		t.Errorf("outcomes %v of %d requests, want one ok while the tunnel lasts", f, up.Live.Users.Requests())
	}
	c.Conn.(*net.TCPConn).CloseWrite()
	c.closed()
	eventually(t, "the tunnel over", func() bool {
		return r.Tunnels() == 0 && e.Tunnels() == 0 && e.Live.Inflight() == 0 && r.Connections() == 0
	})
	if n := e.pool.Idle(); n != 0 {
		t.Errorf("%d idle connections, want that of the tunnel closed", n)
	}
}

// TestHalfClosedTunnelDelivers what the other end still has to say.
func TestHalfClosedTunnelDelivers(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		r := start(t, one(t, foo(t, func(nc *net.TCPConn, br *bufio.Reader) {
			all, _ := io.ReadAll(br)
			time.Sleep(3 * halfGrace / 2) // longer than a half-closed client of HTTP is waited for
			nc.Write(bytes.ToUpper(all))
		})), Options{})
		c := tunnelled(t, r)
		c.send("question")
		c.Conn.(*net.TCPConn).CloseWrite()
		c.says("QUESTION")
		c.closed()
	})
	t.Run("endpoint", func(t *testing.T) {
		heard := make(chan string, 1)
		r := start(t, one(t, foo(t, func(nc *net.TCPConn, br *bufio.Reader) {
			io.WriteString(nc, "bye")
			nc.CloseWrite()
			all, _ := io.ReadAll(br)
			heard <- string(all)
		})), Options{})
		c := tunnelled(t, r)
		c.says("bye")
		c.closed()
		c.send("answer")
		c.Conn.(*net.TCPConn).CloseWrite()
		if got := receive(t, "what the client said", heard); got != "answer" {
			t.Errorf("%q, want answer", got)
		}
	})
}

// TestBrokenTunnelLooksBroken: the end of a part is not the end of the whole. The
// endpoint's reset speaks against it, not against its version.
func TestBrokenTunnelLooksBroken(t *testing.T) {
	t.Run("by the endpoint", func(t *testing.T) {
		up := one(t, foo(t, func(nc *net.TCPConn, br *bufio.Reader) {
			br.ReadByte()
			nc.SetLinger(0)
		}))
		c := tunnelled(t, start(t, up, Options{}))
		c.send("x")
		if _, err := c.br.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%v, want the reset", err)
		}
		e := up.Versions[0].Endpoints[0]
		eventually(t, "the endpoint blamed", func() bool { return e.Stats.Counts().Failed == 1 })
		if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
			t.Errorf("outcomes %v, want one ok", f)
		}
	})
	t.Run("by the client", func(t *testing.T) {
		ended := make(chan error, 1)
		up := one(t, foo(t, func(_ *net.TCPConn, br *bufio.Reader) {
			_, err := br.ReadByte()
			ended <- err
		}))
		c := tunnelled(t, start(t, up, Options{}))
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
		if err := receive(t, "the end", ended); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%v, want the reset", err)
		}
		if n := up.Versions[0].Endpoints[0].Stats.Counts(); n.Failed != 0 {
			t.Errorf("endpoint %+v, want nothing against it", n)
		}
	})
}

// TestSilentTunnelEnds when neither end has spoken for its time; one that speaks
// keeps the other's silence.
func TestSilentTunnelEnds(t *testing.T) {
	const silence = 1200 * time.Millisecond // far more than a step can be late
	up := one(t, foo(t, func(_ *net.TCPConn, br *bufio.Reader) { io.Copy(io.Discard, br) }))
	up.Timeouts.Tunnel = silence
	c := tunnelled(t, start(t, up, Options{}))
	for range 9 {
		time.Sleep(silence / 6)
		c.send("x") // nothing comes back
	}
	last := time.Now()
	c.closed()
	if d := time.Since(last); d < silence*3/4 {
		t.Errorf("closed %v after the last byte, want %v", d, silence)
	}
	if n := up.Versions[0].Endpoints[0].Stats.Counts(); n.Failed != 0 {
		t.Errorf("endpoint %+v, want nothing against it", n)
	}
}

func TestUpgradeThatIsDeclined(t *testing.T) {
	seen := make(chan http.Header, 10)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			req, err := readRequest(br)
			if err != nil {
				return
			}
			seen <- req.Header
			io.WriteString(nc, plainAnswer)
		}
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send(askFoo + askFoo)
	for range 2 {
		if g := c.receive("GET"); g.StatusCode != 200 || g.Close {
			t.Fatalf("%d, close %v, want a plain answer", g.StatusCode, g.Close)
		}
		if h := <-seen; h.Get("Upgrade") != "foo" || h.Get("Connection") != "Upgrade" {
			t.Errorf("the endpoint saw %v, want the upgrade asked for", h)
		}
	}
	if n := r.Tunnels(); n != 0 {
		t.Errorf("%d tunnels, want none", n)
	}
}

// TestUpgradeThatWasNotAskedFor is a bad answer.
func TestUpgradeThatWasNotAskedFor(t *testing.T) {
	ask := func(more string) string { return "POST / HTTP/1.1\r\nHost: a\r\n" + more + "\r\n" }
	for name, tt := range map[string]struct{ request, answer string }{
		"plain request":      {ask("Content-Length: 0\r\n"), switchFoo},
		"with a body":        {ask("Content-Length: 2\r\nConnection: Upgrade\r\nUpgrade: foo\r\n") + "hi", switchFoo},
		"not in Connection":  {ask("Content-Length: 0\r\nUpgrade: foo\r\n"), switchFoo},
		"h2c":                {ask("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"), strings.Replace(switchFoo, "foo", "h2c", 1)},
		"another protocol":   {ask("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n"), strings.Replace(switchFoo, "foo", "bar", 1)},
		"no protocol":        {ask("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n"), "HTTP/1.1 101 X\r\n\r\n"},
		"answer with a body": {ask("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n"), strings.Replace(switchFoo, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nabc", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, rawBackend(t, answering(tt.answer)))
			r := start(t, up, Options{})
			c := r.dial(t)
			c.send(tt.request)
			if g := c.receive("POST"); g.StatusCode != 502 || g.Header.Get("X-Weir-Reason") != "upstream_answer" {
				t.Errorf("%d %q, want 502 upstream_answer", g.StatusCode, g.Header.Get("X-Weir-Reason"))
			}
			if n := up.Versions[0].Endpoints[0].pool.Idle(); n != 0 || r.Tunnels() != 0 {
				t.Errorf("%d idle connections and %d tunnels, want none", n, r.Tunnels())
			}
		})
	}
}

// TestUpgradeIsTriedElsewhere: until the 101 it is a request like others.
func TestUpgradeIsTriedElsewhere(t *testing.T) {
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{deadAddress(t), foo(t, echo)}})
	r := start(t, up, Options{})
	for range 4 {
		c := tunnelled(t, r)
		c.send("hi")
		c.says("hi")
	}
}

func TestTunnelEndsWithTheDrain(t *testing.T) {
	t.Run("of its endpoint", func(t *testing.T) {
		up := one(t, foo(t, echo))
		r := start(t, up, Options{})
		c := tunnelled(t, r)
		e := up.Versions[0].Endpoints[0]
		e.Retire(time.Hour)
		c.send("still here")
		c.says("still here")
		e.Retire(time.Millisecond)
		c.closed()
		eventually(t, "the tunnel over", func() bool { return r.Tunnels() == 0 })
		if n := e.Stats.Counts(); n.Failed != 0 {
			t.Errorf("endpoint %+v, want nothing against it", n)
		}
	})
	t.Run("of the server", func(t *testing.T) {
		r := start(t, one(t, foo(t, echo)), Options{})
		c := tunnelled(t, r)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- r.Shutdown(ctx) }()
		eventually(t, "the drain has begun", r.draining.Load)
		c.send("still here")
		c.says("still here")
		cancel()
		c.closed()
		if err := receive(t, "the end of the drain", done); !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown: %v, want the context's error: a tunnel was cut", err)
		}
		if n := r.Tunnels(); n != 0 {
			t.Errorf("%d tunnels left", n)
		}
	})
	t.Run("by itself", func(t *testing.T) {
		r := start(t, one(t, foo(t, echo)), Options{})
		c := tunnelled(t, r)
		done := make(chan error, 1)
		go func() { done <- r.Shutdown(context.Background()) }()
		eventually(t, "the drain has begun", r.draining.Load)
		c.Close()
		if err := receive(t, "the end of the drain", done); err != nil {
			t.Errorf("Shutdown: %v, want nil", err)
		}
	})
}
