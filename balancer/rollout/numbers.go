package rollout

import (
	"math"

	"weir/balancer/verdict"
)

// Numbers are what the verdict went by, at the end of a rollout.
type Numbers struct {
	// Candidate and Stable are first attempts since the start.
	Candidate Counts `json:"candidate"`
	Stable    Counts `json:"stable"`
	// Ratio is the estimated ratio of the failure rates, candidate to stable; From and
	// To are the interval that holds at Alpha, however often one looked. nil: nothing
	// failed, or there is no end.
	Ratio *float64 `json:"ratio"`
	From  *float64 `json:"from"`
	To    *float64 `json:"to"`
	Alpha float64  `json:"alpha"`
	// Errors, Latency and Worse are e-values that the candidate is worse, by its
	// failures, its latency and both together: 1/Alpha decides.
	Errors  float64 `json:"e_errors"`
	Latency float64 `json:"e_latency"`
	Worse   float64 `json:"e_worse"`
	// Certified is that it was proven not to be worse.
	Certified bool `json:"certified,omitempty"`
}

func (s *State) numbers() *Numbers {
	e, alpha := &s.Evidence, s.Plan.Rules.Alpha
	low, estimate, high := verdict.Interval(float64(e.Candidate.Requests), float64(e.Stable.Requests),
		float64(e.Candidate.Failures), float64(e.Stable.Failures), alpha)
	return &Numbers{
		Candidate: e.Candidate, Stable: e.Stable,
		Ratio: finiteOrNone(estimate), From: finiteOrNone(low), To: finiteOrNone(high), Alpha: alpha,
		Errors: fromLog(e.Tests.Worse.LogE()), Latency: fromLog(e.Tests.Latency.LogE()), Worse: fromLog(both(&e.Tests)),
		Certified: s.Certified(),
	}
}

// finiteOrNone is f as JSON can have it.
func finiteOrNone(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// fromLog is an e-value as JSON can have it.
func fromLog(log float64) float64 { return min(math.Exp(log), math.MaxFloat64) }
