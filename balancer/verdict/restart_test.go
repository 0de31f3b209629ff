//go:build !race

package verdict_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/verdict"
)

// The sum over all processes, each kept by itself.
func TestRestartIsTheWeightedSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := verdict.NewRestart(1.25)
		parts := []verdict.Ratio{verdict.NewRatio(1.25)}
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			if rapid.Bool().Draw(t, "begin") {
				r.Begin()
				parts = append(parts, verdict.NewRatio(1.25))
			}
			xc, xs := rapid.Float64Range(0, 5).Draw(t, "xc"), rapid.Float64Range(0, 5).Draw(t, "xs")
			r.Tick(10, 90, xc, xs)
			for i := range parts {
				parts[i].Tick(10, 90, xc, xs)
			}
		}
		want, left := 0.0, 1.0
		for i := range parts {
			j := float64(i + 1)
			want += math.Exp(parts[i].LogE()) / (j * (j + 1))
			left -= 1 / (j * (j + 1))
		}
		if got := r.LogE(); math.Abs(got-math.Log(want+left)) > 1e-9 {
			t.Errorf("LogE = %v, want %v of %d processes", got, math.Log(want+left), len(parts))
		}
	})
}

// What a rollout has weighed with a Ratio goes on as one process of many.
func TestRestartReadsARatio(t *testing.T) {
	old := verdict.NewRatio(1.25)
	old.Tick(10, 90, 3, 1)
	b, _ := json.Marshal(old)
	var r verdict.Restart
	if err := json.Unmarshal(b, &r); err != nil || r.LogE() != old.LogE() {
		t.Fatalf("%s is read as %v (%v), want %v", b, r.LogE(), err, old.LogE())
	}
	r.Begin()
	half := math.Log(math.Exp(old.LogE())/2 + 0.5)
	if got := r.LogE(); math.Abs(got-half) > 1e-9 {
		t.Errorf("after a beginning LogE = %v, want %v", got, half)
	}
}

// minutes is what a test says of one candidate, looked at once a second.
func minutes(rng *rand.Rand, seconds int, rps, share float64, stable, candidate func(second int) float64, test *verdict.Restart) (alarm int) {
	for s := range seconds {
		if s > 0 && s%60 == 0 {
			test.Begin()
		}
		nc, ns := rps*share, rps*(1-share)
		xc, xs := poisson(rng, nc*candidate(s)), poisson(rng, ns*stable(s))
		test.Tick(xc+poisson(rng, nc*(1-candidate(s))), xs+poisson(rng, ns*(1-stable(s))), xc, xs)
		if test.LogE() >= condemned {
			return s
		}
	}
	return -1
}

func always(rate float64) func(int) float64 { return func(int) float64 { return rate } }

func TestRestartFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const runs = 300
	for _, c := range []struct{ rps, rate, share float64 }{
		{20, 0.02, 0.10}, {100, 0.005, 0.10}, {1000, 0.001, 0.01}, {100, 0.2, 0.10},
	} {
		alarms := 0
		for range runs {
			r := verdict.NewRestart(1.25)
			if minutes(rng, 1800, c.rps, c.share, always(c.rate), always(c.rate), &r) >= 0 {
				alarms++
			}
		}
		if alarms > runs/100 {
			t.Errorf("%+v: %d of %d equal candidates condemned, want at most 1 %%", c, alarms, runs)
		}
	}
}

// Under equality, without a tolerance, the expectation at a fixed time is 1: the
// mean over many runs lies about there, and must not lie above.
func TestRestartHasTheExpectationOfAnEValue(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	const runs = 20_000
	sum := 0.0
	for range runs {
		r := verdict.NewRestart(1)
		for s := range 60 {
			if s > 0 && s%10 == 0 {
				r.Begin()
			}
			xc := binomial(rng, 10, 0.02)
			r.Tick(10, 90, xc, binomial(rng, 90, 0.02))
		}
		sum += min(math.Exp(r.LogE()), 1000) // the tail is heavy: without the cap the mean hangs on single runs
	}
	if mean := sum / runs; mean > 1.1 || mean < 0.5 {
		t.Errorf("mean e-value %v, want about 1, not above", mean)
	}
}

// Ten healthy minutes at 100 rps and 10 %, then five times stable's failures:
// verdict.md §3.6 has a median of 122 s for one process and of 62 s for many.
func TestRestartFindsALateRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	median := func(begin bool) int {
		var took []int
		for len(took) < 101 {
			r, alone := verdict.NewRestart(1), verdict.NewRatio(1)
			s := 0
			for ; ; s++ {
				p := 0.005
				if s >= 600 {
					p = 0.025
				}
				if s > 0 && s%60 == 0 {
					r.Begin()
				}
				xc, xs := poisson(rng, 10*p), poisson(rng, 90*0.005)
				r.Tick(10, 90, xc, xs)
				alone.Tick(10, 90, xc, xs)
				if begin && r.LogE() >= condemned || !begin && alone.LogE() >= condemned {
					break
				}
			}
			if s >= 600 { // not one of the false alarms
				took = append(took, s-600)
			}
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	if many, one := median(true), median(false); many > 75 || one < 90 {
		t.Errorf("median %d s with restarts, %d s without; want at most 75, and at least 90", many, one)
	}
}
