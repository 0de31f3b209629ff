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
	// Of the failures, left are the control sample's: from as many as it had down
	// to none. Each term follows from the one before.
	log := logChoose(nc, xc) + logChoose(ns, xs) - logChoose(all, failed)
	p, before := 0.0, math.Inf(-1)
	for left := xs; left >= 0 && failed-left <= nc; left-- {
		term := math.Exp(log)
		p += term
		if log < before && term < p*1e-17 {
			break // past the largest term: the rest changes nothing
		}
		before = log
		log += math.Log(left) + math.Log(nc-failed+left) - math.Log(failed-left+1) - math.Log(ns-left+1)
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
