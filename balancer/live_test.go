package balancer

import (
	"sync"
	"testing"
)

func TestLiveWord(t *testing.T) {
	l := NewLive(true)
	step := func(what string, changed, wantChanged bool, health string, usable, open bool) {
		t.Helper()
		if changed != wantChanged || l.Health() != health || l.Usable() != usable || l.Open() != open {
			t.Errorf("%s: changed %v health %s usable %v open %v, want %v %s %v %v",
				what, changed, l.Health(), l.Usable(), l.Open(), wantChanged, health, usable, open)
		}
	}
	step("new", false, false, "checking", false, false)
	step("check passes", l.SetCheck(CheckUp), true, "up", true, true)
	step("passes again", l.SetCheck(CheckUp), false, "up", true, true)
	step("ejected", l.SetEjected(true), true, "ejected", false, true)
	step("drained", l.SetAdmin(Drain), true, "ejected", false, false)
	step("check fails", l.SetCheck(CheckDown), true, "down", false, false)
	step("let back", l.SetEjected(false), true, "down", false, false)
	step("check passes", l.SetCheck(CheckUp), true, "up", false, false)
	step("up again", l.SetAdmin(Up), true, "up", true, true)
}

func TestParseAdminState(t *testing.T) {
	for _, s := range []AdminState{Up, Drain, Down} {
		if got, ok := ParseAdminState(s.String()); !ok || got != s {
			t.Errorf("ParseAdminState(%q) = %v, %v", s, got, ok)
		}
	}
	if _, ok := ParseAdminState("UP"); ok {
		t.Error("ParseAdminState accepted UP, want only the words of the API")
	}
}

// The parts of the word have different writers; none may undo another's.
func TestLiveWordKeepsConcurrentParts(t *testing.T) {
	l := NewLive(false)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 1000 {
				l.SetEjected(i%2 == 0)
			}
		})
		wg.Go(func() {
			for i := range 1000 {
				l.SetCheck(CheckState(i % 3))
			}
		})
	}
	l.SetAdmin(Drain)
	wg.Wait()
	l.SetCheck(CheckUp)
	l.SetEjected(false)
	if l.Admin() != Drain || l.Check() != CheckUp || l.Ejected() {
		t.Errorf("admin %v check %v ejected %v, want drain, up, not ejected", l.Admin(), l.Check(), l.Ejected())
	}
}

func TestTried(t *testing.T) {
	var tried Tried
	lives := make([]*Live, MaxTries+1)
	for i := range lives {
		lives[i] = NewLive(false)
		if tried.Has(lives[i]) {
			t.Fatalf("endpoint %d is in the set before Add", i)
		}
		tried.Add(lives[i])
		if got, want := tried.Has(lives[i]), i < MaxTries; got != want {
			t.Fatalf("endpoint %d in the set: %v, want %v", i, got, want)
		}
	}
	tried.Reset()
	if tried.Has(lives[0]) {
		t.Error("endpoint is in the set after Reset")
	}
	if (*Tried)(nil).Has(lives[0]) {
		t.Error("endpoint is in the nil set")
	}
}
