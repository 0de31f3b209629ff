//go:build prove

package simulate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// filePlan is a rollout by the defaults of a file that says nothing of how to
// judge, through these shares; it stays at the last one if that is below 100 %.
func filePlan(steps ...rollout.PlanStep) rollout.Plan {
	p := defaults()
	p.From, p.To, p.Steps = "v1", "v2", steps
	if last := &p.Steps[len(p.Steps)-1]; last.Percent < 100 {
		last.Pause = true
	}
	return p
}

func at(percent float64) rollout.Plan { return filePlan(rollout.PlanStep{Percent: percent}) }

// tried are many rollouts of one kind.
type tried struct {
	runs, reverted, held, ejected int
	took                          []time.Duration // of the reverted ones
	userErrors, users             uint64
}

// try makes that many worlds and lets each run for so long.
func try(runs int, most time.Duration, world func(seed uint64) *simulate.World) tried {
	t := tried{runs: runs}
	for seed := range uint64(runs) {
		w := world(seed)
		if w.Run(most) == rollout.Reverting {
			t.reverted++
			t.took = append(t.took, w.Elapsed())
		}
		if w.Held {
			t.held++
		}
		if w.Ejected > 0 {
			t.ejected++
		}
		t.userErrors += w.Observed.UserErrors
		t.users += w.Observed.Users
	}
	slices.Sort(t.took)
	return t
}

// times are the median and the slowest tenth of the reverted.
func (t *tried) times() string {
	if len(t.took) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s / %s s", seconds(t.took[len(t.took)/2]), seconds(t.took[len(t.took)*9/10]))
}

// noMoreThan fails the test if more than that part was reverted.
func (t *tried) noMoreThan(tt *testing.T, part float64, what any) {
	if float64(t.reverted) > part*float64(t.runs) {
		tt.Errorf("%v: %d of %d reverted, want at most %v of them", what, t.reverted, t.runs, part)
	}
}

const rulesRuns = 10_000

// The rows of the analysis once more, with all rules of the default
// configuration, with looks each second as there, and three endpoints that may be
// ejected.
func falseRevertsByRules(t *testing.T) table {
	out := table{header: []string{"requests a second", "error rate", "share", "reverted", "has been holding"}}
	out.rows = each(healthyRows, func(i int) []string {
		r := healthyRows[i]
		p := at(100 * r.share)
		got := try(rulesRuns, 10*time.Minute, func(seed uint64) *simulate.World {
			w := even(seed, p, r.rps, r.rate)
			w.Blind = true
			return w
		})
		got.noMoreThan(t, 0.01, r)
		return []string{number(r.rps), percent(r.rate), percent(r.share), part(got.reverted, got.runs), part(got.held, got.runs)}
	})
	return out
}

// even is a world in which both versions fail alike.
func even(seed uint64, p rollout.Plan, rps, rate float64) *simulate.World {
	w := simulate.New(seed, p, 3)
	w.RPS, w.Look, w.Eject = rps, time.Second, true
	w.Stable = simulate.Constant(rate)
	w.Candidate = simulate.Everywhere(w.Stable)
	return w
}

// rampRows are whole rollouts, 10 000 in all.
var rampRows = []struct {
	rps, rate float64
	runs      int
}{{100, 0.001, 2000}, {100, 0.005, 2000}, {100, 0.02, 2000}, {20, 0.02, 1500}, {1000, 0.001, 1500}, {100, 0.04, 1000}}

func healthyRamps(t *testing.T) table {
	out := table{header: []string{"requests a second", "error rate", "rollouts", "reverted", "has been holding"}}
	p := filePlan(rollout.PlanStep{Percent: 1, Hold: 20 * time.Second}, rollout.PlanStep{Percent: 10, Hold: 20 * time.Second},
		rollout.PlanStep{Percent: 25, Hold: 20 * time.Second}, rollout.PlanStep{Percent: 100})
	out.rows = each(rampRows, func(i int) []string {
		r := rampRows[i]
		got := try(r.runs, time.Hour, func(seed uint64) *simulate.World {
			w := even(1<<32+seed, p, r.rps, r.rate)
			w.Look, w.Calm = 100*time.Millisecond, time.Second
			return w
		})
		got.noMoreThan(t, 0.005, r)
		return []string{number(r.rps), percent(r.rate), fmt.Sprint(r.runs), part(got.reverted, got.runs), part(got.held, got.runs)}
	})
	return out
}

const badRuns = 1000

// The times of the analysis once more, with all rules.
func timesByRules(t *testing.T) table {
	out := table{header: []string{"stable", "candidate", "share", "reverted", "median / 90 %", "errors users saw, a rollout"}}
	out.rows = each(badRows, func(i int) []string {
		r := badRows[i]
		p := at(100 * r.share)
		got := try(badRuns, 3*time.Hour, func(seed uint64) *simulate.World {
			w := even(seed, p, 100, r.stable)
			w.Look, w.Calm, w.Candidate = 100*time.Millisecond, time.Second, simulate.Everywhere(simulate.Constant(r.candidate))
			return w
		})
		if got.reverted < got.runs {
			t.Errorf("%+v: %d of %d reverted within three hours, want all", r, got.reverted, got.runs)
		}
		return []string{percent(r.stable), percent(r.candidate), percent(r.share), part(got.reverted, got.runs), got.times(),
			number(float64(10*got.userErrors/uint64(got.runs)) / 10)}
	})
	return out
}
