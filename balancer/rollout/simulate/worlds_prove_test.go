//go:build prove

package simulate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// harder is a world that is not as the analysis has it, and what must come of it.
type harder struct {
	name  string
	runs  int
	most  time.Duration
	world func(seed uint64) *simulate.World
	check func(t *testing.T, got *tried)
}

// released is for a candidate that is fine: at most alpha are reverted.
func released(t *testing.T, got *tried) { got.noMoreThan(t, 0.01, "a candidate that is fine") }

// out is for one that is not: all are reverted, nine of ten within so long.
func out(within time.Duration) func(*testing.T, *tried) {
	return func(t *testing.T, got *tried) {
		if got.reverted < got.runs {
			t.Errorf("%d of %d reverted, want all", got.reverted, got.runs)
		} else if p90 := got.took[got.runs*9/10]; p90 > within {
			t.Errorf("nine of ten reverted within %v, want %v", p90, within)
		}
	}
}

func worlds() []harder {
	ramp := func() rollout.Plan {
		return filePlan(rollout.PlanStep{Percent: 1, Hold: time.Minute}, rollout.PlanStep{Percent: 5, Hold: time.Minute},
			rollout.PlanStep{Percent: 25, Hold: time.Minute}, rollout.PlanStep{Percent: 50})
	}
	drift := func(t float64) float64 {
		if t >= 150 && t < 160 {
			return 0.05
		}
		return 0.005 * (1 + 0.8*math.Sin(2*math.Pi*t/400))
	}
	outage := func(t float64) float64 {
		if t >= 60 && t < 180 {
			return 0.2
		}
		return 0.005
	}
	unequal := simulate.NewClients(2000, 1, func(k int) float64 {
		switch {
		case k%100 == 7:
			return 0.5
		case k%10 == 3:
			return 0.05
		}
		return 0.002
	})
	broken := simulate.NewClients(100, 0, func(k int) float64 {
		if k == 0 {
			return 1
		}
		return 0
	})
	broken.Early = 1
	undeduped := *broken
	undeduped.Dedupe = false
	both := func(p rollout.Plan, rps float64, rate simulate.Rate) func(uint64) *simulate.World {
		return func(seed uint64) *simulate.World {
			w := even(seed, p, rps, 0)
			w.Stable, w.Candidate = rate, simulate.Everywhere(rate)
			return w
		}
	}
	keyed := func(c *simulate.Clients, rate float64) func(uint64) *simulate.World {
		return func(seed uint64) *simulate.World {
			w := even(seed, at(10), 100, rate)
			w.Clients = c
			return w
		}
	}
	bad := func(rps, stable, candidate float64, change func(*simulate.World)) func(uint64) *simulate.World {
		return func(seed uint64) *simulate.World {
			w := even(seed, at(10), rps, stable)
			w.Look, w.Calm, w.Candidate = 100*time.Millisecond, time.Second, simulate.Everywhere(simulate.Constant(candidate))
			if change != nil {
				change(w)
			}
			return w
		}
	}
	return []harder{
		{"both drift between 0.1 and 0.9 %, with 5 % for ten seconds, over a ramp to 50 %", 2000, 10 * time.Minute, both(ramp(), 100, drift), released},
		{"shared outage: both fail 20 % for two minutes", 1000, 5 * time.Minute, both(at(10), 100, outage), released},
		{"2000 clients of unequal traffic (Zipf) and unequal error rates, keyed", 1000, 10 * time.Minute, keyed(unequal, 0.003), released},
		{"a broken client with 1 % of the traffic, keyed to the candidate", 1000, 10 * time.Minute, keyed(broken, 0.005), released},
		{"the same, with each of its failures counted", 200, 10 * time.Minute, keyed(&undeduped, 0.005), func(*testing.T, *tried) {}},
		{"one dead endpoint of three", 500, 10 * time.Minute, func(seed uint64) *simulate.World {
			w := even(seed, ramp(), 100, 0.005)
			w.Candidate = func(_ float64, endpoint int) float64 {
				if endpoint == 1 {
					return 1
				}
				return 0.005
			}
			return w
		}, func(t *testing.T, got *tried) {
			released(t, got)
			if got.ejected < got.runs {
				t.Errorf("the dead endpoint was ejected in %d of %d", got.ejected, got.runs)
			}
		}},
		{"dead, shield on, everything may be retried", 1000, time.Minute, bad(1000, 0, 1, nil), func(t *testing.T, got *tried) {
			out(300*time.Millisecond)(t, got)
			if got.userErrors > 0 {
				t.Errorf("users saw %d errors, want none", got.userErrors)
			}
		}},
		{"dead, shield on, a fifth are POST requests", 1000, time.Minute, bad(1000, 0, 1, func(w *simulate.World) { w.Posts = 0.2 }), out(300 * time.Millisecond)},
		{"hanging: connects and never answers", 1000, time.Minute, bad(1000, 0, 1, func(w *simulate.World) { w.Hang = time.Second }), out(2 * time.Second)},
		{"0.5 % to 2.5 % after ten healthy minutes", 400, 2 * time.Hour, bad(100, 0.005, 0, func(w *simulate.World) {
			w.Candidate = func(t float64, _ int) float64 {
				if t < 600 {
					return 0.005
				}
				return 0.025
			}
		}), out(15 * time.Minute)},
	}
}

func harderWorlds(t *testing.T) table {
	all := worlds()
	out := table{header: []string{"world", "rollouts", "reverted", "median / 90 %", "has been holding", "had an endpoint ejected", "errors users saw, a rollout"}}
	out.rows = each(all, func(i int) []string {
		h := &all[i]
		got := try(h.runs, h.most, h.world)
		h.check(t, &got)
		return []string{h.name, fmt.Sprint(h.runs), part(got.reverted, got.runs), got.times(), part(got.held, got.runs), part(got.ejected, got.runs),
			fmt.Sprintf("%.1f", float64(got.userErrors)/float64(got.runs))}
	})
	return out
}
