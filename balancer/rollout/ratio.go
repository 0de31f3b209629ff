package rollout

import (
	"fmt"
	"math"

	"weir/balancer/verdict"
)

// ratio says what the ratio of the failure rates may be, as Interval has it; "" where
// nothing failed. moved tells that the share was not the same all the time.
func ratio(candidate, stable Counts, alpha float64, moved bool) string {
	low, estimate, high := verdict.Interval(float64(candidate.Requests), float64(stable.Requests),
		float64(candidate.Failures), float64(stable.Failures), alpha)
	if math.IsNaN(estimate) {
		return ""
	}
	about := ""
	if moved {
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
