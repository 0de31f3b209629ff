package verdict

import "math"

// Rate is what a failure rate may be by what was counted, and its estimate: NaN
// without requests. The true rate is in the intervals at all times together with a
// probability of at least 1 - alpha: outside lie those that a Beta(1/2, 1/2) mixture
// refutes at alpha.
func Rate(requests, failures, alpha float64) (low, estimate, high float64) {
	n, x := tick(requests, failures)
	if n == 0 || !(alpha > 0 && alpha < 1) {
		return 0, math.NaN(), 1
	}
	bound := logMixture(0.5, 0.5, x, n-x) + math.Log(alpha)
	out := func(p float64) bool { return logPoint(p, x, n-x) < bound }
	estimate, high = x/n, 1
	if x > 0 {
		low = cross(0, estimate, out)
	}
	if x < n {
		high = cross(1, estimate, out)
	}
	return low, estimate, high
}
