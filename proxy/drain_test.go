package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
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
	half.send("Host: a\r\n\r\n") // a head begun before the drain is a request in flight
	if g := half.receive("GET"); g.StatusCode != 200 || !g.Close {
		t.Errorf("half a head: %d, close %v, want 200 with Connection: close", g.StatusCode, g.Close)
	}
	half.Conn.Close()
	select {
	case err := <-done:
		t.Fatalf("Shutdown returned %v with a request in flight", err)
	default: // by now the idle connection is closed and the other request over
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

// waiting is a listener whose connections say when they begin to wait for bytes.
type waiting struct {
	net.Listener
	accepted chan *waitingConn
}

type waitingConn struct {
	net.Conn
	reads chan struct{} // one for each read that begins
}

func (w waiting) Accept() (net.Conn, error) {
	nc, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &waitingConn{nc, make(chan struct{}, 100)}
	w.accepted <- c
	return c, nil
}

func (w *waitingConn) Read(p []byte) (int, error) {
	w.reads <- struct{}{}
	return w.Conn.Read(p)
}

// TestDrainTakesWhatWasOnItsWay: a request that lies in the socket when its idle
// connection is woken is answered, not reset.
func TestDrainTakesWhatWasOnItsWay(t *testing.T) {
	ln := waiting{listen(t), make(chan *waitingConn, 1)}
	r := startOn(t, ln, one(t, cannedBackend(t)), Options{})
	for range 20 {
		c := r.dial(t)
		there := receive(t, "the connection", ln.accepted)
		receive(t, "the wait for a request", there.reads)
		c.get("/")
		receive(t, "the wait for the next one", there.reads)
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
	var arrived atomic.Int64
	once := func(nc net.Conn, br *bufio.Reader) { // answers the first request of a connection, no other
		for n := 0; ; n++ {
			if _, err := readRequest(br); err != nil {
				return
			}
			if n == 0 {
				io.WriteString(nc, plainAnswer)
			}
			arrived.Add(1)
		}
	}
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, once), rawBackend(t, once)}})
	up.Timeouts.Response = time.Hour // only the hard close ends what is in flight
	r := start(t, up, Options{})
	c := r.dial(t)
	c.get("/")
	c.get("/") // each endpoint now has an idle connection for a retry
	c.send(plainGet)
	eventually(t, "in flight", func() bool { return arrived.Load() == 3 })
	before := firsts(up.Versions[0])
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(ctx) }()
	select {
	case err := <-done:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v, want the context's error", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Shutdown has not returned, want it soon after its context")
	}
	c.closed()
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections left", n)
	}
	if n := arrived.Load(); n != 3 {
		t.Errorf("%d requests at the endpoints, want no attempt after the hard close", n)
	}
	after := firsts(up.Versions[0])
	before[outcome.Canceled]++
	if after != before || laters(up.Versions[0]) != [outcome.NumKinds]uint64{} {
		t.Errorf("outcomes %v, later %v, want %v and none: Weir closed the connection", after, laters(up.Versions[0]), before)
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

// mute answers the head of an answer, or nothing when that is empty, and then is
// silent for ever.
func mute(head string) func(net.Conn, *bufio.Reader) {
	return func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, head)
			readRequest(br)
		}
	}
}

// TestHardCloseCutsVisibly: a client that reads until the close must not take what
// the hard close left of an answer for all of it.
func TestHardCloseCutsVisibly(t *testing.T) {
	r := start(t, one(t, rawBackend(t, mute("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"))), Options{})
	c := r.dial(t)
	c.send("GET / HTTP/1.0\r\n\r\n")
	resp, err := http.ReadResponse(c.br, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, len("hello"))
	if _, err := io.ReadFull(resp.Body, body); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v, want the context's error", err)
	}
	if n, err := resp.Body.Read(body); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%d bytes, %v, want an error in place of the end", n, err)
	}
}

// TestDrainWaitsForTheFirstRequest: a connection that was accepted just before has
// its first request on the way, later than one that is kept between requests.
func TestDrainWaitsForTheFirstRequest(t *testing.T) {
	r := start(t, one(t, cannedPosts(t)), Options{})
	c := r.dial(t)
	eventually(t, "accepted", func() bool { return r.Connections() == 1 })
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(context.Background()) }()
	eventually(t, "draining", r.draining.Load)
	time.Sleep(50 * time.Millisecond) // a slow way
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	if g, err := c.tryReceive("POST"); err != nil || g.StatusCode != 200 || !g.Close {
		t.Errorf("%v %v, want 200 and the close", g.Response, err)
	}
	c.Close()
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v, want nil", err)
	}
}

// TestEndOfADrainIsNobodysFailure: what Weir cuts itself speaks neither against
// the endpoint nor against the version, wherever the attempt was.
func TestEndOfADrainIsNobodysFailure(t *testing.T) {
	for name, tt := range map[string]struct {
		head   string // of the answer before the cut
		status int    // that the client gets; 0: the beginning of the endpoint's answer
	}{
		"before the answer": {"", 502},
		"inside the head":   {"HTTP/1.1 200 OK\r\n", 502},
		"inside the body":   {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 0},
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, rawBackend(t, mute(tt.head)))
			failed := make(chan struct{}, 10)
			up.Live.Failed = func() { failed <- struct{}{} }
			c := start(t, up, Options{}).dial(t)
			c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
			e := up.Versions[0].Endpoints[0]
			if tt.status == 0 {
				c.br.Peek(1) // the head has come
			} else {
				eventually(t, "in flight", func() bool { return e.Live.Inflight() == 1 })
			}
			e.Retire(time.Millisecond)
			g, err := c.tryReceive("POST")
			switch {
			case tt.status == 0 && err == nil:
				t.Errorf("%d %q was read as complete", g.StatusCode, g.body)
			case tt.status != 0 && (err != nil || g.StatusCode != tt.status || g.Header.Get("X-Weir-Reason") != "drain"):
				t.Errorf("%v %v, want %d drain", g.Response, err, tt.status)
			}
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.Canceled: 1} {
				t.Errorf("outcomes %v, want one canceled", f)
			}
			if n := e.Stats.Counts(); n != (outcome.EndpointCounts{}) {
				t.Errorf("endpoint %+v, want nothing against it", n)
			}
			var users outcome.UserTotals
			if up.Live.Users.Totals(&users); users.Errors != 1 {
				t.Errorf("users saw %d errors, want the one", users.Errors)
			}
			if len(failed) != 0 || len(up.Live.Wake) != 0 {
				t.Error("those who look for failures were woken")
			}
		})
	}
}

// TestEndOfADrainIsRepeatedElsewhere when that is safe.
func TestEndOfADrainIsRepeatedElsewhere(t *testing.T) {
	for method, want := range map[string]int{"GET": 200, "POST": 502} {
		t.Run(method, func(t *testing.T) {
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, mute("")), cannedPosts(t)}})
			c := start(t, up, Options{}).dial(t)
			c.send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
			e := up.Versions[0].Endpoints[0]
			eventually(t, "in flight", func() bool { return e.Live.Inflight() == 1 })
			e.Retire(time.Millisecond)
			if g := c.receive(method); g.StatusCode != want {
				t.Errorf("%d, want %d", g.StatusCode, want)
			}
		})
	}
}

// TestNothingIsCutOfAnAnsweredRequest: a client that has its whole answer and does
// not leave is waited for a moment, and closed without being called cut.
func TestNothingIsCutOfAnAnsweredRequest(t *testing.T) {
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err != nil {
			return
		}
		arrived <- struct{}{}
		<-release
		io.WriteString(nc, plainAnswer)
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	receive(t, "the request at the endpoint", arrived)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(ctx) }()
	eventually(t, "the drain has begun", func() bool { return r.draining.Load() })
	close(release)
	if g := c.receive("GET"); g.StatusCode != 200 || !g.Close {
		t.Fatalf("%d, close %v, want 200 with Connection: close", g.StatusCode, g.Close)
	}
	eventually(t, "nothing in flight", func() bool { return r.Inflight() == 0 })
	cancel() // the bound, while the client still keeps its end open
	if err := receive(t, "the end of the drain", done); err != nil {
		t.Errorf("Shutdown: %v, want nil: the client has its whole answer", err)
	}
}
