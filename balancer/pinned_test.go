package balancer

import "testing"

// TestPinned: one version or nothing, whatever the split says of it.
func TestPinned(t *testing.T) {
	build := func() []Share {
		shares := []Share{version("v1", 100, 2), version("v2", 0, 2)}
		shares[1].Trip = &Trip{}
		return shares
	}
	tests := []struct {
		name   string
		spoil  func(shares []Share)
		pinned string
		want   int
	}{
		{"without weight", func([]Share) {}, "v2", 1},
		{"tripped", func(s []Share) { s[1].Trip.Set() }, "v2", 1},
		{"ejected: not even when all are", func(s []Share) { eject(s[0].Group); eject(s[1].Group) }, "v2", -1},
		{"down", func(s []Share) { check(s[1].Group, CheckDown) }, "v2", -1},
		{"stable", func([]Share) {}, "v1", 0},
		{"gone", func([]Share) {}, "v3", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shares := build()
			s := mustSplit(t, 0, shares...)
			tt.spoil(shares)
			ask := Ask{Pinned: tt.pinned}
			before := s.seq.pos.Load()
			v := s.Choose(&ask)
			if v != tt.want {
				t.Fatalf("Choose = %d, want %d", v, tt.want)
			}
			if s.seq.pos.Load() != before {
				t.Error("it has taken a position of the split")
			}
			if v < 0 {
				return
			}
			tried := map[int]bool{}
			for e := s.Pick(v, &ask); e >= 0; {
				tried[e] = true
				ask.Tried.Add(shares[v].Group.Endpoints()[e].Live)
				var again int
				if again, e = s.Retry(v, &ask); e >= 0 && again != v {
					t.Fatalf("retried in version %d, want %d", again, v)
				}
			}
			if len(tried) != 2 {
				t.Errorf("%d endpoints tried, want both of the version, and nothing else then", len(tried))
			}
		})
	}
}

// TestPinnedPick: an endpoint that went between the choice and the pick is not replaced
// by an ejected one.
func TestPinnedPick(t *testing.T) {
	shares := []Share{version("v1", 100, 1), version("v2", 0, 1)}
	s := mustSplit(t, 0, shares...)
	eject(shares[0].Group)
	eject(shares[1].Group)
	if e := s.Pick(1, &Ask{Pinned: "v2"}); e != -1 {
		t.Errorf("Pick = %d, want -1", e)
	}
}

// TestPinnedWaits: a new generation, or the end of its version's endpoints, sends a
// waiter that is pinned nowhere else.
func TestPinnedWaits(t *testing.T) {
	full := func() []Share {
		var shares []Share
		for i, name := range []string{"v1", "v2"} {
			e := Endpoint{Address: name, Weight: 1, MaxConns: 1, Live: NewLive(false)}
			e.Live.Begin()
			shares = append(shares, Share{Version: name, Weight: float64(100 * (1 - i)), Group: NewGroup([]Endpoint{e}, Balance{}, &Cursor{})})
		}
		return shares
	}
	shares := full()
	s := mustSplit(t, 0, shares...)
	q, w := &Queue{}, NewWaiter()
	ask := Ask{Pinned: "v2"}
	if !q.Join(w, &ask, s, s.Choose(&ask), 1) {
		t.Fatal("no place")
	}
	next := full()
	q.Follow(mustSplit(t, 0, next...))
	next[0].Group.Endpoints()[0].Live.End() // room in stable, not for it
	q.Serve()
	select {
	case <-w.Granted():
		t.Fatalf("granted %+v, want to wait on", w.Grant())
	default:
	}
	eject(next[1].Group)
	q.Serve()
	select {
	case <-w.Granted():
	default:
		t.Fatal("waits on, although its version has nothing left")
	}
	if got := w.Grant().Split; got != nil {
		t.Error("granted an endpoint, want none")
	}
}
