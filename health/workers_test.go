package health

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const checkEvery = 2 * time.Second // of manyTargets

// crowd is many targets, when each of them was checked, and how many goroutines the
// checks needed at most.
type crowd struct {
	targets    []Target
	starts     [][]time.Duration
	before     int // goroutines of others
	goroutines atomic.Int64
}

// newCrowd is n targets, of which every step-th hangs; 0: none does.
func newCrowd(n, step int) *crowd {
	c := &crowd{starts: make([][]time.Duration, n), before: runtime.NumGoroutine()}
	began := time.Now()
	for i := range n {
		t := probedTarget(i, probeFunc(func(ctx context.Context) error {
			c.starts[i] = append(c.starts[i], time.Since(began)) // one check at a time
			c.count()
			if step > 0 && i%step == 0 {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(time.Millisecond)
			return nil
		}))
		t.Check.Jitter = 0 // to the point
		c.targets = append(c.targets, t)
	}
	return c
}

func (c *crowd) count() {
	for n := int64(runtime.NumGoroutine() - c.before); ; {
		most := c.goroutines.Load()
		if n <= most || c.goroutines.CompareAndSwap(most, n) {
			return
		}
	}
}

// wantGoroutines: workers that n checks need at a time, and the monitor's own.
func (c *crowd) wantGoroutines(t *testing.T, n int) {
	t.Helper()
	if got := c.goroutines.Load(); got > int64(n)+2 {
		t.Errorf("%d targets were checked by %d goroutines, want at most %d", len(c.targets), got, n)
	}
}

// wantInTime: from some time on the targets that answer are checked once in each
// interval, to the point.
func (c *crowd) wantInTime(t *testing.T, from time.Duration, step int) {
	t.Helper()
	for i, at := range c.starts {
		if step > 0 && i%step == 0 {
			continue
		}
		for k := 1; k < len(at); k++ {
			if gap := at[k] - at[k-1]; at[k-1] >= from && gap != checkEvery {
				t.Fatalf("target %d: %v from the check at %v to the next, want %v", i, gap, at[k-1], checkEvery)
			}
		}
	}
}

func TestManyTargetsNeedFewWorkersAtASteadyRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, slot = 10_000, 100 * time.Millisecond
		c := newCrowd(n, 0)
		start(t, MonitorOptions{}, c.targets...)
		pass(8 * time.Second)
		c.wantGoroutines(t, standing)
		c.wantInTime(t, checkEvery, 0)
		rate, waves := map[time.Duration]int{}, map[time.Duration]int{}
		for i, at := range c.starts {
			if at[0] > 500*time.Millisecond {
				t.Fatalf("target %d was first checked after %v", i, at[0])
			}
			waves[at[0]/waveEvery]++
			for _, at := range at[1:] {
				rate[at/slot]++
			}
		}
		for wave, count := range waves {
			if count > standing {
				t.Errorf("%d first checks at %v", count, wave*waveEvery)
			}
		}
		for at := 2 * checkEvery / slot; at < 8*time.Second/slot; at++ { // 500 expected, standard deviation 22
			if rate[at] < 400 || rate[at] > 600 {
				t.Errorf("%d checks between %v and %v, want 500", rate[at], at*slot, (at+1)*slot)
			}
		}
	})
}

// TestOneHostOfManyHangs: 625 endpoints keep a worker each for a second out of two,
// and nobody else waits for one.
func TestOneHostOfManyHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, step = 10_000, 16
		c := newCrowd(n, step)
		start(t, MonitorOptions{}, c.targets...)
		pass(9 * time.Second)
		c.wantGoroutines(t, standing+n/step)
		c.wantInTime(t, checkEvery, step)
		for i := 0; i < n; i += step {
			wantHealth(t, "after three timeouts", "down", c.targets[i])
			if len(c.starts[i]) < 4 {
				t.Errorf("target %d, which hangs, was checked %d times in 9 s", i, len(c.starts[i]))
			}
		}
	})
}

// TestHalfHangs: when more hang than there are slots for, they wait for each other,
// and not the others for them.
func TestHalfHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, step = 2000, 2
		c := newCrowd(n, step)
		for i := range c.targets {
			c.targets[i].Check.Timeout = 4 * time.Second
		}
		start(t, MonitorOptions{}, c.targets...)
		pass(40 * time.Second)
		c.wantGoroutines(t, 2*(standing+spareFor(n))) // a slot is free before the worker whose time is up is back
		c.wantInTime(t, 20*time.Second, step)
		for i := 0; i < n; i += step {
			if len(c.starts[i]) < 4 {
				t.Errorf("target %d, which hangs, was checked %d times in 40 s", i, len(c.starts[i]))
			}
		}
	})
}

// TestWorkersGo: those that hanging endpoints have called for end when these answer.
func TestWorkersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		var well atomic.Bool
		var targets []Target
		for i := range 10 * standing {
			targets = append(targets, probedTarget(i, probeFunc(func(ctx context.Context) error {
				if well.Load() {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})))
		}
		start(t, MonitorOptions{}, targets...)
		pass(900 * time.Millisecond)
		if got := runtime.NumGoroutine() - before; got < standing+spareFor(len(targets)) {
			t.Errorf("%d goroutines while %d endpoints hang, want as many as there may be", got, len(targets))
		}
		well.Store(true)
		pass(time.Minute)
		wantHealth(t, "after a minute", "up", targets...)
		if got := runtime.NumGoroutine() - before; got > standing+2 {
			t.Errorf("%d goroutines while all endpoints answer, want at most %d", got, standing)
		}
	})
}

func TestFasterChecksWhileDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		target := probedTarget(0, probe)
		target.Check.Interval, target.Check.IntervalDown, target.Check.Jitter = 10*time.Second, 100*time.Millisecond, 0
		m := start(t, MonitorOptions{}, target)
		pass(time.Second)
		wantHealth(t, "after three failures", "down", target)
		probe.well.Store(true)
		pass(300 * time.Millisecond)
		wantHealth(t, "after two passes", "up", target)
		probe.well.Store(false)
		pass(4 * time.Second) // no check is due sooner than half an interval after the last
		wantHealth(t, "in the time of one check", "up", target)
		pass(32 * time.Second)
		wantHealth(t, "in the time of three more", "down", target)

		probe.well.Store(true)
		target.Check.IntervalDown = time.Hour
		m.Set([]Target{target})
		pass(10 * time.Minute)
		wantHealth(t, "with an hour between checks while down", "down", target)
	})
}

func TestOptionalChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		target, mandatory := probedTarget(0, probe), probedTarget(1, &switched{})
		target.Check.Optional = true
		m := start(t, MonitorOptions{}, target, mandatory)
		pass(time.Second)
		wantHealth(t, "after one failure", "up", target)
		wantHealth(t, "after one failure", "checking", mandatory)
		mandatory.Check.Optional = true
		m.Set([]Target{target, mandatory})
		synctest.Wait()
		wantHealth(t, "checks not mandatory any more", "up", mandatory)
		pass(10 * time.Second)
		wantHealth(t, "after many failures", "down", target, mandatory)
		m.Set([]Target{target, mandatory})
		pass(10 * time.Second)
		wantHealth(t, "set again", "down", target, mandatory)
		probe.well.Store(true)
		pass(10 * time.Second)
		wantHealth(t, "after many passes", "up", target)
	})
}

// TestOtherRulesKeepHistory: an endpoint that is down stays so when the rules change,
// until it has passed by the new ones, and a row of failures goes on.
func TestOtherRulesKeepHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing, well := &switched{}, &switched{}
		well.well.Store(true)
		down, up := probedTarget(0, failing), probedTarget(1, well)
		m := start(t, MonitorOptions{}, down, up)
		pass(time.Minute)
		down.Probe, up.Probe = well, failing
		m.Set([]Target{down, up})
		pass(time.Second) // one check at most
		wantHealth(t, "with other rules", "down", down)
		wantHealth(t, "with other rules", "up", up)
		pass(10 * time.Second)
		wantHealth(t, "after checks by other rules", "up", down)
		wantHealth(t, "after checks by other rules", "down", up)
	})
}
