//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/verdict"
)

func TestRateHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	const runs = 300
	for _, rate := range []float64{0, 0.002, 0.2, 1} {
		missed := 0
		for range runs {
			var n, x float64
			for range 300 {
				for range 10 {
					if n++; rng.Float64() < rate {
						x++
					}
				}
				if low, _, high := verdict.Rate(n, x, 0.05); rate < low || rate > high {
					missed++
					break
				}
			}
		}
		if missed > runs/20 {
			t.Errorf("rate %v: outside at some time in %d of %d runs, want at most 5 %%", rate, missed, runs)
		}
	}
}

func TestRateHasItsEstimate(t *testing.T) {
	if low, estimate, high := verdict.Rate(0, 0, 0.01); low != 0 || !math.IsNaN(estimate) || high != 1 {
		t.Errorf("of nothing: %v, %v, %v", low, estimate, high)
	}
	n := rapid.Float64Range(1, 1e6)
	rapid.Check(t, func(t *rapid.T) {
		requests := n.Draw(t, "requests")
		failures := requests * rapid.Float64Range(0, 1).Draw(t, "part")
		low, estimate, high := verdict.Rate(requests, failures, rapid.SampledFrom([]float64{1e-6, 0.01, 0.5}).Draw(t, "alpha"))
		if !(0 <= low && low <= estimate*(1+1e-9) && estimate <= high*(1+1e-9) && high <= 1) {
			t.Errorf("%v to %v around %v", low, high, estimate)
		}
	})
}
