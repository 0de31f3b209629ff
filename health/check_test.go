package health

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"weir/balancer"
)

func TestFirstRoundWaitsForAnswersAndTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := probedTarget(0, probeFunc(func(context.Context) error { time.Sleep(10 * time.Millisecond); return nil }))
		sick, silent, plain := probedTarget(1, &switched{}), probedTarget(2, hangs), plainTarget("api", "v1", 3)
		m := start(t, MonitorOptions{}, quick, sick, silent, plain)
		pass(10 * time.Millisecond)
		wantHealth(t, "after its first pass", "up", quick, plain)
		wantHealth(t, "without a pass", "checking", sick, silent)
		pass(989 * time.Millisecond)
		if closed(m.FirstRound()) {
			t.Error("the first round is over before the silent target's timeout")
		}
		pass(time.Millisecond)
		if !closed(m.FirstRound()) {
			t.Error("the first round goes on after the last timeout")
		}
		m.Set(nil) // and nothing happens twice
		pass(time.Minute)
	})
}

func TestFirstRoundWithNothingToCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := probedTarget(0, hangs)
		for name, targets := range map[string][]Target{"no targets": nil, "no probes": {plainTarget("api", "v1", 0)}} {
			if m := start(t, MonitorOptions{}, targets...); !closed(m.FirstRound()) {
				t.Errorf("%s: the first round is not over", name)
			}
		}
		m := start(t, MonitorOptions{}, silent)
		m.Set(nil)
		synctest.Wait()
		if !closed(m.FirstRound()) {
			t.Error("the first round waits for a removed target")
		}
	})
}

func TestLaterTargetsNeedRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, added := probedTarget(0, passes), probedTarget(1, passes)
		m := start(t, MonitorOptions{}, old)
		pass(time.Minute)
		m.Set([]Target{old, added})
		synctest.Wait() // the first check is made at once
		pass(999 * time.Millisecond)
		wantHealth(t, "after one pass", "checking", added)
		pass(3200*time.Millisecond - 999*time.Millisecond) // 1.5 intervals and jitter
		wantHealth(t, "after two passes", "up", added, old)
	})
}

func TestFallAndRiseAreLoggedAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var told []string
		probe := &switched{}
		probe.well.Store(true)
		target := probedTarget(0, probe)
		start(t, MonitorOptions{Log: zerolog.New(&log), Changed: func(u string) { told = append(told, u) }}, target)
		pass(time.Minute)
		probe.well.Store(false)
		pass(3700 * time.Millisecond) // at most two checks
		wantHealth(t, "after two failures", "up", target)
		pass(2600 * time.Millisecond) // at least three
		wantHealth(t, "after three failures", "down", target)
		probe.well.Store(true)
		pass(time.Minute)
		wantHealth(t, "after many passes", "up", target)

		type line struct{ Level, Upstream, Version, Endpoint, From, To, Cause, Message string }
		want := []line{
			{"info", "api", "v1", target.Address, "checking", "up", "check passed", "endpoint health"},
			{"warn", "api", "v1", target.Address, "up", "down", "check failed: sick", "endpoint health"},
			{"info", "api", "v1", target.Address, "down", "up", "check passed", "endpoint health"},
		}
		var got []line
		for dec := json.NewDecoder(&log); dec.More(); {
			var l line
			if err := dec.Decode(&l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("log:\n%v\nwant:\n%v", got, want)
		}
		if fmt.Sprint(told) != "[api api api]" {
			t.Errorf("Changed was told %v, want api three times", told)
		}
	})
}

func TestChecksAreSpreadAndRegular(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, interval = 200, 2 * time.Second
		began := time.Now()
		starts := make([][]time.Duration, n)
		var targets []Target
		for i := range n {
			targets = append(targets, probedTarget(i, probeFunc(func(context.Context) error {
				starts[i] = append(starts[i], time.Since(began)) // one check at a time
				time.Sleep(3 * time.Millisecond)
				return nil
			})))
		}
		start(t, MonitorOptions{}, targets...)
		pass(60 * time.Second)

		const bucket = interval / 10
		waves := map[time.Duration]int{}
		for i, at := range starts {
			if at[0] > 15*time.Millisecond { // 200 checks of 3 ms, a wave of 64 every 3 ms
				t.Errorf("target %d was first checked after %v", i, at[0])
			}
			for k := 1; k < len(at); k++ {
				waves[at[k]/bucket]++
				gap := at[k] - at[k-1]
				if low := interval / 2; k == 1 && (gap < low || gap > 2*interval) {
					t.Errorf("target %d: second check %v after the first", i, gap)
				}
				if k > 1 && (gap < interval*9/10 || gap > interval*11/10) {
					t.Errorf("target %d: %v between checks, want %v ± 10 %%", i, gap, interval)
				}
			}
			if len(at) < 28 || len(at) > 32 {
				t.Errorf("target %d was checked %d times in 30 intervals", i, len(at))
			}
		}
		for slot, count := range waves { // 20 expected
			if count > 45 {
				t.Errorf("%d of %d checks began within %v, at %v", count, n, bucket, slot*bucket)
			}
		}
	})
}

// More probes than there are slots never return; the others go on as ever.
func TestHangingProbesDoNotStopOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var begun atomic.Int64
		stuck := probeFunc(func(context.Context) error { begun.Add(1); <-release; return nil })
		var checks atomic.Int64
		good := probedTarget(0, probeFunc(func(context.Context) error { checks.Add(1); return nil }))
		var targets, bad []Target
		for i := range 100 {
			bad = append(bad, probedTarget(i+1, stuck))
		}
		targets = append(append(targets, bad...), good) // behind them all
		m := start(t, MonitorOptions{}, targets...)
		pass(2 * time.Second)
		if !closed(m.FirstRound()) {
			t.Error("the first round waits for probes whose time is up")
		}
		wantHealth(t, "after its first check", "up", good)
		before := checks.Load()
		pass(20 * time.Second)
		if n := checks.Load() - before; n < 9 {
			t.Errorf("the good target was checked %d times in ten intervals", n)
		}
		wantHealth(t, "after many timeouts", "down", bad...)
		if got := begun.Load(); got != 100 {
			t.Errorf("%d checks were begun on 100 targets whose first one has not ended", got)
		}
		close(release)
		pass(20 * time.Second)
		wantHealth(t, "after the probes came back", "up", bad...)
	})
}

func TestPanickingProbeFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		good := probedTarget(0, passes)
		bad := probedTarget(1, probeFunc(func(context.Context) error { panic("oops") }))
		start(t, MonitorOptions{Log: zerolog.New(&log)}, bad, good)
		pass(10 * time.Second)
		wantHealth(t, "in the end", "down", bad)
		wantHealth(t, "in the end", "up", good)
		if !bytes.Contains(log.Bytes(), []byte("check failed: probe panicked: oops")) {
			t.Errorf("the log does not name the panic:\n%s", &log)
		}
	})
}

func TestProbeComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := probedTarget(0, hangs)
		target.Check.Timeout = time.Hour
		m := start(t, MonitorOptions{}, target)
		wantHealth(t, "with a probe that hangs", "checking", target)

		with := target
		target.Probe = nil
		m.Set([]Target{target})
		synctest.Wait()
		wantHealth(t, "without active checks", "up", target)

		with.Probe = &switched{}
		m.Set([]Target{with})
		pass(time.Second)
		wantHealth(t, "with active checks again, one failed", "up", with)
		pass(10 * time.Second)
		wantHealth(t, "with active checks again, many failed", "down", with)
	})
}

// Between two Sets, before the canceled check could return: its end counts for nothing.
func TestProbeReplacedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := probedTarget(0, hangs)
		target.Live.SetCheck(balancer.CheckUp)
		target.Check.Fall, target.Check.Timeout = 1, time.Hour
		l := newTestLoop(MonitorOptions{}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		l.ctx, l.workers, l.start = ctx, newWorkers(ctx), time.Now()
		l.apply([]Target{target}, time.Now())
		l.advance(time.Now())
		without, again := target, target
		without.Probe, again.Probe = nil, passes
		l.apply([]Target{without}, time.Now())
		l.apply([]Target{again}, time.Now())
		l.finish(<-l.workers.results, time.Now())
		wantHealth(t, "after the end of the void check", "up", target)
		l.advance(time.Now())
		l.finish(<-l.workers.results, time.Now())
		if w := l.watches[target.Live]; w.state.passes != 1 || len(l.idle) != 1 || len(l.running) != 0 {
			t.Errorf("after a check by the new probe: %d passes, %d idle, %d running, want 1, 1, 0", w.state.passes, len(l.idle), len(l.running))
		}
		cancel()
		l.workers.all.Wait()
	})
}

func TestShorterIntervalAppliesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := 0
		target := probedTarget(0, probeFunc(func(context.Context) error { checks++; return nil }))
		target.Check.Interval = 24 * time.Hour
		m := start(t, MonitorOptions{}, target)
		target.Check.Interval = time.Second
		m.Set([]Target{target})
		pass(10 * time.Second)
		if checks < 9 {
			t.Errorf("%d checks in 10s after the interval became 1s", checks)
		}
	})
}

func TestDefaultsOfCheckOptions(t *testing.T) {
	want := CheckOptions{Interval: 2 * time.Second, IntervalDown: 2 * time.Second, Timeout: time.Second, Rise: 2, Fall: 3}
	if got := (CheckOptions{}).withDefaults(); got != want {
		t.Errorf("defaults = %+v, want %+v", got, want)
	}
	own := CheckOptions{Interval: 1, IntervalDown: 5, Jitter: 0.5, Timeout: 2, Rise: 3, Fall: 4, Optional: true}
	if got := own.withDefaults(); got != own {
		t.Errorf("%+v became %+v", own, got)
	}
}
