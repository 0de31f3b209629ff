package proxy

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/valyala/fasthttp"
)

// TestPinNextProtoEmptyKey pins what fasthttp does not document: the key ""
// catches plaintext connections before anything is read from them, and the
// handler's return closes them.
func TestPinNextProtoEmptyKey(t *testing.T) {
	e := &fasthttp.Server{Handler: func(*fasthttp.RequestCtx) { t.Error("fasthttp has parsed a request") }}
	first := make(chan byte, 1)
	e.NextProto("", func(nc net.Conn) error {
		var b [1]byte
		nc.Read(b[:])
		first <- b[0]
		return nil
	})
	ln := listen(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := e.Serve(ln); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	if b := <-first; b != 'G' {
		t.Errorf("the handler read %q first, want G", b)
	}
	if n, err := nc.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes, want the close", n)
	}
	ln.Close()
	wg.Wait()
}

// scarce is a listener out of file descriptors for a while.
type scarce struct {
	net.Listener
	errs  []error
	calls int
}

func (s *scarce) Accept() (net.Conn, error) {
	if s.calls++; s.calls <= len(s.errs) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", s.errs[s.calls-1])}
	}
	a, b := net.Pipe()
	b.Close()
	return a, nil
}

func TestListenerOutlivesShortages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs []error
		for range 3 {
			errs = append(errs, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM)
		}
		srv := &Server{} // without the engine: fasthttp stays out of bubbles
		srv.closing, srv.hardStop = context.WithCancel(t.Context())
		p := &patient{Listener: &scarce{errs: errs}, srv: srv}
		begin := time.Now()
		nc, err := p.Accept()
		if err != nil {
			t.Fatalf("Accept: %v, want a connection after the shortage", err)
		}
		nc.Close()
		// 5 ms doubled eight times is over the limit: 5+10+…+640, then 4 × 1 s.
		if d := time.Since(begin); d != 1275*time.Millisecond+4*time.Second {
			t.Errorf("waited %v, want pauses from 5 ms doubled up to 1 s", d)
		}
	})
}

func TestListenerReportsOtherErrors(t *testing.T) {
	p := &patient{Listener: &scarce{errs: []error{syscall.EINVAL}}, srv: New(Options{})}
	if _, err := p.Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Accept: %v, want EINVAL", err)
	}
}

func TestTooManyConnectionsAreTold(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.Conns = 2 })
	a, b := r.dial(t), r.dial(t)
	a.get("/")
	b.get("/")
	over := r.dial(t)
	g := over.receive("GET")
	if g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "overload" || g.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v, want 503 overload with Retry-After", g.StatusCode, g.Header)
	}
	over.Close()
	a.get("/")
	a.Close()
	eventually(t, "room again", func() bool { return r.Connections() == 1 })
	if g := r.dial(t).get("/"); g.StatusCode != 200 {
		t.Errorf("after one has left: %d, want 200", g.StatusCode)
	}
}

// TestRefusedConnectionsTakeNoPlace: those that were refused may stay a while, and
// must not keep others out.
func TestRefusedConnectionsTakeNoPlace(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.Conns = 1 })
	served := r.dial(t)
	served.get("/") // or the other one might come first
	refused := r.dial(t)
	if g := refused.receive("GET"); g.StatusCode != 503 {
		t.Fatalf("%d for the one too many, want 503", g.StatusCode)
	}
	served.Close()
	eventually(t, "only the refused one left", func() bool { return r.Connections() == 1 })
	if g := r.dial(t).get("/"); g.StatusCode != 200 {
		t.Errorf("%d with nobody served, want 200", g.StatusCode)
	}
}

// TestPanicEndsOneConnection puts a fault where every failed attempt passes.
func TestPanicEndsOneConnection(t *testing.T) {
	up := one(t, deadAddress(t))
	var on atomic.Bool
	on.Store(true)
	up.Live.Failed = func() {
		if on.Load() {
			panic("fault")
		}
	}
	r := start(t, up, Options{})
	r.panics = 1
	c, other := r.dial(t), r.dial(t)
	c.send(plainGet)
	c.closed()
	on.Store(false)
	if g := other.get("/"); g.StatusCode != 502 {
		t.Errorf("another connection: %d, want 502 as ever", g.StatusCode)
	}
	eventually(t, "nothing in flight", func() bool { return r.Inflight() == 0 })
}

func TestServeWithoutSnapshotSaysSo(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	r.snap.Store(nil)
	if g := r.dial(t).get("/"); g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "starting" {
		t.Errorf("%d %q, want 503 starting", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
}

func TestServeAfterShutdownReturns(t *testing.T) {
	s := New(Options{})
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(listen(t)); err != nil {
		t.Errorf("Serve: %v, want nil at once", err)
	}
}

func TestSeveralListeners(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	second := listen(t)
	done := make(chan error, 1)
	go func() { done <- r.Serve(second) }()
	for _, addr := range []string{r.addr, second.Addr().String()} {
		if g := (&rig{addr: addr}).dial(t).get("/"); g.StatusCode != 200 {
			t.Errorf("%s: %d, want 200", addr, g.StatusCode)
		}
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
