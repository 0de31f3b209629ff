package rollout

// Mirrors is the percentage of safe requests that are copied to the candidate now.
func (s *State) Mirrors() float64 {
	if s.Phase == Reverting || s.Phase.Ended() {
		return 0
	}
	return s.mirrors()
}

// mirrors is that of the step which the rollout is in; what is ahead of the next one
// does not end it.
func (s *State) mirrors() float64 {
	if s.Plan.Guard || s.Bake || s.outset() {
		return 0
	}
	return s.Plan.Steps[s.Step].Mirror
}

// MirrorCounts are cumulative numbers of requests that stable answered and that were
// copied to the candidate, as Observation's other counters are.
type MirrorCounts struct {
	// Pairs have two answers or failures to compare. Mismatches are those with two
	// answers that differ, CandidateWorse and StableWorse those in which one alone
	// failed.
	Pairs, Mismatches, CandidateWorse, StableWorse uint64
	// Unclear are requests that stable itself does not answer alike twice: no pairs.
	// Dropped are requests that were to be copied and were not: the candidate is too
	// slow, or has no endpoint.
	Unclear, Dropped uint64
	// Example is the latest pair that disagreed, for operators; "": none, or not known.
	Example string
}
