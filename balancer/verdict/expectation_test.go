//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"weir/balancer/verdict"
)

// While its null hypothesis holds, an e-value has an expectation of at most 1 at any
// time. The mean over many runs says so, within what its heavy tail allows: values
// are cut off at 100, which only makes it less.
func TestExpectations(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	const runs, ticks = 4000, 40
	for _, c := range []struct {
		name string
		run  func() float64 // the logarithm of an e-value after some ticks
	}{
		{"certificate of a candidate at both limits", func() float64 {
			v := verdict.NewCertificate(2, 0.02)
			for range ticks {
				v.Tick(20, 80, binomial(rng, 20, 0.02), binomial(rng, 80, 0.01))
			}
			return v.LogE()
		}},
		{"sample ratio of a fair split that changes", func() float64 {
			var v verdict.SampleRatio
			for i := range ticks {
				share := 0.1
				if i > 10 {
					share = 0.4
				}
				n := binomial(rng, 20, share)
				v.Tick(share, n, 20-n)
			}
			return v.LogE()
		}},
		{"latency of equals", func() float64 {
			var v verdict.Latency
			for i := range ticks {
				if i%10 == 9 {
					v.Begin()
				}
				slower := func(n int) [3]float64 { // one above the other, as latencies are
					a := binomial(rng, n, 0.5)
					b := binomial(rng, int(a), 0.2)
					return [3]float64{a, b, binomial(rng, int(b), 0.1)}
				}
				v.Tick(20, 80, slower(20), slower(80))
			}
			return v.LogE()
		}},
	} {
		sum, square := 0.0, 0.0
		for range runs {
			e := min(math.Exp(c.run()), 100)
			sum += e
			square += e * e
		}
		mean := sum / runs
		if limit := 1 + 3*math.Sqrt((square/runs-mean*mean)/runs); mean > limit {
			t.Errorf("%s: mean e-value %v, want at most 1 (%v by chance)", c.name, mean, limit)
		}
	}
}
