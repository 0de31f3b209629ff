package pool

import (
	"context"
	"testing"
	"time"

	"weir/proxy/internal/sock"
)

func TestOpen(t *testing.T) {
	tests := []struct {
		name    string
		o       Options
		n, want int
	}{
		{"as many as asked for", Options{}, 3, 3},
		{"no more than are kept", Options{MaxIdle: 2}, 3, 2},
		{"none where none is kept", Options{MaxIdle: -1}, 3, 0},
		{"none", Options{}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFar(t)
			p := New(f.addr, tt.o)
			defer p.Retire(0)
			for range 2 { // what is there is not opened again
				if err := p.Open(t.Context(), tt.n, time.Second, nil); err != nil {
					t.Fatal(err)
				}
				if got := p.Idle(); got != tt.want {
					t.Errorf("%d connections, want %d", got, tt.want)
				}
			}
		})
	}
}

// What was opened is taken as one that may be stale by now, and counts no request.
func TestOpenedIsUsed(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{MaxRequests: 1})
	if err := p.Open(t.Context(), 1, time.Second, nil); err != nil {
		t.Fatal(err)
	}
	c := p.Get(sock.Now(), true)
	if c == nil {
		t.Fatal("the connection that was opened is not handed out")
	}
	if !c.Reused {
		t.Error("a connection that waited is taken for a new one")
	}
	c.Discard()
}

// There is no moment without connections: they are made anew before the old ones'
// time is over.
func TestOpenBeforeTheEnd(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{IdleTimeout: time.Hour})
	defer p.Retire(0)
	if err := p.Open(t.Context(), 2, time.Second, nil); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.mu.idle[0].idleSince -= 31 * time.Minute
	p.mu.Unlock()
	if err := p.Open(t.Context(), 2, time.Second, nil); err != nil {
		t.Fatal(err)
	}
	if got := p.Idle(); got != 3 {
		t.Errorf("%d connections, want the old one, the fresh one and another", got)
	}
}

func TestOpenFails(t *testing.T) {
	f := newFar(t)
	p := New(f.addr, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Open(ctx, 1, time.Second, nil); err == nil {
		t.Error("opened although it was called off")
	}
	p.Retire(0)
	if err := p.Open(t.Context(), 1, time.Second, nil); err != nil || p.Idle() != 0 {
		t.Errorf("a retired pool opened %d connections, error %v", p.Idle(), err)
	}
}
