package balancer

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWrites: where writes go, and what is of somebody who has just written.
func TestWrites(t *testing.T) {
	down := func(s *Share) { check(s.Group, CheckDown) }
	ejected := func(s *Share) { eject(s.Group) }
	tests := []struct {
		name         string
		writes       int // 0 is stable, 1 the candidate
		spoil        func(shares []Share)
		write, wrote int // -1: nowhere; -2: by the shares
	}{
		{"before they are switched", 0, func([]Share) {}, 0, 0},
		{"switched", 1, func([]Share) {}, 1, 1},
		{"the candidate is tripped", 1, func(s []Share) { s[1].Trip.Set() }, 0, 0},
		{"tripped before they are switched", 0, func(s []Share) { s[1].Trip.Set() }, 0, 0},
		{"stable is down: not to others", 0, func(s []Share) { down(&s[0]) }, -1, -2},
		{"stable is ejected: rather that than others", 0, func(s []Share) { ejected(&s[0]) }, 0, -2},
		{"switched, and down: not back without a revert", 1, func(s []Share) { down(&s[1]) }, -1, -2},
		{"switched, and ejected: a candidate never fails open", 1, func(s []Share) { ejected(&s[1]) }, -1, -2},
		{"switched, tripped, and stable down", 1, func(s []Share) { s[1].Trip.Set(); down(&s[0]) }, -1, -2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shares := []Share{version("v1", 50, 2), version("v2", 50, 2), version("v3", 10, 1)}
			shares[1].Trip, shares[1].Candidate = &Trip{}, true
			s, err := mustSplit(t, 0, shares...).Writing(tt.writes)
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(shares)
			for ask, want := range map[*Ask]int{{Write: true}: tt.write, {Wrote: true}: tt.wrote, {Write: true, Wrote: true}: tt.write, {Write: true, Sticky: []byte("k")}: tt.write} {
				before := s.seq.pos.Load()
				v := s.Choose(ask)
				if took := s.seq.pos.Load() != before; took != (want == -2) {
					t.Errorf("%+v has taken a position of the split: %v", ask, took)
				}
				if want == -2 {
					continue
				}
				if v != want {
					t.Fatalf("Choose(%+v) = %d, want %d", ask, v, want)
				}
				if v < 0 {
					if v, e := s.Retry(1, ask); e >= 0 {
						t.Errorf("retried at version %d", v)
					}
					continue
				}
				tried := map[int]bool{}
				for e := s.Pick(v, ask); e >= 0; {
					tried[e] = true
					ask.Tried.Add(shares[v].Group.Endpoints()[e].Live)
					var again int
					if again, e = s.Retry(v, ask); e >= 0 && again != v {
						if ask.Write {
							t.Fatalf("a write is retried in version %d, want %d", again, v)
						}
						break // a read may go anywhere
					}
				}
				if len(tried) != 2 {
					t.Errorf("%d endpoints of the version tried, want both", len(tried))
				}
			}
		})
	}
}

// TestWritesGoByTheShares where they are not pinned, and for those who ask for nothing
// where they are: the shares of reads stay exact, however many writes come in between.
func TestWritesGoByTheShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := []Share{version("v1", 90, 1), version("v2", 10, 1)}
		s, err := NewSplit(shares, 0, &Sequence{})
		if err != nil {
			t.Fatal(err)
		}
		pinned := rapid.Bool().Draw(t, "pinned")
		if pinned {
			if s, err = s.Writing(0); err != nil {
				t.Fatal(err)
			}
		}
		const reads = 200
		got, writes := 0, 0
		for range reads {
			for range rapid.IntRange(0, 3).Draw(t, "writes") {
				if v := s.Choose(&Ask{Write: pinned}); pinned && v != 0 {
					t.Fatalf("a write went to version %d", v)
				} else if !pinned {
					got += v
					writes++
				}
			}
			got += s.Choose(&Ask{})
		}
		if want := (reads + writes) / 10; got < want-5 || got > want+6 {
			t.Fatalf("%d of %d requests at 10 %%", got, reads+writes)
		}
	})
}

// TestWritingIsAChange of the split's copy, and needs a version.
func TestWritingIsAChange(t *testing.T) {
	s := mustSplit(t, 0, version("v1", 90, 1), version("v2", 10, 1))
	next, err := s.Writing(1)
	if err != nil || s.PinsWrites() || !next.PinsWrites() {
		t.Errorf("pins %v before and %v after: %v", s.PinsWrites(), next.PinsWrites(), err)
	}
	for _, v := range []int{-1, 2} {
		if _, err := s.Writing(v); err == nil {
			t.Errorf("Writing(%d): accepted", v)
		}
	}
}

// TestWritesDoNotGoWithTheWaiters: a write that waits for room is not moved by another
// generation's shares, and is by one that has writes elsewhere.
func TestWritesDoNotGoWithTheWaiters(t *testing.T) {
	shares := make([]Share, 2)
	for i := range shares {
		e := Endpoint{Address: "a", Weight: 1, MaxConns: 1, Live: NewLive(false)}
		e.Live.Begin()
		shares[i] = Share{Version: []string{"v1", "v2"}[i], Weight: 50, Group: NewGroup([]Endpoint{e}, Balance{}, &Cursor{})}
	}
	on := func(version int) *Split {
		s, err := mustSplit(t, 0, shares...).Writing(version)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var q Queue
	first, next := on(0), on(1)
	w := NewWaiter()
	if !q.Join(w, &Ask{Write: true}, first, 0, 1) {
		t.Fatal("no room to wait")
	}
	shares[1].Group.Endpoints()[0].Live.End()
	q.Serve()
	select {
	case <-w.Granted():
		t.Fatalf("a write was granted version %d", w.Grant().Version)
	default:
	}
	q.Follow(next)
	<-w.Granted()
	if v := w.Grant().Version; v != 1 {
		t.Errorf("granted version %d, want 1", v)
	}
}
