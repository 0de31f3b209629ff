package rollout

// MirrorCounts are cumulative numbers of requests that stable answered and that were
// copied to the candidate, as Observation's other counters are.
type MirrorCounts struct {
	// Pairs have two answers or failures to compare. Mismatches are those with two
	// answers that differ, CandidateWorse and StableWorse those in which one alone
	// failed.
	Pairs, Mismatches, CandidateWorse, StableWorse uint64
	// Example is one of the latest mismatches, for operators; "": none, or not known.
	Example string
}
