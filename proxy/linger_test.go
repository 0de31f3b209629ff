package proxy

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestAnswerArrivesAlthoughTheClientStillSends: a close with unread bytes would
// reset the connection and could take the answer with it.
func TestAnswerArrivesAlthoughTheClientStillSends(t *testing.T) {
	r := start(t, one(t, deadAddress(t)), Options{})
	for range 20 {
		c := r.dial(t)
		const size = 200_000
		fmt.Fprintf(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size)
		time.Sleep(time.Millisecond)
		c.send(strings.Repeat("x", size))
		if g := c.receive("POST"); g.StatusCode != 502 || !g.Close {
			t.Fatalf("%d, close %v, want 502 and the close", g.StatusCode, g.Close)
		}
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed()
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
