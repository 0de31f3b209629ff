package verdict

import "math"

// Thresholds is how many thresholds Latency compares at.
const Thresholds = 3

// Quantiles are those of stable's latency at which the thresholds lie.
var Quantiles = [Thresholds]float64{0.5, 0.9, 0.99}

// oneTick bounds what a tick adds. To Ratio requests are independent, but when a
// process stops for a tenth of a second, all its requests of that moment are slow
// together: without a bound one collection of garbage would condemn a release.
// With it slowness has to last for some ticks. Adding less stays valid.
const oneTick = 1

// Latency tests "the candidate is not slower than stable" by how often each
// version exceeds thresholds: the average of the tests at each, which is an
// e-value however they depend on one another. It is valid for any distribution of
// latencies, and for thresholds that were fixed before the tick was seen. The zero
// value is ready.
type Latency struct {
	Tests [Thresholds]Restart `json:"tests"`
}

// Tick adds a closed tick: the answers of both versions and, at each threshold,
// those of them that were slower.
func (l *Latency) Tick(answers, stableAnswers float64, slower, stableSlower [Thresholds]float64) {
	for i := range l.Tests {
		l.Tests[i].tick(answers, stableAnswers, slower[i], stableSlower[i], oneTick)
	}
}

// Begin begins another process of each test: see Restart.Begin.
func (l *Latency) Begin() {
	for i := range l.Tests {
		l.Tests[i].Begin()
	}
}

// LogE is the natural logarithm of the e-value; 0 without evidence.
func (l *Latency) LogE() float64 {
	sum := l.Tests[0].LogE()
	for i := 1; i < Thresholds; i++ {
		sum = logSum(sum, l.Tests[i].LogE())
	}
	return sum - math.Log(Thresholds)
}
