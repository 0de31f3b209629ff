package verdict

import "math"

// Guard tests "the failure rate is at most Limit", whatever anybody else does.
// It fires in a shared outage too, so it must not revert by itself. The zero
// value has no limit and never moves.
type Guard struct {
	// Limit is the failure rate that the null hypothesis allows, above 0 and
	// at most 0.999. Anything else: no limit.
	Limit float64 `json:"limit"`
	// L is the log likelihood ratio of each alternative.
	L [Alternatives]float64 `json:"l"`
}

// NewGuard returns a test without evidence.
func NewGuard(limit float64) Guard { return Guard{Limit: limit} }

// Tick adds completed requests and the failures among them.
func (g *Guard) Tick(requests, failures float64) {
	if !limited(g.Limit) {
		return
	}
	n, x := tick(requests, failures)
	for k := range g.L {
		g.L[k] += step(k, g.Limit, n, x)
	}
}

// LogE is the natural logarithm of the e-value; 0 without evidence.
func (g *Guard) LogE() float64 { return logMean(&g.L) }

// limited reports whether limit is one that failures can break. So close to 1
// that the alternative above it is 1 in floating point, they cannot.
func limited(limit float64) bool { return limit > 0 && limit <= 0.999 }

// step is what n requests with x failures add to alternative k of an absolute
// limit. The alternative's rate stays halfway below 1, so that a single success
// cannot rule it out.
func step(k int, limit, n, x float64) float64 {
	p := min(limit*grid[k], (1+limit)/2)
	return x*math.Log(p/limit) + (n-x)*(math.Log1p(-p)-math.Log1p(-limit))
}
