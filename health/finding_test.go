package health

import (
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// wantFound checks what is said of a target whose health is that word since so long.
func wantFound(t *testing.T, when string, target Target, health, cause string, since time.Duration) {
	t.Helper()
	wantHealth(t, when, health, target)
	f := target.Found.Get()
	if f.Health != health || f.Cause(health) != cause || time.Since(f.Since).Round(time.Second/2) != since {
		t.Errorf("%s: %s for %v: %q, want %s for %v: %q", when, f.Health, time.Since(f.Since), f.Cause(health), health, since, cause)
	}
}

func found(t Target) Target {
	t.Found = NewFound(t.Live.Health(), time.Now())
	return t
}

// TestChecksAreExplained follows an endpoint that is new, comes up, fails and comes back.
func TestChecksAreExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		target := probedTarget(0, probe)
		target.Check.Jitter = 0
		target = found(target)
		m := start(t, MonitorOptions{})
		wantFound(t, "nobody has looked", target, "checking", "no check has passed yet", 0)
		m.Set([]Target{target})
		pass(time.Second)
		wantFound(t, "after a failure", target, "checking", "no check has passed yet: sick; 0 of the 2 passed checks in a row that it needs", time.Second)
		probe.well.Store(true)
		for target.Live.Health() == "checking" && target.Found.Get().Passes == 0 {
			pass(100 * time.Millisecond)
		}
		pass(1500 * time.Millisecond)
		if got, want := target.Found.Get().Cause("checking"), "no check has passed yet: sick; 1 of the 2 passed checks in a row that it needs"; got != want {
			t.Errorf("after one pass: %q, want %q", got, want)
		}
		pass(500 * time.Millisecond)
		wantFound(t, "after two passes", target, "up", "", 0)
		probe.well.Store(false)
		for target.Live.Health() == "up" {
			pass(100 * time.Millisecond)
		}
		pass(time.Second)
		wantFound(t, "after three failures", target, "down", "its checks fail: sick; 0 of the 2 passed checks in a row that it needs", time.Second)
		probe.well.Store(true)
		pass(4 * time.Second)
		if target.Live.Health() != "up" || target.Found.Get().Failed != "" {
			t.Errorf("back: %s, %+v", target.Live.Health(), target.Found.Get())
		}
	})
}

// TestOnePassIsEnoughAtTheStart, and is what is said to be missing.
func TestOnePassIsEnoughAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := found(probedTarget(0, &switched{}))
		start(t, MonitorOptions{}, target)
		pass(time.Second)
		wantFound(t, "at the start", target, "checking", "no check has passed yet: sick; 0 of the 1 passed checks in a row that it needs", time.Second)
	})
}

// TestEjectionsAreExplained: by outcomes with the numbers and how long it lasts, through
// failing checks meanwhile; by NGINX's rules with these.
func TestEjectionsAreExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		probe.well.Store(true)
		a := probedTarget(0, probe)
		a.Live, a.Check.Jitter = balancer.NewLive(false), 0
		a = found(a)
		m := start(t, MonitorOptions{}, a, found(plainTarget("api", "v1", 1)))
		pass(10 * time.Second)
		fail(a, outcome.Error, 5)
		m.Failed()
		pass(10 * time.Millisecond)
		f := a.Found.Get()
		length := f.Until.Sub(f.Since)
		if length < 10*time.Second || length > 11*time.Second {
			t.Errorf("ejected for %v, want 10s and a jitter", length)
		}
		ejected := "ejected: 5 failures in a row, for at least " + length.Round(100*time.Millisecond).String()
		wantFound(t, "at once", a, "ejected", ejected, 0)
		probe.well.Store(false)
		for a.Live.Health() == "ejected" {
			pass(100 * time.Millisecond)
		}
		wantFound(t, "its checks fail too", a, "down", "its checks fail: sick; 0 of the 2 passed checks in a row that it needs", 0)
		probe.well.Store(true)
		for a.Live.Health() == "down" {
			pass(100 * time.Millisecond)
		}
		wantFound(t, "they pass again", a, "ejected", ejected, 0)
		pass(12 * time.Second)
		if f := a.Found.Get(); a.Live.Health() != "up" || f.Ejected != "" || !f.Until.IsZero() {
			t.Errorf("back: %s, %+v", a.Live.Health(), f)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		n := found(plainTarget("api", "v1", 0))
		n.Fails = balancer.NewFails(n.Live, time.Now())
		n.Fails.SetRule(balancer.FailRule{Max: 1, Timeout: 10 * time.Second})
		m := start(t, MonitorOptions{}, n)
		n.Fails.Failed(time.Now())
		m.Failed()
		pass(10 * time.Millisecond)
		wantFound(t, "by its failures", n, "ejected", "ejected: 1 failure (max_fails), tried again after fail_timeout 10s", 0)
	})
}
