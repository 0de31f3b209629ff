package pool

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/proxy/internal/sock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// far is the other end: it hands out the connections that were accepted.
type far struct {
	addr     string
	accepted chan net.Conn
}

func newFar(t testing.TB) *far {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &far{addr: ln.Addr().String(), accepted: make(chan net.Conn, 100)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			f.accepted <- nc
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
		for {
			select {
			case nc := <-f.accepted:
				nc.Close()
			default:
				return
			}
		}
	})
	return f
}

// dial returns both ends of a new connection.
func (f *far) dial(t testing.TB, p *Pool) (*Conn, net.Conn) {
	t.Helper()
	c, err := p.Dial(context.Background(), time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	nc := <-f.accepted
	t.Cleanup(func() { c.Close(); nc.Close() })
	return c, nc
}

func TestLastUsedFirst(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	a, _ := f.dial(t, p)
	b, _ := f.dial(t, p)
	if p.Get(sock.Now(), true) != nil {
		t.Fatal("a busy connection was handed out")
	}
	a.Release(sock.Now(), true)
	b.Release(sock.Now(), true)
	if got := p.Get(sock.Now(), true); got != b || !got.Reused {
		t.Errorf("got %p, reused %v, want the last one, reused", got, got.Reused)
	}
	if got := p.Get(sock.Now(), true); got != a {
		t.Errorf("got %p, want the other one", got)
	}
}

func TestUncleanConnectionsAreNotHandedOut(t *testing.T) {
	for name, spoil := range map[string]func(nc net.Conn){
		"closed":  func(nc net.Conn) { nc.Close() },
		"reset":   func(nc net.Conn) { nc.(*net.TCPConn).SetLinger(0); nc.Close() },
		"talking": func(nc net.Conn) { nc.Write([]byte("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			p := New(f.addr, Options{})
			clean, _ := f.dial(t, p)
			c, nc := f.dial(t, p)
			clean.Release(sock.Now(), true)
			c.Release(sock.Now(), true)
			spoil(nc)
			// A read at the other end proves nothing; wait until the socket shows it.
			for end := time.Now().Add(5 * time.Second); c.Quiet() && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if got := p.Get(sock.Now(), true); got != clean {
				t.Errorf("got %p, want the clean one", got)
			}
			if n := p.Idle(); n != 0 {
				t.Errorf("%d idle, want the spoilt one gone", n)
			}
		})
	}
}

func TestIdleTimeout(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{IdleTimeout: time.Second})
	old, oldFar := f.dial(t, p)
	young, _ := f.dial(t, p)
	now := sock.Now()
	old.Release(now, true)
	young.Release(now+time.Second, true)
	p.Reap(now + time.Second + 1)
	if n := p.Idle(); n != 1 {
		t.Fatalf("%d idle after reaping, want 1", n)
	}
	oldFar.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := oldFar.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the old connection: %v, want it closed", err)
	}
	if got := p.Get(now+2*time.Second+1, true); got != nil {
		t.Error("a connection past its time was handed out")
	}
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func TestMaxIdle(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{MaxIdle: 1})
	a, _ := f.dial(t, p)
	b, far := f.dial(t, p)
	a.Release(sock.Now(), true)
	b.Release(sock.Now(), true)
	if n := p.Idle(); n != 1 {
		t.Errorf("%d idle, want 1", n)
	}
	far.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := far.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the one too many: %v, want it closed", err)
	}
}

func TestRetire(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	idle, idleFar := f.dial(t, p)
	busy, busyFar := f.dial(t, p)
	ends, endsFar := f.dial(t, p)
	idle.Release(sock.Now(), true)
	p.Retire(50 * time.Millisecond)
	mustClose(t, "idle", idleFar)
	ends.Release(sock.Now(), true)
	mustClose(t, "ended after the retirement", endsFar)
	begin := time.Now()
	mustClose(t, "busy", busyFar)
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("busy connection closed after %v, want 50 ms", d)
	}
	busy.Discard()
	// One dialled now, by a request that still has the old generation, is bounded too.
	late, lateFar := f.dial(t, p)
	mustClose(t, "late", lateFar)
	late.Discard()
}

// TestInterruptedConnectionsAreNotKept: whoever releases one has overlooked
// something, and the next user must not pay for it.
func TestInterruptedConnectionsAreNotKept(t *testing.T) {
	for name, interrupt := range map[string]func(*Conn){
		"cut":    func(c *Conn) { c.Cut() },
		"reads":  func(c *Conn) { c.Interrupt() },
		"writes": func(c *Conn) { c.InterruptWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			p := New(f.addr, Options{})
			c, nc := f.dial(t, p)
			interrupt(c)
			c.Release(sock.Now(), true)
			if n := p.Idle(); n != 0 {
				t.Errorf("%d idle, want the interrupted one closed", n)
			}
			mustClose(t, "interrupted", nc)
		})
	}
}

func mustClose(t *testing.T, what string, nc net.Conn) {
	t.Helper()
	nc.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := nc.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("%s: %v, want it closed", what, err)
	}
}

func TestRestore(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	c, nc := f.dial(t, p)
	p.Retire(20 * time.Millisecond)
	p.Restore()
	nc.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
	if _, err := nc.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("busy connection of a restored pool: %v, want it alive", err)
	}
	c.Release(sock.Now(), true)
	if n := p.Idle(); n != 1 {
		t.Errorf("%d idle, want connections kept again", n)
	}
}

// TestAnOldBoundDoesNotCloseUnderANewOne: the timer of the first Retire fires
// while the second is at work, and gets the lock after it.
func TestAnOldBoundDoesNotCloseUnderANewOne(t *testing.T) {
	f := newFar(t)
	for fired := false; !fired; {
		p := New(f.addr, Options{})
		c, _ := f.dial(t, p)
		p.Retire(time.Millisecond)
		p.mu.Lock()
		time.Sleep(10 * time.Millisecond) // else it is tried again
		fired = p.mu.expiry != nil && !p.mu.expiry.Stop()
		p.retireLocked(time.Hour)
		p.mu.Unlock()
		if !fired {
			continue
		}
		time.Sleep(10 * time.Millisecond) // time for the old timer to do its worst
		if _, err := c.Write([]byte("x")); err != nil {
			t.Errorf("a connection with an hour to drain: %v, want it open", err)
		}
	}
}

func TestRetireWithoutBoundLeavesBusyConnections(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	_, nc := f.dial(t, p)
	p.Retire(0)
	nc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := nc.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("busy connection: %v, want it alive", err)
	}
}

func TestManyUsers(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 300 {
				c := p.Get(sock.Now(), true)
				if c == nil {
					var err error
					if c, err = p.Dial(context.Background(), time.Second, nil); err != nil {
						t.Error(err)
						return
					}
				}
				if i%50 == 0 {
					c.Discard()
				} else {
					c.Release(sock.Now(), true)
				}
				if i%100 == 0 {
					p.Reap(sock.Now())
				}
			}
		})
	}
	wg.Wait()
	p.Retire(0)
	if p.mu.busy != nil || p.Idle() != 0 {
		t.Errorf("busy %v, idle %d, want none left", p.mu.busy, p.Idle())
	}
}

func BenchmarkGetRelease(b *testing.B) {
	f := newFar(b)
	p := New(f.addr, Options{})
	c, _ := f.dial(b, p)
	now := sock.Now()
	c.Release(now, true)
	b.ReportAllocs()
	for b.Loop() {
		c := p.Get(now, true)
		if c == nil {
			b.Fatal("no connection")
		}
		c.Release(now, true)
	}
}

// TestHotIsTrustedOnlyWhenSure: a connection is looked at, however hot, unless the
// last read found nothing behind an answer that said itself where it ends.
func TestHotIsTrustedOnlyWhenSure(t *testing.T) {
	for name, tt := range map[string]struct {
		room         int
		framed, once bool
		sure         bool
	}{
		"all read, framed":   {room: 3, framed: true, sure: true},
		"all read, unframed": {room: 3, framed: false, sure: false},
		"room for no more":   {room: 2, framed: true, sure: false},
		"cannot be repeated": {room: 3, framed: true, once: true, sure: false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			p := New(f.addr, Options{})
			c, nc := f.dial(t, p)
			nc.Write([]byte("ok"))
			if n, err := c.ReadBy(make([]byte, tt.room), sock.Now()+5*time.Second, 5*time.Second); n != 2 || err != nil {
				t.Fatalf("read %d, %v, want 2 bytes", n, err)
			}
			nc.Write([]byte("x"))
			for end := time.Now().Add(5 * time.Second); c.Quiet() && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			now := sock.Now()
			c.Release(now, tt.framed)
			if taken := p.Get(now, !tt.once) == c; taken != tt.sure {
				t.Errorf("taken without a look: %v, want %v", taken, tt.sure)
			}
			c.Release(now, tt.framed)
			if p.Get(now+hotFor, true) == c {
				t.Error("taken when no longer hot, want it looked at")
			}
		})
	}
}
