package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			req, err := readRequest(br)
			if err != nil {
				return
			}
			if req.URL.Path == "/slow" {
				arrived <- struct{}{}
				<-release
			}
			io.WriteString(nc, plainAnswer)
		}
	})
	r := start(t, one(t, addr), Options{})
	idle, busy, half := r.dial(t), r.dial(t), r.dial(t)
	idle.get("/")
	half.get("/")
	half.send("GET /half HTTP/1.1\r\n")
	busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
	<-arrived
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(context.Background()) }()
	idle.closed()
	if _, err := net.Dial("tcp", r.addr); err == nil {
		t.Error("a new connection was accepted, want none during the drain")
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown returned %v with a request in flight", err)
	case <-time.After(50 * time.Millisecond):
	}
	half.send("Host: a\r\n\r\n") // a head begun before the drain is a request in flight
	if g := half.receive("GET"); g.StatusCode != 200 || !g.Close {
		t.Errorf("half a head: %d, close %v, want 200 with Connection: close", g.StatusCode, g.Close)
	}
	close(release)
	if g := busy.receive("GET"); g.StatusCode != 200 || !g.Close {
		t.Errorf("in flight: %d, close %v, want 200 with Connection: close", g.StatusCode, g.Close)
	}
	busy.Conn.Close()
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v, want nil", err)
	}
	if n := r.Inflight(); n != 0 {
		t.Errorf("%d in flight after the drain", n)
	}
}

// TestDrainTakesWhatWasOnItsWay: a request that lies in the socket when its idle
// connection is woken is answered, not reset.
func TestDrainTakesWhatWasOnItsWay(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	for range 20 {
		c := r.dial(t)
		c.get("/")
		eventually(t, "idle", func() bool { return r.Inflight() == 0 })
		// What Shutdown does to this connection, while the request is being sent.
		r.draining.Store(true)
		c.send(plainGet)
		r.conns.each(func(c *conn) { c.client.Interrupt() })
		if g, err := c.tryReceive("GET"); err != nil || g.StatusCode != 200 || !g.Close {
			t.Fatalf("%v %v, want 200 and the close", g.Response, err)
		}
		r.draining.Store(false)
	}
}

func TestDrainEndsWithItsContext(t *testing.T) {
	addr := rawBackend(t, func(_ net.Conn, br *bufio.Reader) {
		readRequest(br)
		readRequest(br) // never answers
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send(plainGet)
	eventually(t, "in flight", func() bool { return r.Inflight() == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v, want the context's error", err)
	}
	c.closed()
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}

func TestRetiredEndpointFinishesWhatItHas(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		readRequest(br)
		arrived <- struct{}{}
		<-release
		io.WriteString(nc, plainAnswer)
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send(plainGet)
	<-arrived
	up.Versions[0].Endpoints[0].Retire(time.Minute)
	close(release)
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Errorf("in flight on a retired endpoint: %d, want 200", g.StatusCode)
	}
	if n := up.Versions[0].Endpoints[0].pool.Idle(); n != 0 {
		t.Errorf("%d idle connections to a retired endpoint, want 0", n)
	}
}

func TestRetiredEndpointIsClosedAfterItsDrain(t *testing.T) {
	addr := rawBackend(t, func(_ net.Conn, br *bufio.Reader) {
		readRequest(br)
		readRequest(br)
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	eventually(t, "in flight", func() bool { return up.Versions[0].Endpoints[0].Live.Inflight() == 1 })
	up.Versions[0].Endpoints[0].Retire(20 * time.Millisecond)
	if g := c.receive("POST"); g.StatusCode != 502 {
		t.Errorf("%d, want 502 when the drain is over", g.StatusCode)
	}
}
