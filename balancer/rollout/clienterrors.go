package rollout

import (
	"fmt"
	"slices"
)

// clientErrorsMore is the part of its answers that a candidate may have more 4xx
// among than Tolerate explains before a hold for them ends: few answers are many
// percent.
const clientErrorsMore = 0.01

// judgeClientErrors holds a candidate that answers with 4xx more often than stable
// does: it may have lost its routes. But it may also be what was wanted, so nothing
// is reverted, and an operator who resumes has seen it.
func (s *State) judgeClientErrors() finding {
	r, e := s.Plan.Rules, &s.Evidence
	if !r.ClientErrors || e.accepted(causeClientErrors) ||
		e.Candidate.ClientErrors < uint64(max(0, r.MinFailures)) || e.ClientErrors.LogE() < r.bound() {
		return finding{}
	}
	return finding{cause: causeClientErrors, reason: func() string {
		return fmt.Sprintf("client_errors: %s, %s; e-value %s reaches %s (alpha %g, r0 %g)",
			s.refused(s.Plan.To, e.Candidate), s.refused(s.Plan.From, e.Stable),
			evalue(e.ClientErrors.LogE()), evalue(r.bound()), r.Alpha, r.Tolerate)
	}}
}

// alike reports that the candidate's part of 4xx is about stable's.
func alike(candidate, stable Counts, tolerate float64) bool {
	part := func(c Counts) float64 { return float64(c.ClientErrors) / float64(max(1, c.Requests)) }
	return part(candidate) <= part(stable)*max(1, tolerate)+clientErrorsMore
}

func (e *Evidence) accepted(cause string) bool { return slices.Contains(e.Accepted, cause) }

// accept takes note that an operator goes on in spite of the cause of the hold, if
// it is one that a person decides about.
func (s *State) accept() {
	if cause := s.Hold.Cause; leftToPeople(cause) && !s.Evidence.accepted(cause) {
		s.Evidence.Accepted = append(slices.Clone(s.Evidence.Accepted), cause)
	}
}

// refused says a version's 4xx.
func (s *State) refused(version string, c Counts) string {
	if c.Requests == 0 {
		return version + " had no " + s.counted() + " that were judged"
	}
	return fmt.Sprintf("%s answered %d of %d %s with a 4xx (%s)",
		version, c.ClientErrors, c.Requests, s.counted(), percent(float64(c.ClientErrors)/float64(c.Requests)))
}
