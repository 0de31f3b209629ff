package health

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"weir/balancer"
	"weir/health/outcome"
)

// countedTarget is one whose failures are counted by NGINX's rules.
func countedTarget(i int, rule balancer.FailRule) Target {
	t := plainTarget("api", "v1", i)
	t.Fails = balancer.NewFails(t.Live, time.Now())
	t.Fails.SetRule(rule)
	return t
}

func TestCountedTargetIsTriedWhenItsOutageIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var flips int
		a := countedTarget(0, balancer.FailRule{Max: 1, Timeout: 10 * time.Second})
		m := start(t, MonitorOptions{Log: zerolog.New(&log), Changed: func(string) { flips++ }}, a, countedTarget(1, balancer.FailRule{}))
		pass(2300 * time.Millisecond)
		a.Fails.Failed(time.Now()) // in second 2
		m.Failed()
		pass(10 * time.Millisecond)
		wantHealth(t, "failed", "ejected", a)
		pass(10680 * time.Millisecond) // 10 ms before second 13
		if a.Live.Usable() {
			t.Error("tried after less than eleven seconds")
		}
		pass(20 * time.Millisecond)
		if !a.Live.Usable() || flips != 1 {
			t.Errorf("in second 13: usable %v, told %d times, want a trial and one word of it", a.Live.Usable(), flips)
		}
		wantHealth(t, "before its trial has ended", "ejected", a)
		a.Fails.Picked(time.Now())
		if !a.Fails.Ended() {
			t.Error("the end of the trial does not bring it back")
		}
		m.Failed()
		pass(10 * time.Millisecond)
		wantHealth(t, "its trial has ended well", "up", a)
		if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"from":"up","to":"ejected"`) || !strings.Contains(got, `"from":"ejected","to":"up"`) {
			t.Errorf("logged:\n%swant the way out and the way back", got)
		}
	})
}

func TestCountedTargetIsNotJudgedByOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := countedTarget(0, balancer.FailRule{Max: 1}), countedTarget(1, balancer.FailRule{Max: 1})
		m := start(t, MonitorOptions{}, a, b)
		fail(a, outcome.Error, 100) // the last attempts of their requests, say
		m.Failed()
		pass(3 * time.Second)
		wantHealth(t, "with 100 failures in a row", "up", a, b)
	})
}

func TestModeChangesWithoutALeftover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)
		m := start(t, MonitorOptions{}, a, b)
		fail(a, outcome.Error, 5)
		m.Failed()
		pass(10 * time.Millisecond)
		wantHealth(t, "an outlier", "ejected", a)

		counted := a
		counted.Fails = balancer.NewFails(a.Live, time.Now())
		counted.Fails.SetRule(balancer.FailRule{Max: 1, Timeout: time.Hour})
		m.Set([]Target{counted, b})
		pass(10 * time.Millisecond)
		wantHealth(t, "counted now", "up", a)
		counted.Fails.Failed(time.Now())
		m.Failed()
		pass(10 * time.Millisecond)
		wantHealth(t, "counted out", "ejected", a)

		counted.Fails.SetRule(balancer.FailRule{})
		m.Set([]Target{a, b})
		pass(2 * time.Second)
		wantHealth(t, "an outlier again", "up", a)
	})
}
