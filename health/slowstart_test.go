package health

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"weir/balancer"
	"weir/health/outcome"
)

func TestShareGrowsEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "length"))
		a := time.Duration(rapid.Int64Range(0, int64(length)).Draw(t, "a"))
		share, over := shareAt(a, length)
		if over != (a == length) || (share == 0) != over {
			t.Fatalf("after %v of %v: share %d, over %v", a, length, share, over)
		}
		if want := 256 * float64(a) / float64(length); !over && (float64(share) > want+1 || float64(share) < want-1) {
			t.Fatalf("after %v of %v: share %d, want %.1f", a, length, share, want)
		}
	})
	if _, over := shareAt(0, 0); !over {
		t.Error("a slow start of no length is not over at once")
	}
}

// wantShare checks the share in percent, within the step of a hundred milliseconds.
func wantShare(t *testing.T, when string, x Target, percent, within int) {
	t.Helper()
	got := int(x.Live.Share()) * 100 / 256
	if got < percent-within || got > percent+within {
		t.Errorf("%s: share %d %%, want %d %%", when, got, percent)
	}
}

func TestSlowStartAfterChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		probe.well.Store(true)
		a, b := probedTarget(0, probe), probedTarget(1, passes)
		a.SlowStart, b.SlowStart = 10*time.Second, 10*time.Second
		a.Check.Interval = 100 * time.Millisecond
		m := start(t, MonitorOptions{}, a, b)
		pass(time.Second)
		wantHealth(t, "at the start of the process", "up", a, b)

		probe.well.Store(false)
		pass(time.Second)
		wantHealth(t, "failing", "down", a)
		probe.well.Store(true)
		pass(330 * time.Millisecond)
		wantHealth(t, "well again", "slow_start", a)
		wantShare(t, "well again", a, 1, 2)
		pass(5 * time.Second)
		wantShare(t, "half of it later", a, 51, 3)
		pass(5 * time.Second)
		wantHealth(t, "at its end", "up", a)

		c := probedTarget(2, passes)
		c.SlowStart = time.Second
		m.Set([]Target{a, b, c})
		pass(2200 * time.Millisecond) // rise is two
		wantHealth(t, "a new one that has passed", "slow_start", c)
		wantHealth(t, "those before it", "up", a, b)
		c.SlowStart = 0
		m.Set([]Target{a, b, c})
		pass(200 * time.Millisecond)
		wantHealth(t, "turned off meanwhile", "up", c)
	})
}

func TestSlowStartAfterEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		a.SlowStart = 20 * time.Second
		m := start(t, MonitorOptions{}, a, b)
		fail(a, outcome.Reset, 5)
		m.Failed()
		pass(10 * time.Millisecond)
		wantHealth(t, "failing", "ejected", a)
		pass(13 * time.Second)
		wantHealth(t, "its ejection is over", "slow_start", a)
		pass(20 * time.Second)
		wantHealth(t, "at its end", "up", a)
	})
}

func TestSlowStartAfterATrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := countedTarget(0, balancer.FailRule{Max: 1, Slow: true})
		a.SlowStart = 4 * time.Second
		m := start(t, MonitorOptions{}, a)
		a.Fails.Failed(time.Now())
		m.Failed()
		pass(1100 * time.Millisecond)
		a.Fails.Picked(time.Now())
		a.Fails.Ended()
		wantHealth(t, "at the very end of its trial", "slow_start", a)
		m.Failed()
		pass(2 * time.Second)
		wantShare(t, "half of it later", a, 50, 4)
		pass(2100 * time.Millisecond)
		wantHealth(t, "at its end", "up", a)
	})
}

// One that was removed while it began slowly does not keep its share for ever.
func TestSlowStartOfATargetThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		a.SlowStart = time.Minute
		m := start(t, MonitorOptions{}, a, b)
		fail(a, outcome.Reset, 5)
		m.Failed()
		pass(13 * time.Second)
		wantHealth(t, "its ejection is over", "slow_start", a)
		m.Set([]Target{b})
		pass(time.Hour)
		m.Set([]Target{a, b})
		pass(time.Second)
		wantHealth(t, "back as a target", "slow_start", a)
		pass(time.Minute)
		wantHealth(t, "a minute later", "up", a)
	})
}
