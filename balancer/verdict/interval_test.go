//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/verdict"
)

func TestIntervalHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	const runs = 300
	for _, ratio := range []float64{1, 3} {
		missed := 0
		for range runs {
			var nc, ns, xc, xs float64
			for range 300 {
				c, s := poisson(rng, 10*0.01*ratio), poisson(rng, 90*0.01)
				xc, xs, nc, ns = xc+c, xs+s, nc+10, ns+90
				if low, _, high := verdict.Interval(nc, ns, xc, xs, 0.05); ratio < low || ratio > high {
					missed++
					break
				}
			}
		}
		if missed > runs/20 {
			t.Errorf("ratio %v: outside at some time in %d of %d runs, want at most 5 %%", ratio, missed, runs)
		}
	}
}

func TestIntervalEnds(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ nc, ns, xc, xs, low, estimate, high float64 }{
		{0, 0, 0, 0, 0, math.NaN(), inf},
		{100, 900, 0, 0, 0, math.NaN(), inf},
		{100, 0, 10, 0, 0, math.NaN(), inf},
	} {
		low, estimate, high := verdict.Interval(c.nc, c.ns, c.xc, c.xs, 0.01)
		if low != c.low || high != c.high || math.IsNaN(estimate) != math.IsNaN(c.estimate) {
			t.Errorf("%+v: %v, %v, %v", c, low, estimate, high)
		}
	}
	if low, estimate, high := verdict.Interval(10, 90, 10, 0, 0.01); low < 10 || !math.IsInf(estimate, 1) || !math.IsInf(high, 1) {
		t.Errorf("only the candidate fails: %v, %v, %v", low, estimate, high)
	}
	if low, estimate, high := verdict.Interval(10, 90, 0, 50, 0.01); low != 0 || estimate != 0 || high > 3 {
		t.Errorf("only stable fails: %v, %v, %v", low, estimate, high)
	}
}

func TestIntervalHasItsEstimate(t *testing.T) {
	n := rapid.Float64Range(1, 1e6)
	rapid.Check(t, func(t *rapid.T) {
		low, estimate, high := verdict.Interval(n.Draw(t, "nc"), n.Draw(t, "ns"), n.Draw(t, "xc"), n.Draw(t, "xs"),
			rapid.SampledFrom([]float64{1e-6, 0.01, 0.5}).Draw(t, "alpha"))
		if !(low >= 0 && low <= estimate*(1+1e-9) && estimate <= high*(1+1e-9)) {
			t.Errorf("%v to %v around %v", low, high, estimate)
		}
	})
}
