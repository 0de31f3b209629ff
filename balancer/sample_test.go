package balancer

import (
	"math"
	"testing"
)

// A sample is as even as a split: in any run of calls it is off by a few at most.
func TestSampleIsEven(t *testing.T) {
	for _, part := range []float64{0.001, 0.01, 0.2, 0.5, 0.999, 1} {
		var seq Sequence
		s := NewSample(part, &seq)
		taken := 0
		for n := 1; n <= 20_000; n++ {
			if s.Next() {
				taken++
			}
			if off := math.Abs(float64(taken) - part*float64(n)); off > 5 {
				t.Fatalf("%v of %d calls: %d taken, %.1f off", part, n, taken, off)
			}
		}
	}
	var none Sample
	if none.Next() {
		t.Error("the zero value takes something")
	}
}
