//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/verdict"
)

// certified is what alpha 0.05 asks of an e-value.
var certified = math.Log(20)

// Without a failure the least that any test needs is ln(alpha)/ln(1-limit) requests:
// with fewer, a candidate at the limit does as well with a probability above alpha. A
// certificate takes less than twice that: it pays for not knowing the rate, for being
// looked at at any time, and for the comparison that says nothing.
func TestCertificateWithoutFailures(t *testing.T) {
	for limit, least := range map[float64]int{0.01: 299, 0.005: 598, 0.001: 2995} {
		v := verdict.NewCertificate(2, limit)
		n := 0
		for ; v.LogE() < certified; n++ {
			v.Tick(1, 9, 0, 0)
		}
		if n < least*4/3 || n > least*9/5 {
			t.Errorf("limit %v: certified after %d requests without a failure, want %d to %d", limit, n, least*4/3, least*9/5)
		}
	}
}

func TestCertificateGolden(t *testing.T) {
	// One tick of 100 and 900 requests with 1 and 18 failures, by hand.
	v := verdict.NewCertificate(2, 0.01)
	v.Tick(100, 900, 1, 18)
	ratio, rate := 0.0, 0.0
	for _, m := range []float64{0.8, 0.67, 0.5, 0.33, 0.2, 0.1} {
		ratio += m * math.Pow((100*2+900)/(100*2*m+900), 19)
		rate += m * math.Pow((1-0.01*m)/(1-0.01), 99)
	}
	if got, want := v.LogRatio(), math.Log(ratio/6); math.Abs(got-want) > 1e-9 {
		t.Errorf("LogRatio = %v, want %v", got, want)
	}
	if got, want := v.LogE(), math.Log((ratio+rate)/12); math.Abs(got-want) > 1e-9 {
		t.Errorf("LogE = %v, want %v", got, want)
	}
}

// Not good enough by either measure: twice stable's rate, and at the limit.
func TestCertificateFalse(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	const runs = 800
	wrong := 0
	for range runs {
		v := verdict.NewCertificate(2, 0.01)
		for range 600 {
			xc, xs := poisson(rng, 10*0.01), poisson(rng, 90*0.005)
			v.Tick(xc+poisson(rng, 10*0.99), xs+poisson(rng, 90*0.995), xc, xs)
			if v.LogE() >= certified {
				wrong++
				break
			}
		}
	}
	if wrong > runs/20 {
		t.Errorf("%d of %d wrongly certified, want at most 5 %%", wrong, runs)
	}
}

// "Not twice as bad", the comparison alone, of candidates that are as good as
// stable: the medians of verdict.md §3.9, in seconds at 100 rps.
func TestCertificateTimes(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for _, c := range []struct{ rate, share, want float64 }{
		{0.005, 0.10, 234}, {0.005, 0.50, 121}, {0.02, 0.10, 58}, {0.02, 0.50, 26},
	} {
		var took []int
		for range 301 {
			v := verdict.NewCertificate(2, 0)
			s := 0
			for ; v.LogRatio() < certified; s++ {
				nc, ns := 100*c.share, 100*(1-c.share)
				xc, xs := poisson(rng, nc*c.rate), poisson(rng, ns*c.rate)
				v.Tick(xc+poisson(rng, nc*(1-c.rate)), xs+poisson(rng, ns*(1-c.rate)), xc, xs)
			}
			took = append(took, s)
		}
		slices.Sort(took)
		if median := float64(took[len(took)/2]); math.Abs(median-c.want) > max(0.2*c.want, 5) {
			t.Errorf("%+v: median %v s", c, median)
		}
	}
}

// A failure of the candidate more is never evidence for it.
func TestCertificateMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nc := rapid.Float64Range(1, 1e6).Draw(t, "candidate")
		ns := rapid.Float64Range(1, 1e6).Draw(t, "stable")
		x := rapid.Float64Range(0, nc).Draw(t, "failures")
		less := rapid.Float64Range(0, x).Draw(t, "less")
		xs := rapid.Float64Range(0, ns).Draw(t, "stable failures")
		a, b := verdict.NewCertificate(2, 0.01), verdict.NewCertificate(2, 0.01)
		a.Tick(nc, ns, x, xs)
		b.Tick(nc, ns, less, xs)
		if a.LogE() > b.LogE()+1e-6*(1+math.Abs(b.LogE())) {
			t.Errorf("%v failures: %v, %v failures: %v", x, a.LogE(), less, b.LogE())
		}
	})
}
