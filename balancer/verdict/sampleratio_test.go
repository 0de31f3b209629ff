//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"weir/balancer/verdict"
)

// The regression vector of the public implementation, which shows the reciprocal:
// the p-value that may be looked at at any time.
func TestSampleRatioGolden(t *testing.T) {
	const want = 0.045579631759249686
	var s verdict.SampleRatio
	s.Tick(0.2, 62, 148)
	if got := math.Exp(-s.LogE()); math.Abs(got-want) > 1e-12 {
		t.Errorf("1/E(62, 148) at 0.2 = %.18f, want %.18f", got, want)
	}
	s.Tick(0.5, 0, 0)
	if got := math.Exp(-s.LogE()); math.Abs(got-want) > 1e-12 {
		t.Errorf("at another share it begins with %.18f, want what was found before", got)
	}
	var other verdict.SampleRatio
	other.Tick(0.5, 70, 30)
	s.Tick(0.5, 70, 30)
	if got, product := s.LogE(), -math.Log(want)+other.LogE(); math.Abs(got-product) > 1e-9 {
		t.Errorf("LogE = %v, want the product's %v", got, product)
	}
	before := s
	for _, share := range []float64{0, 1, -1, math.NaN(), math.Inf(1)} {
		s.Tick(share, 1000, 0)
		if math.Abs(s.LogE()-before.LogE()) > 1e-9 {
			t.Errorf("a share of %v: LogE = %v, want %v as before", share, s.LogE(), before.LogE())
		}
	}
}

func TestSampleRatio(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	const runs, ticks = 300, 600
	alarms, missed := 0, 0
	for range runs {
		var fair, skewed verdict.SampleRatio
		alarm := false
		for i := range ticks {
			share := 0.05
			if i >= ticks/2 {
				share = 0.25
			}
			c := binomial(rng, 100, share)
			fair.Tick(share, c, 100-c)
			c = binomial(rng, 100, share*0.9)
			skewed.Tick(share, c, 100-c)
			alarm = alarm || fair.LogE() >= condemned
		}
		if alarm {
			alarms++
		}
		if skewed.LogE() < condemned {
			missed++
		}
	}
	if alarms > runs/100 || missed > 0 {
		t.Errorf("%d of %d fair splits suspected, %d skewed ones not found", alarms, runs, missed)
	}
}
