package verdict

import "math"

// exactTerms bounds the work of Exact.
const exactTerms = 100_000

// Exact is Fisher's exact test, one-sided: the probability that the candidate
// had at least so many of all failures if both failed equally often, given how
// many there were. It is for a small control sample: looked at again and again
// it loses its level. Without requests or failures, and with more than 100 000
// failures in the control sample, it is 1.
func Exact(requests, controlRequests, failures, controlFailures uint64) float64 {
	nc, xc := tick(float64(requests), float64(failures))
	ns, xs := tick(float64(controlRequests), float64(controlFailures))
	all, failed := nc+ns, xc+xs
	if nc == 0 || ns == 0 || failed == 0 || xs > exactTerms {
		return 1
	}
	whole := logChoose(all, failed)
	p := 0.0
	for left := xs; left >= 0; left-- { // failures left to the control sample
		p += math.Exp(logChoose(nc, failed-left) + logChoose(ns, left) - whole)
	}
	return min(p, 1)
}

func logChoose(n, k float64) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n float64) float64 {
	v, _ := math.Lgamma(n + 1)
	return v
}
