package health

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/health/outcome"
)

func TestEjectionFollowsTheFifthFailureAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		m := start(t, MonitorOptions{}, a, b)
		pass(1234 * time.Millisecond)
		fail(a, outcome.Connect, 4)
		m.Failed()
		synctest.Wait()
		wantHealth(t, "after 4 failures", "up", a, b)
		fail(a, outcome.Connect, 1) // within the gap after the scan above: the slow case
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "5 ms after the fifth", "ejected", a)
		wantHealth(t, "without a failure", "up", b)
	})
}

// Candidate is asked once per scan here: a capped target fails all the time.
func TestStormOfFailuresIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scans := 0
		only := plainTarget("api", "v1", 0)
		only.Candidate = func() bool { scans++; return false }
		m := start(t, MonitorOptions{}, only)
		for range 10_000 {
			fail(only, outcome.Error, 1)
			m.Failed()
			time.Sleep(100 * time.Microsecond)
		}
		synctest.Wait()
		if scans < 150 || scans > 205 {
			t.Errorf("10 000 failures within 1s led to %d scans, want one per 5 ms", scans)
		}
		wantHealth(t, "the only one", "up", only)
	})
}

func TestCandidateIsEjectedWholly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var judged atomic.Bool
		a, b := plainTarget("api", "v2", 0), plainTarget("api", "v2", 1)
		a.Candidate, b.Candidate = judged.Load, judged.Load
		m := start(t, MonitorOptions{}, a, b)
		for _, x := range []Target{a, b} {
			fail(x, outcome.Timeout, 5)
		}
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "not judged", "ejected", a)
		wantHealth(t, "the last usable one, not judged", "up", b)
		judged.Store(true)
		fail(b, outcome.Timeout, 1)
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "judged", "ejected", a, b)
	})
}

// What was counted before a version is judged says nothing of it then, also where the
// monitor looks in that very moment.
func TestCandidateBeginsCleanWhileItIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		only := plainTarget("api", "v2", 0)
		only.Candidate = func() bool { only.Stats.CleanSheet(); return true }
		m := start(t, MonitorOptions{}, only)
		fail(only, outcome.Timeout, 30)
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "of before", "up", only)
	})
}

func TestReturnFromEjectionWithoutChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		m := start(t, MonitorOptions{}, a, b)
		for round := 1; round <= 3; round++ {
			fail(a, outcome.Reset, 30)
			m.Failed()
			pass(5 * time.Millisecond)
			length := time.Duration(round) * 10 * time.Second
			pass(length - 10*time.Millisecond)
			wantHealth(t, fmt.Sprintf("at the end of ejection %d", round), "ejected", a)
			pass(length/10 + time.Second + 10*time.Millisecond) // jitter, and a look once a second
			wantHealth(t, fmt.Sprintf("after ejection %d", round), "up", a)
			fail(a, outcome.Reset, 4)
			m.Failed()
			pass(2 * time.Second)
			wantHealth(t, "with a clean sheet and 4 failures", "up", a)
		}
	})
}

func TestReturnFromEjectionNeedsRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		probe.well.Store(true)
		a, b := probedTarget(0, probe), probedTarget(1, passes)
		a.Check.Interval, a.Check.Fall = 4*time.Second, 100 // never down
		m := start(t, MonitorOptions{}, a, b)
		pass(time.Minute)
		probe.well.Store(false)
		fail(a, outcome.Reset, 5)
		m.Failed()
		pass(30 * time.Second)
		wantHealth(t, "time over, no pass since", "ejected", a)
		probe.well.Store(true)
		pass(3500 * time.Millisecond) // at most one pass
		wantHealth(t, "time over, one pass", "ejected", a)
		pass(5300 * time.Millisecond) // at least two
		wantHealth(t, "time over, two passes", "up", a)
	})
}

func TestEjectedTargetThatComesBackIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		m := start(t, MonitorOptions{}, a, b)
		fail(a, outcome.Error, 5)
		m.Failed()
		pass(10 * time.Millisecond)
		m.Set([]Target{b})
		pass(time.Minute)
		wantHealth(t, "removed while ejected", "ejected", a)
		m.Set([]Target{a, b})
		pass(9 * time.Second)
		wantHealth(t, "back as a target", "ejected", a)
		pass(4 * time.Second)
		wantHealth(t, "after a new ejection time", "up", a)
	})
}

// TestCleanSheet: what an endpoint failed before its version began to be judged is
// no reason to eject it afterwards, neither the row nor the share of ten seconds.
func TestCleanSheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var judged atomic.Bool
		only := plainTarget("api", "v2", 0)
		only.Candidate = judged.Load
		m := start(t, MonitorOptions{}, only)
		fail(only, outcome.Timeout, 30)
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "not judged", "up", only)

		only.Stats.CleanSheet()
		judged.Store(true)
		pass(3 * time.Second)
		wantHealth(t, "judged from here on", "up", only)
		fail(only, outcome.Timeout, 4)
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "four failures since", "up", only)
		fail(only, outcome.Timeout, 1)
		m.Failed()
		pass(5 * time.Millisecond)
		wantHealth(t, "five failures since", "ejected", only)
	})
}
