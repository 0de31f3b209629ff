package verdict

import "math"

// Interval is what the ratio of failure rates, candidate to stable, may be by what
// was counted, and its estimate: NaN without failures of either, infinite without
// one of stable. The interval has an estimate in it, and 0 and infinity as ends
// where nothing bounds it.
//
// As long as the versions' parts of the traffic stay what they are, the true ratio
// is in the intervals at all times together with a probability of at least
// 1 - alpha: outside lie the ratios that a Beta(1/2, 1/2) mixture over "whose is
// the next failure" refutes at alpha. Over shares that changed it is that of the
// same totals at one share, and only an orientation.
func Interval(requests, stableRequests, failures, stableFailures, alpha float64) (low, estimate, high float64) {
	nc, xc := tick(requests, failures)
	ns, xs := tick(stableRequests, stableFailures)
	if nc == 0 || ns == 0 || xc+xs == 0 || !(alpha > 0 && alpha < 1) {
		return 0, math.NaN(), math.Inf(1)
	}
	estimate = math.Inf(1)
	if xs > 0 {
		estimate = xc / nc * (ns / xs)
	}
	bound := logMixture(0.5, 0.5, xc, xs) + math.Log(alpha)
	peak := xc / (xc + xs) // the likeliest chance, where nothing is refuted
	ratio := func(p float64) float64 { return p / (1 - p) * (ns / nc) }
	if xc > 0 {
		low = ratio(cross(0, peak, func(p float64) bool { return logPoint(p, xc, xs) < bound }))
	}
	high = math.Inf(1)
	if xs > 0 {
		high = ratio(cross(1, peak, func(p float64) bool { return logPoint(p, xc, xs) < bound }))
	}
	return low, estimate, high
}

// cross finds where out ends, between a point where it holds and one where it does
// not.
func cross(outside, inside float64, out func(float64) bool) float64 {
	for range 60 {
		if mid := (outside + inside) / 2; out(mid) {
			outside = mid
		} else {
			inside = mid
		}
	}
	return outside
}
