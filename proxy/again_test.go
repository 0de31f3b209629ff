package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// TestNoRetryAfterTheFirstByte: once the client has got something of an answer,
// the request is over with that attempt, whatever becomes of it.
func TestNoRetryAfterTheFirstByte(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
	} {
		var count atomic.Int64
		breaking := func(nc net.Conn, br *bufio.Reader) {
			if _, err := readRequest(br); err == nil {
				count.Add(1)
				io.WriteString(nc, answer)
			}
		}
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, breaking), rawBackend(t, breaking)}})
		up.Retry.Tries = 5
		c := start(t, up, Options{}).dial(t)
		c.send(plainGet)
		if g, err := c.tryReceive("GET"); err == nil {
			t.Errorf("%q: %d %q was read as complete", answer, g.StatusCode, g.body)
		}
		eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
		if n := count.Load(); n != 1 {
			t.Errorf("%q: %d attempts, want 1", answer, n)
		}
		if f := firsts(up.Versions[0]); f[outcome.Reset] != 1 {
			t.Errorf("%q: outcomes %v, want one reset", answer, f)
		}
	}
}

// TestTheSameEndpointIsNotTriedTwice, however many tries there may be.
func TestTheSameEndpointIsNotTriedTwice(t *testing.T) {
	for _, how := range []string{"refused", "reset", "503", "half a head"} {
		f := newFailing(t, how)
		up := one(t, f.addr)
		up.Retry.Tries = 5
		if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode < 500 {
			t.Errorf("%s: %d, want a failure", how, g.StatusCode)
		}
		eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
		if n := laters(up.Versions[0]); n != [outcome.NumKinds]uint64{} {
			t.Errorf("%s: later attempts %v, want none", how, n)
		}
	}
}

// TestUnsentPostOnAStaleConnection: a connection that takes not one byte costs the
// POST nothing, neither when its body is at hand nor when it is still to come.
func TestUnsentPostOnAStaleConnection(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		over := make(chan struct{})
		release := sync.OnceFunc(func() { close(over) })
		var count atomic.Int64
		addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			for {
				req, err := http.ReadRequest(br)
				if err != nil {
					<-over // the connection looks alive to Weir
					return
				}
				if _, err := io.Copy(io.Discard, req.Body); err != nil {
					return
				}
				count.Add(1)
				io.WriteString(nc, plainAnswer)
			}
		})
		t.Cleanup(release) // before the endpoint's, which waits for its connections
		up := one(t, addr)
		r := start(t, up, Options{})
		c := r.dial(t)
		c.get("/")
		pool := up.Versions[0].Endpoints[0].pool
		eventually(t, "idle connection", func() bool { return pool.Idle() == 1 })
		stale := pool.Get(sock.Now(), true)
		if stale == nil {
			t.Fatal("the idle connection is not handed out")
		}
		stale.Conn.Conn.(interface{ CloseWrite() error }).CloseWrite() // from here on a write fails at once
		stale.Release(sock.Now(), true)
		body := strings.Repeat("x", 20_000)
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n")
		if !streamed {
			c.send(body)
		} else {
			eventually(t, "the head on its way", func() bool { return up.Versions[0].Endpoints[0].Live.Inflight() == 1 })
			c.send(body)
		}
		if g := c.receive("POST"); g.StatusCode != 200 {
			t.Errorf("streamed %v: %d, want 200", streamed, g.StatusCode)
		}
		release()
		eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
		if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 2} || laters(up.Versions[0]) != [outcome.NumKinds]uint64{} || count.Load() != 2 {
			t.Errorf("streamed %v: outcomes %v and later %v, %d at the endpoint, want 2 ok at the first attempt", streamed, f, laters(up.Versions[0]), count.Load())
		}
	}
}
