package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestAnswerArrivesAlthoughTheClientStillSends: a close with unread bytes would
// reset the connection and could take the answer with it.
func TestAnswerArrivesAlthoughTheClientStillSends(t *testing.T) {
	r := start(t, one(t, deadAddress(t)), Options{})
	for i := range 20 {
		c := r.dial(t)
		const size = 200_000
		fmt.Fprintf(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size)
		eventually(t, "answered", func() bool { return r.up.Live.Users.Requests() == uint64(i+1) })
		c.send(strings.Repeat("x", size))
		if g := c.receive("POST"); g.StatusCode != 502 || !g.Close {
			t.Fatalf("%d, close %v, want 502 and the close", g.StatusCode, g.Close)
		}
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed()
	}
}

// TestAnswerOutlivesTheClose: a client that reads slowly gets all of the last
// answer, although bytes nobody will read have come behind its request.
func TestAnswerOutlivesTheClose(t *testing.T) {
	const size = 1_500_000 // more than the client's socket holds
	for name, tt := range map[string]struct {
		request, behind string
		drain           bool
	}{
		"old client":    {"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "\r\n", false}, // RFC 9112 §2.2
		"closing":       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "\r\n", false},
		"drain":         {plainGet, plainGet, true},
		"behind a body": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", "abc\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			arrived, release := make(chan struct{}), make(chan struct{})
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if req, err := http.ReadRequest(br); err == nil {
					close(arrived)
					<-release
					io.Copy(io.Discard, req.Body)
					fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
					io.CopyN(nc, &pattern{}, size)
				}
			})
			r := start(t, one(t, addr), Options{})
			c := r.dial(t)
			c.Conn.(*net.TCPConn).SetReadBuffer(32 << 10)
			c.send(tt.request)
			<-arrived
			c.send(tt.behind)
			if tt.drain {
				go r.Shutdown(context.Background())
				eventually(t, "draining", r.draining.Load)
			}
			close(release)
			resp, err := http.ReadResponse(c.br, nil)
			if err != nil {
				t.Fatal(err)
			}
			var n int64
			for err == nil {
				time.Sleep(time.Millisecond) // a slow reader
				var m int64
				m, err = io.CopyN(io.Discard, resp.Body, 64<<10)
				n += m
			}
			if n != size {
				t.Errorf("%d of %d bytes, %v, want all", n, size, err)
			}
			c.closed()
			c.Close()
		})
	}
}

func TestLingerIsBounded(t *testing.T) {
	r := start(t, one(t, deadAddress(t)), Options{})
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
	sent, err := io.Copy(c.Conn, io.LimitReader(&pattern{}, 1<<30))
	if err == nil {
		t.Errorf("%d bytes were taken after the answer, want the connection cut", sent)
	}
}

// TestIdleUpstreamConnectionsAreReaped by what Run calls every few seconds.
func TestIdleUpstreamConnectionsAreReaped(t *testing.T) {
	up := one(t, cannedBackend(t))
	v := up.Versions[0]
	short := NewEndpoint(v.Endpoints[0].Address, v.Endpoints[0].Live, &outcome.Endpoint{}, EndpointOptions{IdleTimeout: time.Millisecond})
	v.Endpoints[0] = short
	r := start(t, up, Options{})
	r.dial(t).get("/")
	eventually(t, "one idle connection", func() bool { return short.pool.Idle() == 1 })
	eventually(t, "none after reaping", func() bool { r.reapIdle(); return short.pool.Idle() == 0 })
}
