package rollout

import (
	"fmt"

	"weir/balancer/verdict"
)

// The ramp of a flag gives one of its variants first to segments, whole, and then to a
// growing share of everybody.
//
// Who is in a share is drawn, by a hash of the flag and of the user: those in it and
// those beside it differ by nothing but the variant, and are compared as a candidate's
// requests are with stable's (Observation.Candidate and Stable). What each of them got in
// the end is not asked, only where the draw has put him: else whoever gets the variant by
// the file would be missing on one side alone.
//
// Who is in a segment is chosen. Employees are on other pages, with other data and over
// another network than the rest, and one who fails more often than they do may always
// have done so. So their requests (Observation.CandidateWrites) are compared with nobody's,
// in the steps of segments and in those after: they are judged alone, by max_error_rate.
// What those beside the ramp come to meanwhile only tells whether the trouble is
// everybody's; an outage that they share reverts nothing. That is what becomes of pinned
// writes, too, which are no draw either, and it is kept in the same place.
//
// At 100 % nobody is beside the ramp, and nothing says whether a failure is the variant's:
// it holds, and a person decides.

// Segments are those of the steps that the ramp has come to, in their order; none before
// the first step, and of a ramp that goes back or has ended without success.
func (s *State) Segments() []string {
	if s.Plan.Flag == "" || s.outset() || s.Phase == Reverting || s.Phase == Reverted || s.Phase == Aborted {
		return nil
	}
	var out []string
	for _, step := range s.Plan.Steps[:s.Step+1] {
		if step.Segment != "" {
			out = append(out, step.Segment)
		}
	}
	return out
}

// fitting is the candidate's part of a tick as the step has it: in that of a segment the
// requests of the segments.
func (s *State) fitting(t *tick) Counts {
	if !s.Plan.Guard && s.Plan.Steps[s.Step].Segment != "" {
		return t.writes
	}
	return t.candidate
}

// judgeChosen decides about requests of segments that fail too often. Whether that is the
// variant's doing is only known as long as those beside the ramp keep the limit.
func (s *State) judgeChosen() finding {
	r, e := s.Plan.Rules, &s.Evidence
	w := e.Writes
	p := verdict.Exact(w.Failing.Requests, w.Reads.Requests, w.Failing.Failures, w.Reads.Failures)
	say := func(format string, a ...any) func() string {
		return func() string {
			return fmt.Sprintf("errors: in its segments %s, over max_error_rate %s (e-CUSUM at %.3g of its alarm level)",
				s.failed(s.Plan.To, w.Failing), percent(r.MaxErrorRate), writing(&e.Tests)) + fmt.Sprintf(format, a...)
		}
	}
	switch {
	case w.Reads.Requests < controlSample:
		return finding{cause: causeErrors, reason: say("; with too little traffic beside them to tell it from an outage")}
	case !inside(w.Reads, r.MaxErrorRate), e.StableOver.Alarm():
		return finding{cause: causeErrors, reason: say("; meanwhile %s: a shared outage is not excluded", s.failed(s.Plan.From, w.Reads))}
	case p*float64(w.Failing.Failures) > r.Alpha:
		return finding{cause: causeErrors, reason: say("; meanwhile %s: not told from an outage yet (p %.2g, alpha %g)", s.failed(s.Plan.From, w.Reads), p, r.Alpha)}
	}
	return finding{revert: true, writes: true, since: w.Since, reason: say(", and meanwhile %s (p %.2g, alpha %g)", s.failed(s.Plan.From, w.Reads), p, r.Alpha)}
}

// uncompared says that a variant which everybody has fails too often.
func (s *State) uncompared(c Counts) func() string {
	return func() string {
		return fmt.Sprintf("errors: %s, over max_error_rate %s, and too few are beside it to tell that from an outage: abort, or resume",
			s.failed(s.Plan.To, c), percent(s.Plan.Rules.MaxErrorRate))
	}
}
