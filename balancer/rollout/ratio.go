package rollout

import (
	"fmt"
	"math"

	"weir/balancer/verdict"
)

// ratio says what the ratio of the failure rates may be; "" without failures.
func (e *Evidence) ratio(alpha float64) string {
	low, estimate, high := verdict.Interval(float64(e.Candidate.Requests), float64(e.Stable.Requests),
		float64(e.Candidate.Failures), float64(e.Stable.Failures), alpha)
	if math.IsNaN(estimate) {
		return ""
	}
	about := ""
	if e.Moved { // Interval says what that means
		about = "about "
	}
	return fmt.Sprintf("; ratio %s, with %s%s from %s to %s", asRatio(estimate), about, percent(1-alpha), asRatio(low), asRatio(high))
}

func asRatio(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "infinity"
	}
	return fmt.Sprintf("%.3g", ratio)
}
