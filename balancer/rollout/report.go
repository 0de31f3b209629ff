package rollout

// Report is what a rollout cost its users. It exists once the rollout ends.
type Report struct {
	// Requests are users' requests of the upstream while the rollout was
	// watched, UserErrors those that users saw fail.
	Requests   uint64 `json:"requests"`
	UserErrors uint64 `json:"user_errors"`
	// Availability is the percentage of requests that did not fail; 100 when
	// there were none.
	Availability float64 `json:"availability"`
	// FailedAttempts counts attempts of any kind that failed, retried or not.
	FailedAttempts uint64 `json:"failed_attempts"`
	// SecondsToZero is the time from the first failure of the evidence that led
	// to the revert until the candidate's trip was set. nil when nothing was
	// reverted or the candidate had not failed.
	SecondsToZero *float64 `json:"seconds_to_zero"`
	// Numbers are what the verdict went by; nil in reports of an older Weir, and of a
	// group, whose members have them.
	Numbers *Numbers `json:"numbers,omitempty"`
}

func (s *State) report() {
	e := &s.Evidence
	r := &Report{Requests: e.Users, UserErrors: e.UserErrors, Availability: 100, FailedAttempts: e.FailedAttempts, Numbers: s.numbers()}
	if e.Users > 0 {
		r.Availability = 100 * (1 - float64(min(e.UserErrors, e.Users))/float64(e.Users))
	}
	s.Report = r
}
