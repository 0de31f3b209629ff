package verdict

import "math"

// better are the alternatives of a certificate, as multiples of what would be too
// much, each with the same weight.
var better = [betterAlternatives]float64{0.8, 0.67, 0.5, 0.33, 0.2, 0.1}

const betterAlternatives = 6

// Certificate shows that a candidate is good enough, which is more than that
// nothing was found against it: the mirror image of Ratio and of Guard. It tests
// "the candidate fails at least MaxRatio times as often as stable" and "it fails
// at least MaxErrorRate of its requests" and takes the average of both e-values.
//
// Where both are true, the average is an e-value; so a candidate that is not good
// enough by either measure is certified with a probability of at most alpha. One
// that is so by either may be: a service that hardly ever fails has no failures to
// compare, and one that often fails is measured by stable.
//
// The zero value has no limits and never moves.
type Certificate struct {
	// MaxRatio is the ratio of failure rates, candidate to stable, that would be
	// too much, 1 to 1e6. Anything else: that half never moves.
	MaxRatio float64 `json:"max_ratio"`
	// MaxErrorRate is the failure rate that would be too much, above 0 and at
	// most 0.999. Anything else: that half never moves.
	MaxErrorRate float64 `json:"max_error_rate"`
	// Ratio and Rate are the log likelihood ratios of their alternatives.
	Ratio [betterAlternatives]float64 `json:"ratio"`
	Rate  [betterAlternatives]float64 `json:"rate"`
}

// NewCertificate returns one that says nothing yet.
func NewCertificate(maxRatio, maxErrorRate float64) Certificate {
	return Certificate{MaxRatio: maxRatio, MaxErrorRate: maxErrorRate}
}

// Tick adds a closed tick: see Ratio.Tick. Unlike there a success counts, too.
func (c *Certificate) Tick(requests, stableRequests, failures, stableFailures float64) {
	nc, xc := tick(requests, failures)
	ns, xs := tick(stableRequests, stableFailures)
	if limited(c.MaxErrorRate) {
		for k, m := range better {
			c.Rate[k] += xc*math.Log(m) + (nc-xc)*(math.Log1p(-m*c.MaxErrorRate)-math.Log1p(-c.MaxErrorRate))
		}
	}
	if !(c.MaxRatio >= 1 && c.MaxRatio <= 1e6) || nc == 0 || ns == 0 || xc+xs == 0 {
		return
	}
	null := math.Log(nc*c.MaxRatio + ns)
	for k, m := range better {
		c.Ratio[k] += xc*math.Log(m) + (xc+xs)*(null-math.Log(nc*c.MaxRatio*m+ns))
	}
}

// LogE is the natural logarithm of the e-value; 0 without evidence. "Good enough"
// at level alpha is LogE >= ln(1/alpha).
func (c *Certificate) LogE() float64 {
	return logSum(c.LogRatio(), c.LogRate()) - math.Ln2
}

// LogRatio is the logarithm of the e-value of the comparison alone.
func (c *Certificate) LogRatio() float64 { return logMeanBetter(&c.Ratio) }

// LogRate is the logarithm of the e-value of the candidate's own rate alone.
func (c *Certificate) LogRate() float64 { return logMeanBetter(&c.Rate) }

func logMeanBetter(l *[betterAlternatives]float64) float64 {
	sum := l[0]
	for _, v := range l[1:] {
		sum = logSum(sum, v)
	}
	return sum - math.Log(betterAlternatives)
}
