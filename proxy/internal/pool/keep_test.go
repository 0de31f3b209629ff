package pool

import (
	"testing"
	"time"

	"weir/proxy/internal/sock"
)

// TestSpent: a connection that has served its time is closed when a request has
// ended on it, and only then.
func TestSpent(t *testing.T) {
	second := time.Second
	for name, tt := range map[string]struct {
		o      Options
		serves int           // before the last
		age    time.Duration // when the last has ended
		closed bool
	}{
		"no bounds":                {serves: 5000, age: 240 * time.Hour},
		"the last of its requests": {o: Options{MaxRequests: 3}, serves: 2, closed: true},
		"one before":               {o: Options{MaxRequests: 3}, serves: 1},
		"one is enough":            {o: Options{MaxRequests: 1}, closed: true},
		"at its age":               {o: Options{MaxAge: second}, age: second},
		"past its age":             {o: Options{MaxAge: second}, age: second + 1, closed: true},
		"none is kept":             {o: Options{MaxIdle: -1}, closed: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			p := New(f.addr, tt.o)
			c, nc := f.dial(t, p)
			for range tt.serves {
				c.Release(c.madeAt, true)
				if p.Get(c.madeAt, true) != c {
					t.Fatal("closed before its time")
				}
			}
			c.Release(c.madeAt+tt.age, true)
			if kept := p.Idle() == 1; kept == tt.closed {
				t.Fatalf("kept: %v, want %v", kept, !tt.closed)
			}
			if tt.closed {
				mustClose(t, name, nc)
			}
		})
	}
}

// TestAgeOfTheIdle: age is looked at after a request, so that what is idle has one
// more.
func TestAgeOfTheIdle(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{MaxAge: time.Second})
	c, _ := f.dial(t, p)
	c.Release(c.madeAt, true)
	if p.Get(c.madeAt+2*time.Second, true) != c {
		t.Error("an idle connection past its age was closed, want one more request")
	}
	c.Release(c.madeAt+2*time.Second, true)
	if p.Idle() != 0 {
		t.Error("kept past its age")
	}
}

// TestKeepChanges: what is idle obeys the new bounds, and so does what is busy when
// it is put back.
func TestKeepChanges(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	a, aFar := f.dial(t, p)
	b, bFar := f.dial(t, p)
	busy, busyFar := f.dial(t, p)
	now := sock.Now()
	a.Release(now, true)
	b.Release(now, true)

	p.Keep(Options{MaxIdle: 1})
	mustClose(t, "the oldest idle one", aFar)
	if n := p.Idle(); n != 1 {
		t.Fatalf("%d idle, want 1", n)
	}
	p.Keep(Options{MaxRequests: 1})
	busy.Release(now, true)
	mustClose(t, "busy, with its only request served", busyFar)
	p.Keep(Options{IdleTimeout: time.Second})
	p.Reap(now + time.Second + 1)
	mustClose(t, "idle for longer than the new time", bFar)

	p.Keep(Options{MaxIdle: -1})
	last, lastFar := f.dial(t, p)
	last.Release(now, true)
	mustClose(t, "where none is kept", lastFar)
	p.Keep(Options{})
	again, _ := f.dial(t, p)
	again.Release(now, true)
	if n := p.Idle(); n != 1 {
		t.Errorf("%d idle, want the bounds lifted", n)
	}
}
