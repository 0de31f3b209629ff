package api

// Mirror is what copies of requests, that stable has answered, have shown of the
// candidate since the rollout began. Nobody got their answers.
type Mirror struct {
	Share       float64 `json:"share"`        // percent of the safe requests that are copied now; 0: none any more
	MaxMismatch float64 `json:"max_mismatch"` // of the step that mirrored last, 0 to 1
	// Pairs are requests that both versions had. Compared are those of which both have
	// answers, or neither, Mismatches those whose answers differ.
	Pairs      uint64 `json:"pairs"`
	Compared   uint64 `json:"compared"`
	Mismatches uint64 `json:"mismatches"`
	// Rate is the part of Compared that differs, 0 to 1; the true one is from Low to High
	// but for the alpha of the rollout's rules.
	Rate float64 `json:"mismatch_rate"`
	Low  float64 `json:"mismatch_rate_low"`
	High float64 `json:"mismatch_rate_high"`
	// CandidateFailed are the pairs in which the candidate alone failed, StableFailed
	// the other way round.
	CandidateFailed uint64 `json:"candidate_failed"`
	StableFailed    uint64 `json:"stable_failed"`
	Unclear         uint64 `json:"unclear"` // no pairs: stable itself does not answer them alike twice
	Dropped         uint64 `json:"dropped"` // copies for which there was no room, or no endpoint
	// Examples are of pairs that disagreed, at most three. A path may tell something of
	// somebody: for operators.
	Examples []string `json:"examples"`
}
