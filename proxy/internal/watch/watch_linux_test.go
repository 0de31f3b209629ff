package watch

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer counts how often it was told.
type peer struct {
	told  atomic.Int32
	reset atomic.Bool
}

func (p *peer) Hangup(reset bool) {
	p.reset.Store(reset)
	p.told.Add(1)
}

func running(t *testing.T) *Watcher {
	t.Helper()
	w, err := New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v, want nil", err)
		}
	})
	return w
}

func pair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func TestHangupIsToldOnce(t *testing.T) {
	for name, end := range map[string]func(far *net.TCPConn){
		"half":  func(far *net.TCPConn) { far.CloseWrite() },
		"whole": func(far *net.TCPConn) { far.Close() },
		"reset": func(far *net.TCPConn) { far.SetLinger(0); far.Close() },
		"behind unread bytes": func(far *net.TCPConn) {
			far.Write([]byte("unread"))
			far.CloseWrite()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := running(t)
			near, far := pair(t)
			p := &peer{}
			defer w.Add(near, p).Forget()
			end(far)
			eventually(t, "told", func() bool { return p.told.Load() > 0 })
			if got, want := p.reset.Load(), name == "reset"; got != want {
				t.Errorf("reset %v, want %v", got, want)
			}
			far.Close()
			quiet(t, w)
			if n := p.told.Load(); n != 1 {
				t.Errorf("told %d times, want once", n)
			}
		})
	}
}

// quiet waits until w has told all that it knows of up to now.
func quiet(t *testing.T, w *Watcher) {
	t.Helper()
	near, far := pair(t)
	p := &peer{}
	defer w.Add(near, p).Forget()
	far.Close()
	eventually(t, "a later one told", func() bool { return p.told.Load() > 0 })
}

func TestBytesAreNoHangup(t *testing.T) {
	w := running(t)
	near, far := pair(t)
	p := &peer{}
	defer w.Add(near, p).Forget()
	far.Write([]byte("hello"))
	quiet(t, w)
	if n := p.told.Load(); n != 0 {
		t.Errorf("told %d times about bytes, want never", n)
	}
}

func TestEndedBeforeTheWatch(t *testing.T) {
	w := running(t)
	near, far := pair(t)
	far.Close()
	p := &peer{}
	defer w.Add(near, p).Forget()
	eventually(t, "told", func() bool { return p.told.Load() == 1 })
}

func TestUnderTLS(t *testing.T) {
	w := running(t)
	near, far := pair(t)
	p := &peer{}
	defer w.Add(tls.Client(near, &tls.Config{ServerName: "a"}), p).Forget()
	far.Close()
	eventually(t, "told", func() bool { return p.told.Load() == 1 })
}

// TestForgotten: descriptors are used again at once, and what the kernel says of
// one must not reach the next.
func TestForgotten(t *testing.T) {
	w := running(t)
	for range 200 {
		near, far := pair(t)
		old := &peer{}
		token := w.Add(near, old)
		token.Forget()
		token.Forget()
		near.Close()
		next, nextFar := pair(t)
		p := &peer{}
		defer w.Add(next, p).Forget()
		far.Close()
		token.Forget() // a late second call
		quiet(t, w)
		if old.told.Load() != 0 || p.told.Load() != 0 {
			t.Fatalf("told %d and %d times, want neither", old.told.Load(), p.told.Load())
		}
		nextFar.Close()
		eventually(t, "the next one told", func() bool { return p.told.Load() == 1 })
	}
	if n := len(w.peers.mu.slots); n > 203 {
		t.Errorf("%d slots, want those that were free used again", n)
	}
}

func TestWithoutARunningWatcher(t *testing.T) {
	near, _ := pair(t)
	var none *Watcher
	none.Add(near, &peer{}).Forget()
	w, err := New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Errorf("Run: %v, want nil", err)
	}
	if got := w.Add(near, &peer{}); got != (Token{}) {
		t.Errorf("%v after Run has ended, want no token", got)
	}
	near.Close()
	w2 := running(t)
	if got := w2.Add(near, &peer{}); got != (Token{}) {
		t.Errorf("%v for a closed connection, want no token", got)
	}
}
