//go:build !race

package rollout_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// What is said beforehand must agree with the simulation within this factor, or
// by a second.
const forecastFactor = 2

func TestForecastAgreesWithTheSimulation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rps, percent, stable float64
		endpoints            int
	}{
		{100, 10, 0.005, 1}, {100, 10, 0.005, 2}, {100, 10, 0.005, 3}, {1000, 1, 0.001, 3}, {1000, 10, 0.001, 3},
		{100, 50, 0.005, 2}, {20, 10, 0.02, 1}, {1000, 90, 0.002, 3}, {1000, 100, 0.02, 3}, {200, 5, 0.01, 3},
	} {
		p := at(c.percent)
		f := p.Forecast(rollout.Traffic{RPS: c.rps, ErrorRate: c.stable, Endpoints: c.endpoints, Overdue: time.Second})[0]
		for _, k := range []struct {
			name   string
			rate   float64
			hang   bool
			expect time.Duration
		}{
			{"twice", 2 * c.stable, false, f.Double}, {"five times", 5 * c.stable, false, f.Five},
			{"ten times", 10 * c.stable, false, f.Ten}, {"dead", 1, false, f.Dead}, {"hanging", 1, true, f.Hanging},
		} {
			most := 10 * time.Minute
			if k.expect < rollout.Never {
				most = 8 * k.expect
			}
			if most > time.Hour {
				continue // too slow to try, and to be of use
			}
			var took []time.Duration
			for seed := range uint64(7) {
				w := simulate.New(seed, p, c.endpoints)
				w.RPS, w.Calm, w.Eject = c.rps, time.Second, true
				w.Stable, w.Candidate = simulate.Constant(c.stable), simulate.Everywhere(simulate.Constant(k.rate))
				if k.hang {
					w.Hang = time.Second
				}
				if w.Run(most) != rollout.Reverting {
					took = append(took, rollout.Never)
					continue
				}
				took = append(took, w.Elapsed())
			}
			slices.Sort(took)
			if median := took[len(took)/2]; !agree(median, k.expect) {
				t.Errorf("%+v: %s: simulated median %v, forecast %v", c, k.name, median, k.expect)
			}
		}
	}
}

func agree(a, b time.Duration) bool {
	if a == rollout.Never || b == rollout.Never {
		return a == b
	}
	return math.Abs(a.Seconds()-b.Seconds()) <= 1 || max(a, b) <= forecastFactor*min(a, b)
}
