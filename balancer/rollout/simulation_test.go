//go:build !race

// Hundreds of thousands of steps of one goroutine: the race detector makes them ten
// times as slow and finds nothing.

package rollout_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// Whole ramps at equal rates, with all rules of the default configuration. The
// bound is a quarter of what alpha allows one rule. `make prove` has 10 000 of them.
func TestSimulationHealthyRamps(t *testing.T) {
	t.Parallel()
	const most = 2
	reverts, ramps := 0, 0
	for _, r := range []healthyRow{
		{100, 0, 20}, {100, 0.001, 200}, {100, 0.005, 200}, {100, 0.02, 150}, {20, 0.02, 150}, {1000, 0.001, 50}, {100, 0.04, 30},
	} {
		reverts, ramps = reverts+r.run(t, time.Second, 0), ramps+r.ramps
	}
	if reverts > most {
		t.Errorf("%d of %d healthy ramps reverted, want at most %d", reverts, ramps, most)
	}
}

// healthyRow is a number of ramps at one request rate and one error rate, which
// both versions have.
type healthyRow struct {
	rps, rate float64
	ramps     int
}

// run counts the ramps that are reverted, at most one of 200 (or one, where there
// are fewer). All others succeed.
func (r healthyRow) run(t *testing.T, look time.Duration, seed uint64) (reverts int) {
	t.Helper()
	for i := range uint64(r.ramps) {
		w := simulate.New(seed+i, filePlan(), 3)
		w.RPS, w.Look, w.Eject = r.rps, look, true
		w.Stable, w.Candidate = simulate.Constant(r.rate), simulate.Everywhere(simulate.Constant(r.rate))
		switch p := w.Run(time.Hour); p {
		case rollout.Succeeded:
		case rollout.Reverting:
			reverts++
			t.Logf("%+v seed %d: %s", r, seed+i, w.State.Reason)
		default:
			t.Fatalf("%+v seed %d: after an hour %s: %s", r, seed+i, p, w.State.Reason)
		}
	}
	t.Logf("%+v: %d reverted", r, reverts)
	if most := max(1, r.ramps/200); reverts > most {
		t.Errorf("%+v: %d reverted, want at most %d", r, reverts, most)
	}
	return reverts
}

// Dead from its first request, or after ten healthy minutes: the ratio test has
// seen much of both by then, and a late death may take a second closed tick.
func TestSimulationDeadCandidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		percent, rps float64
		endpoints    int
		failures     uint64        // at most, from the first request
		within       time.Duration // of the first failure
	}{
		{1, 100, 1, 4, 4 * time.Second}, {1, 1000, 2, 8, time.Second}, {10, 100, 1, 8, 1100 * time.Millisecond},
		{10, 1000, 1, 8, 300 * time.Millisecond}, {10, 1000, 3, 8, 300 * time.Millisecond},
		{25, 1000, 2, 8, 100 * time.Millisecond}, {50, 1000, 1, 16, 100 * time.Millisecond},
		{50, 1000, 3, 16, 100 * time.Millisecond}, {90, 1000, 2, 80, 100 * time.Millisecond},
		{99, 1000, 2, 32, 100 * time.Millisecond}, {100, 1000, 1, 16, 50 * time.Millisecond},
	} {
		for _, after := range []float64{0, 600} {
			for seed := range uint64(4) {
				w := simulate.New(seed, at(c.percent), c.endpoints)
				w.RPS = c.rps
				w.Stable = simulate.Constant(0.001)
				w.Candidate = func(t float64, _ int) float64 {
					if t < after {
						return 0.001
					}
					return 1
				}
				most, within := c.failures, c.within
				if after > 0 {
					most, within = 2*most, 2*within
				}
				w.Look = time.Second
				if p := w.Run(time.Duration(after) * time.Second); p == rollout.Reverting {
					t.Errorf("%+v seed %d: reverted while healthy: %s", c, seed, w.State.Reason)
					continue
				}
				w.Look, w.Failures = 100*time.Millisecond, 0
				died := w.Now
				p := w.Run(time.Minute)
				if took := w.Now.Sub(died); p != rollout.Reverting || w.Failures > most || took > within+time.Second/time.Duration(c.rps*c.percent/100) {
					t.Errorf("%+v dead after %v s: %s after %d failures, %v: %s", c, after, p, w.Failures, took, w.State.Reason)
				}
			}
		}
	}
}

// Both versions begin to fail in the same instant and for the same reason. The
// candidate has fewer requests, or more; whichever estimate crosses its bound
// first, the release is not the cause.
func TestSimulationSharedOutage(t *testing.T) {
	t.Parallel()
	reverts, runs := 0, 0
	for _, percent := range []float64{1, 10, 50, 90, 100} {
		for _, rate := range []float64{0.1, 0.2, 0.5, 1} {
			for _, before := range []float64{0, 20} {
				held := 0
				for seed := range uint64(sharedRuns) {
					w := simulate.New(seed, at(percent), 3)
					w.RPS, w.Eject = 200, seed%2 == 0
					w.Stable = func(t float64) float64 {
						if t >= before && t < before+20 {
							return rate
						}
						return 0.002
					}
					w.Candidate = simulate.Everywhere(w.Stable)
					if w.Run(time.Minute) == rollout.Reverting {
						reverts++
						t.Logf("share %v%%, rate %v: reverted at %v: %s", percent, rate, w.Elapsed(), w.State.Reason)
					}
					if w.Held || w.Over() {
						held++
					}
					runs++
				}
				if percent >= 10 && rate >= 0.2 && held < sharedRuns {
					t.Errorf("share %v%%, rate %v from %v s: held in %d of %d", percent, rate, before, held, sharedRuns)
				}
			}
		}
	}
	if reverts > runs/100 {
		t.Errorf("%d of %d shared outages reverted the candidate, want at most 1 %%", reverts, runs)
	}
}

const sharedRuns = 4

// Worse in degree, not dead: five in a hundred against one in a thousand.
func TestSimulationWorseCandidate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		w := simulate.New(seed, at(10), 2)
		w.RPS, w.Eject = 200, true
		w.Stable, w.Candidate = simulate.Constant(0.001), simulate.Everywhere(simulate.Constant(0.05))
		if p := w.Run(2 * time.Minute); p != rollout.Reverting || !strings.HasPrefix(w.State.Reason, "worse: ") {
			t.Errorf("seed %d: %s after two minutes: %s", seed, p, w.State.Reason)
		}
	}
}

// Worse in degree, on one endpoint, two or three: how many there are must not
// matter much, or a version would be tolerated because it is deployed twice.
func TestSimulationDegreesOfWorse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rps, percent, stable, candidate float64
		within                          time.Duration // the median; verdict.md §3.9, twice that for two endpoints
	}{
		{100, 10, 0.005, 0.015, 8 * time.Minute},
		{100, 10, 0.005, 0.025, 2 * time.Minute},
		{100, 10, 0.005, 0.05, 30 * time.Second},
		{1000, 10, 0.005, 0.01, 4 * time.Minute},
		{1000, 50, 0.04, 0.09, 3 * time.Second},
		{1000, 100, 0.001, 0.07, 6 * time.Second},
	} {
		for endpoints := 1; endpoints <= 3; endpoints++ {
			var took []time.Duration
			for seed := range uint64(11) {
				w := simulate.New(seed, at(c.percent), endpoints)
				w.RPS, w.Look, w.Eject = c.rps, 250*time.Millisecond, true
				w.Stable, w.Candidate = simulate.Constant(c.stable), simulate.Everywhere(simulate.Constant(c.candidate))
				if p := w.Run(30 * time.Minute); p != rollout.Reverting {
					t.Errorf("%+v, %d endpoints, seed %d: after half an hour %s: %s", c, endpoints, seed, p, w.State.Reason)
				}
				took = append(took, w.Elapsed())
			}
			slices.Sort(took)
			if median := took[len(took)/2]; median > c.within {
				t.Errorf("%+v, %d endpoints: median %v", c, endpoints, median)
			}
		}
	}
}

// Dead from the moment it gets everything, whatever it did before: stable's
// requests of the step before are no comparison any more.
func TestSimulationDeadAtTheSwitch(t *testing.T) {
	t.Parallel()
	for _, base := range []float64{0, 0.01, 0.03} {
		for seed := range uint64(20) {
			p := defaultPlan()
			p.Steps = []rollout.PlanStep{{Percent: 25, Hold: 30 * time.Second}, {Percent: 100}}
			w := simulate.New(seed, p, 3)
			w.RPS = 200
			w.Stable = simulate.Constant(base)
			var died time.Time
			w.Candidate = func(float64, int) float64 {
				if w.State.Percent < 100 {
					return base
				}
				if died.IsZero() {
					died = w.Now
				}
				return 1
			}
			if p := w.Run(3 * time.Minute); p != rollout.Reverting {
				t.Errorf("base %v seed %d: %s: %s", base, seed, p, w.State.Reason)
			} else if took := w.Now.Sub(died); !died.IsZero() && took > time.Second {
				t.Errorf("base %v seed %d: reverted %v after the switch", base, seed, took)
			}
		}
	}
}

// One endpoint of three, or of two, is dead all the time: ejected, let in again,
// ejected. That is the endpoint's fault, whatever fails besides.
func TestSimulationOneDeadEndpoint(t *testing.T) {
	t.Parallel()
	reverts, runs := 0, 0
	for _, endpoints := range []int{2, 3} {
		for _, base := range []float64{0, 0.005} {
			for seed := range uint64(40) {
				w := simulate.New(seed, defaultPlan(), endpoints)
				w.RPS, w.Eject = 200, true
				w.Stable = simulate.Constant(base)
				w.Candidate = func(_ float64, endpoint int) float64 {
					if endpoint == 1 {
						return 1
					}
					return base
				}
				if runs++; w.Run(20*time.Minute) == rollout.Reverting {
					reverts++
					t.Logf("%d endpoints, base %v, seed %d: %s", endpoints, base, seed, w.State.Reason)
				}
			}
		}
	}
	if reverts > runs/100 {
		t.Errorf("%d of %d candidates with one dead endpoint reverted, want at most 1 %%", reverts, runs)
	}
}

// Dead five seconds after it got everything, with and without anything to retry.
func TestSimulationDeadAfterTheSwitch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		post   bool
		within time.Duration
	}{{false, 250 * time.Millisecond}, {true, 1500 * time.Millisecond}} {
		for seed := range uint64(20) {
			w := simulate.New(seed, at(100), 3)
			w.RPS = 1000
			if c.post {
				w.Posts = 1
			}
			w.Candidate = func(t float64, _ int) float64 {
				if t < 5 {
					return 0
				}
				return 1
			}
			p := w.Run(time.Minute)
			took := w.Elapsed() - 5*time.Second
			if p != rollout.Reverting || took > c.within || !strings.HasPrefix(w.State.Reason, "errors: ") {
				t.Errorf("post %v seed %d: %s %v after it died: %s", c.post, seed, p, took, w.State.Reason)
			}
			if r := w.State.Report; r == nil || r.SecondsToZero == nil || *r.SecondsToZero > c.within.Seconds() {
				t.Errorf("post %v seed %d: report %+v", c.post, seed, r)
			}
		}
	}
}

// Equal versions, without a tolerance: the bound on false alarms has to hold by
// itself, with quantiles that are only estimated.
func TestSimulationEqualLatencies(t *testing.T) {
	t.Parallel()
	const runs = 50
	reverts := 0
	for seed := range uint64(runs) {
		p := at(10)
		p.Rules.Tolerate = 1
		a := slowly(t, p, 1)
		a.rng = rand.New(rand.NewPCG(seed, 3))
		a.seconds(300, as)
		if a.state.Phase == rollout.Reverting {
			reverts++
			t.Log(a.state.Reason)
		}
	}
	if reverts > 1 {
		t.Errorf("%d of %d equal candidates reverted, want at most 1 %%", reverts, runs)
	}
}

// Five times stable's failures from the tenth minute on: with many beginnings half
// the time of one is enough (verdict.md §3.6).
func TestSimulationLateRegression(t *testing.T) {
	t.Parallel()
	late := 0
	const runs = 20
	for seed := range uint64(runs) {
		w := simulate.New(seed, at(10), 1)
		w.Stable = simulate.Constant(0.005)
		w.Candidate = func(t float64, _ int) float64 {
			if t < 600 {
				return 0.005
			}
			return 0.025
		}
		p := w.Run(20 * time.Minute)
		if p != rollout.Reverting || !strings.HasPrefix(w.State.Reason, "worse: ") {
			t.Errorf("seed %d: %s: %s", seed, p, w.State.Reason)
		}
		if w.Elapsed() > 12*time.Minute {
			late++
		}
	}
	if late > runs/2 {
		t.Errorf("%d of %d took more than two minutes", late, runs)
	}
}

// The end of a report is the time since what led to it began, not since an
// ordinary failure long before.
func TestSimulationSecondsToZeroBeginsWithTheTrouble(t *testing.T) {
	for _, base := range []float64{0, 0.001, 0.02} {
		off := 0
		for seed := range uint64(40) {
			w := simulate.New(seed, at(10), 2)
			w.RPS = 1000
			w.Stable = simulate.Constant(base)
			w.Candidate = func(t float64, _ int) float64 {
				if t < 60 {
					return base
				}
				return 1
			}
			if w.Run(2*time.Minute) != rollout.Reverting {
				t.Fatalf("base %v seed %d: %s: %s", base, seed, w.State.Phase, w.State.Reason)
			}
			took := w.Elapsed().Seconds() - 60
			if s := w.State.Report.SecondsToZero; s == nil || *s < 0 || *s > took+1 {
				off++
			}
		}
		if off > 2 {
			t.Errorf("base %v: %d of 40 reports count more than a second from before the trouble", base, off)
		}
	}
}
