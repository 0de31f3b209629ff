//go:build prove

package simulate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"weir/balancer/verdict"
)

// metric is the comparison of one metric as it is analysed on paper: Poisson
// arrivals, a look each second, the ratio test and nothing besides.
type metric struct {
	rps, stable, candidate, share float64
	tolerate, alpha               float64
	minFailures                   int
}

// run is one candidate: after how many seconds it is worse, and how many requests
// it had then; 0 if it is not within most.
func (m *metric) run(rng *rand.Rand, most int) (seconds, requests int) {
	bad, badStable := m.rps*m.share*m.candidate, m.rps*(1-m.share)*m.stable
	good, goodStable := m.rps*m.share*(1-m.candidate), m.rps*(1-m.share)*(1-m.stable)
	test, bound := verdict.NewRatio(m.tolerate), -math.Log(m.alpha)
	failures, silent := 0, 0
	for second := 1; second <= most; second++ {
		xc, xs := poisson(rng, bad), poisson(rng, badStable)
		if xc+xs == 0 {
			silent++
			continue
		}
		nc := xc + poisson(rng, good)
		requests += nc + poisson(rng, good*float64(silent))
		silent = 0
		failures += xc
		test.Tick(float64(nc), float64(xs+poisson(rng, goodStable)), float64(xc), float64(xs))
		if failures >= m.minFailures && test.LogE() >= bound {
			return second, requests
		}
	}
	return 0, 0
}

func poisson(rng *rand.Rand, mean float64) int {
	if mean > 30 { // the normal distribution with its skewness put right
		z := rng.NormFloat64()
		return max(0, int(math.Round(mean+math.Sqrt(mean)*z+(z*z-1)/6)))
	}
	n, p := 0, rng.Float64()
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= rng.Float64()
	}
	return n
}

const formulaRuns = 10_000

// healthyRows are those of the analysis: requests a second, error rate, share.
var healthyRows = []struct{ rps, rate, share float64 }{
	{20, 0.005, 0.1}, {20, 0.02, 0.1}, {100, 0.001, 0.05}, {100, 0.005, 0.1}, {100, 0.02, 0.5}, {1000, 0.001, 0.01}, {1000, 0.005, 0.1},
}

func falseRevertsByFormula(t *testing.T) table {
	out := table{header: []string{"requests a second", "error rate", "share", "r0 1", "r0 1.25, 3 failures"}}
	out.rows = each(healthyRows, func(i int) []string {
		r := healthyRows[i]
		line := []string{number(r.rps), percent(r.rate), percent(r.share)}
		for _, m := range []metric{
			{r.rps, r.rate, r.rate, r.share, 1, 0.01, 0},
			{r.rps, r.rate, r.rate, r.share, 1.25, 0.01, 3},
		} {
			reverts := 0
			for run := range uint64(formulaRuns) {
				if s, _ := m.run(rand.New(rand.NewPCG(run, 1)), 600); s > 0 {
					reverts++
				}
			}
			line = append(line, part(reverts, formulaRuns))
			if reverts > formulaRuns/100 {
				t.Errorf("%+v: %d of %d healthy candidates reverted, want at most alpha", m, reverts, formulaRuns)
			}
		}
		return line
	})
	return out
}

// quantiles that the analysis gives; 0: none.
type expected struct{ median, p90 float64 }

// badRows are those of the analysis, with the times for each way to decide.
var badRows = []struct {
	stable, candidate, share float64
	plain, shipped, strict   expected
}{
	{0.005, 1, 0.01, expected{2, 5}, expected{3, 6}, expected{3, 5}},
	{0.001, 1, 0.1, expected{1, 1}, expected{}, expected{}},
	{0.005, 0.25, 0.05, expected{3, 6}, expected{3, 5}, expected{4, 8}},
	{0.001, 0.05, 0.1, expected{6, 14}, expected{}, expected{}},
	{0.005, 0.05, 0.1, expected{12, 23}, expected{12, 28}, expected{18, 34}},
	{0.005, 0.025, 0.1, expected{33, 75}, expected{42, 87}, expected{67, 131}},
	{0.005, 0.025, 0.5, expected{14, 29}, expected{}, expected{}},
	{0.005, 0.015, 0.1, expected{106, 197}, expected{149, 313}, expected{224, 405}},
	{0.001, 0.01, 0.1, expected{53, 107}, expected{66, 143}, expected{90, 171}},
	{0.005, 0.01, 0.1, expected{297, 661}, expected{}, expected{}},
}

const (
	timedRuns = 4000
	timedMost = 20_000 // seconds; nothing here takes as long
)

func timesByFormula(t *testing.T) table {
	out := table{header: []string{"stable", "candidate", "share", "r0 1", "r0 1.25, 3 failures", "the same, alpha 0.001"}}
	out.rows = each(badRows, func(i int) []string {
		r := badRows[i]
		line := []string{percent(r.stable), percent(r.candidate), percent(r.share)}
		for _, c := range []struct {
			metric
			want expected
		}{
			{metric{100, r.stable, r.candidate, r.share, 1, 0.01, 0}, r.plain},
			{metric{100, r.stable, r.candidate, r.share, 1.25, 0.01, 3}, r.shipped},
			{metric{100, r.stable, r.candidate, r.share, 1.25, 0.001, 3}, r.strict},
		} {
			var took, requests []float64
			for run := range uint64(timedRuns) {
				s, n := c.run(rand.New(rand.NewPCG(run, 2)), timedMost)
				if s == 0 {
					s = timedMost
				}
				took, requests = append(took, float64(s)), append(requests, float64(n))
			}
			slices.Sort(took)
			slices.Sort(requests)
			median, p90 := took[timedRuns/2], took[timedRuns*9/10]
			line = append(line, fmt.Sprintf("%v / %v s (%v)", median, p90, requests[timedRuns/2]))
			if w := c.want; w.median > 0 && (!near(median, w.median, 0.1) || !near(p90, w.p90, 0.2)) {
				t.Errorf("%+v: median %v, p90 %v s, want %v and %v", c.metric, median, p90, w.median, w.p90)
			}
		}
		return line
	})
	return out
}

// near says whether a is b within a part of b, or by a second.
func near(a, b, within float64) bool { return math.Abs(a-b) <= max(1, within*b) }
