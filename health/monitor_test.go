package health

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

type probeFunc func(context.Context) error

func (f probeFunc) Check(ctx context.Context) error { return f(ctx) }

var (
	errSick = errors.New("sick")
	passes  = probeFunc(func(context.Context) error { return nil })
	hangs   = probeFunc(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
)

// switched is a probe that passes while it is true.
type switched struct{ well atomic.Bool }

func (s *switched) Check(context.Context) error {
	if s.well.Load() {
		return nil
	}
	return errSick
}

func probedTarget(i int, p Probe) Target {
	t := plainTarget("api", "v1", i)
	t.Live = balancer.NewLive(true)
	t.Probe, t.Check = p, CheckOptions{Interval: 2 * time.Second, Jitter: 0.1, Timeout: time.Second, Rise: 2, Fall: 3}
	return t
}

// start runs a monitor with targets until the test ends.
func start(t *testing.T, o MonitorOptions, targets ...Target) *Monitor {
	m := NewMonitor(o)
	m.Set(targets)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
	synctest.Wait()
	return m
}

// pass lets virtual time pass and everybody settle.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func fail(t Target, kind outcome.Kind, times int) {
	for range times {
		t.Stats.Record(kind, true)
	}
}

func wantHealth(t *testing.T, when string, want string, targets ...Target) {
	t.Helper()
	for _, x := range targets {
		if got := x.Live.Health(); got != want {
			t.Errorf("%s: %s is %s, want %s", when, x.Address, got, want)
		}
	}
}

func TestSetKeepsHistoryByLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := &switched{}
		probe.well.Store(true)
		a, b, c := probedTarget(0, probe), plainTarget("api", "v1", 1), plainTarget("api", "v1", 2)
		m := start(t, MonitorOptions{}, a, b, c)
		pass(time.Minute)
		fail(b, outcome.Error, 5)
		m.Failed()
		probe.well.Store(false)
		for range 70 { // a reload every 100 ms neither delays checks nor forgets results
			pass(100 * time.Millisecond)
			a.Version = "renamed" // the name is not the identity
			m.Set([]Target{a, b, c, a})
		}
		wantHealth(t, "after three failures across reloads", "down", a)
		wantHealth(t, "ejected before the reloads", "ejected", b)
		pass(6 * time.Second)
		wantHealth(t, "after its ejection", "up", b)
	})
}

func TestRemovedTargetIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		checks := 0
		removed := probedTarget(0, probeFunc(func(ctx context.Context) error { checks++; <-ctx.Done(); ended.Store(true); return ctx.Err() }))
		removed.Check.Timeout = time.Hour
		m := start(t, MonitorOptions{}, removed, probedTarget(1, passes))
		pass(time.Minute)
		m.Set([]Target{probedTarget(2, passes)})
		synctest.Wait()
		if !ended.Load() {
			t.Error("the check of a removed target goes on")
		}
		pass(time.Minute)
		if checks != 1 {
			t.Errorf("a removed target was checked %d times", checks-1)
		}
		wantHealth(t, "removed", "checking", removed)
	})
}

func TestStopEndsProbesWithoutJudging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := probedTarget(0, hangs)
		target.Check.Fall, target.Check.Timeout = 1, time.Hour
		m := NewMonitor(MonitorOptions{Changed: func(string) { t.Error("a stop flipped a word") }})
		m.Set([]Target{target})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		pass(time.Minute)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		wantHealth(t, "after the stop", "checking", target)
	})
}

// Everything at once, for the race detector: reloads, failures, checks, reads.
func TestMonitorUnderConcurrentUse(t *testing.T) {
	var targets []Target
	for i := range 50 {
		x := probedTarget(i, passes)
		x.Check = CheckOptions{Interval: 5 * time.Millisecond, Timeout: time.Second, Rise: 1, Fall: 1}
		targets = append(targets, x)
	}
	m := NewMonitor(MonitorOptions{})
	m.Set(targets)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	<-m.FirstRound()

	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 2000 {
				x := targets[(i*7+w)%len(targets)]
				kind := outcome.OK
				if i%3 == 0 { // too few to eject half of them
					kind = outcome.Error
				}
				x.Stats.Record(kind, true)
				m.Failed()
				x.Live.Usable()
				if i%100 == 0 {
					m.Set(targets[w*5:])
				}
			}
		})
	}
	wg.Wait()
	m.Set(targets)
	fail(targets[0], outcome.Error, 5)
	m.Failed()
	for deadline := time.Now().Add(5 * time.Second); !targets[0].Live.Ejected(); {
		if time.Now().After(deadline) {
			t.Fatal("not ejected within 5s")
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

func BenchmarkFailed(b *testing.B) {
	m := NewMonitor(MonitorOptions{})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	b.ReportAllocs()
	for b.Loop() {
		m.Failed()
	}
	cancel()
	<-done
}
