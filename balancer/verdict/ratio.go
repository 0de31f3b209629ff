package verdict

import "math"

// Ratio tests "the candidate fails at most Tolerate times as often as stable"
// on ticks of concurrent traffic: a one-sided mixture over failure-rate ratios.
//
// Only failures move it, in proportion to who had how much of the traffic, so
// weights may change at any time, also because of it, and a common outage
// cancels. It is blind where one of the two has no traffic.
//
// Given the failures of a tick, the candidate's part of them is hypergeometric
// under equality; a convex function of it has at most the expectation under the
// binomial (Hoeffding 1963), for which the factor's expectation is exactly 1.
// Conditioning: Lindon & Malek, arXiv 2011.03567. For Tolerate above 1 with
// very high failure rates the bound is by simulation, not by proof.
//
// The zero value tolerates nothing beyond equality, like NewRatio(1).
type Ratio struct {
	// Tolerate is the ratio that the null hypothesis allows, 1 or more.
	Tolerate float64 `json:"tolerate"`
	// L is the log likelihood ratio of each alternative.
	L [Alternatives]float64 `json:"l"`
}

// NewRatio returns a test without evidence. A tolerate below 1, or none at all,
// counts as 1.
func NewRatio(tolerate float64) Ratio { return Ratio{Tolerate: tolerate} }

// Tick adds a closed tick: completed requests and failures among them, of the
// candidate and of stable. A tick without traffic on both, or without a
// failure, says nothing.
func (r *Ratio) Tick(requests, stableRequests, failures, stableFailures float64) {
	ratioTick(&r.L, r.Tolerate, requests, stableRequests, failures, stableFailures, math.Inf(1))
}

// ratioTick adds a tick to the log likelihood ratios of the alternatives, to each
// at most so much. To add less than a tick says keeps the bound on false alarms.
func ratioTick(l *[Alternatives]float64, tolerate, requests, stableRequests, failures, stableFailures, most float64) {
	nc, xc := tick(requests, failures)
	ns, xs := tick(stableRequests, stableFailures)
	if nc == 0 || ns == 0 || xc+xs == 0 {
		return
	}
	r0 := tolerated(tolerate)
	null := math.Log(nc*r0 + ns)
	for k, m := range grid {
		l[k] += min(xc*logGrid[k]+(xc+xs)*(null-math.Log(nc*r0*m+ns)), most)
	}
}

// LogE is the natural logarithm of the e-value; 0 without evidence. "Worse" at
// level alpha is LogE >= ln(1/alpha).
func (r *Ratio) LogE() float64 { return logMean(&r.L) }

func tolerated(ratio float64) float64 {
	if ratio > 1 && ratio <= 1e6 {
		return ratio
	}
	return 1
}

// Weights of the two metrics in Combine.
const (
	errorsWeight  = 0.8
	latencyWeight = 0.2
)

// Combine is the e-value of both metrics together, in logarithms: an average of
// e-values is an e-value whatever the dependence between them. A metric that is
// not measured has logE 0. That is why thresholds stay what they are when
// latency begins to be measured: its part of the average is there already.
func Combine(logErrors, logLatency float64) float64 {
	return logSum(logErrors+math.Log(errorsWeight), logLatency+math.Log(latencyWeight))
}
