package rollout

// Proof is what there is against a candidate, in natural logarithms of e-values: 0 is
// nothing, and what is below speaks for it.
type Proof struct {
	// Errors and Latency: it fails, or is slow, more than stable by what is tolerated.
	Errors, Latency float64
	// Combined is what the comparison goes by. Below MinFailures, failures count for the
	// candidate alone.
	Combined float64
	// Limit: it fails more than MaxErrorRate, since the start or the last hold.
	Limit float64
	// Threshold is what Combined and Limit have to reach, and half of it without any
	// single endpoint.
	Threshold float64
}

// Proof is what there is against the candidate now.
func (s *State) Proof() Proof {
	t := &s.Evidence.Tests
	return Proof{
		Errors: t.Worse.LogE(), Latency: t.Latency.LogE(), Combined: s.comparison()(t),
		Limit: over(t), Threshold: s.Plan.Rules.bound(),
	}
}

// comparison is what is compared with stable: a candidate that has not failed often
// enough is compared by its latency alone.
func (s *State) comparison() func(*Tests) float64 {
	if enough(s.Evidence.Candidate, s.Plan.Rules) {
		return both
	}
	return latencyAlone
}
