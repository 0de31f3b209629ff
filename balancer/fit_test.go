package balancer

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestSlowStart: an endpoint in slow start gets its share of its turns, and all of
// them when there is nobody else.
func TestSlowStart(t *testing.T) {
	g := group(1, 1, 1)
	slow := g.Endpoints()[1].Live
	for _, share := range []uint8{1, 64, 128, 255} {
		slow.SetShare(share)
		g.Rebuild()
		var got [3]int
		const turns = 30_000
		for range turns {
			got[g.Pick(nil, false)]++
		}
		want := turns / 3 * int(share) / 256
		if d := got[1] - want; d < -turns/100 || d > turns/100 {
			t.Errorf("share %d of 256: %d of %d picks, want about %d", share, got[1], turns, want)
		}
		if d := got[0] - got[2]; d < -turns/20 || d > turns/20 {
			t.Errorf("share %d of 256: the others got %d and %d, want about the same", share, got[0], got[2])
		}
	}
	slow.SetShare(1)
	for _, i := range []int{0, 2} {
		g.Endpoints()[i].Live.SetEjected(true)
	}
	for range 100 {
		if i := g.Pick(nil, false); i != 1 {
			t.Fatalf("picked %d, want the only usable one in spite of its slow start", i)
		}
	}
}

// TestBackup: backups are picked only while no primary can be.
func TestBackup(t *testing.T) {
	eps := group(1, 1, 1).Endpoints()
	eps[2].Backup = true
	eps[0].MaxConns = 1
	g := NewGroup(eps, Balance{}, &Cursor{})
	if got := picks(g, 4); got != "abab" {
		t.Errorf("with primaries: %s, want them in turns", got)
	}
	eps[1].Live.SetEjected(true)
	g.Take(0) // full
	if i := g.Pick(nil, false); i != 2 {
		t.Errorf("with one primary full and one ejected: %d, want the backup", i)
	}
	eps[2].Live.SetAdmin(Down)
	if i := g.Pick(nil, false); i != Full {
		t.Errorf("without a backup: %d, want Full", i)
	}
	eps[0].Live.End()
	eps[0].Live.SetAdmin(Down)
	eps[2].Live.SetAdmin(Up)
	g.Rebuild()
	if !g.HasUsable() {
		t.Error("a backup that is up does not count as usable")
	}
}

// TestTrial: exactly one pick gets an endpoint that is tried after an ejection.
func TestTrial(t *testing.T) {
	g := group(1, 1)
	tried := g.Endpoints()[0].Live
	tried.SetEjected(true)
	tried.SetTrial()
	g.Rebuild()
	if h := tried.Health(); h != "ejected" || !tried.Usable() {
		t.Errorf("before the trial: %s, usable %v, want ejected and usable", h, tried.Usable())
	}
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if g.Pick(nil, false) == 0 {
					got.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 || tried.Usable() {
		t.Errorf("%d picks got it, usable %v, want one and ejected again", got.Load(), tried.Usable())
	}
	tried.SetEjected(false)
	g.Rebuild()
	if got := picks(g, 2); got != "ab" && got != "ba" {
		t.Errorf("after the trial: %s, want both", got)
	}
}
