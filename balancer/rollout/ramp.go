package rollout

import "fmt"

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
// What those beside the ramp come to in the same moments only tells whether the trouble
// is everybody's; an outage that they share reverts nothing. Pinned writes are no draw
// either, so theirs is the same test of the limit, kept in the same place.
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

// judgeChosen decides about requests of segments that fail above the limit. Whether that
// is the variant's doing is only known as long as those beside the ramp do not fail with
// them, moment by moment: in an outage both do, and in one that is over both do not.
func (s *State) judgeChosen() finding {
	r, e := s.Plan.Rules, &s.Evidence
	w := e.Writes
	say := func(format string, a ...any) func() string {
		return func() string {
			return fmt.Sprintf("errors: in its segments %s, over max_error_rate %s (e-CUSUM at %.3g of its alarm level); meanwhile %s",
				s.failed(s.Plan.To, w.Failing), percent(r.MaxErrorRate), writing(&e.Tests), s.failed(s.Plan.From, w.Reads)) + fmt.Sprintf(format, a...)
		}
	}
	compared := fmt.Sprintf("e-value %s of the comparison", evalue(w.Equal.LogE()))
	switch {
	case e.StableOver.Alarm():
		return finding{cause: causeErrors, reason: say(": a shared outage")}
	case !enough(w.Failing, r), w.Equal.LogE() < r.bound():
		return finding{cause: causeErrors, reason: say("; not told from a shared outage yet: %s is below %s (alpha %g, r0 1)", compared, evalue(r.bound()), r.Alpha)}
	}
	return finding{revert: true, writes: true, since: w.Since, reason: say("; %s reaches %s (alpha %g, r0 1)", compared, evalue(r.bound()), r.Alpha)}
}

// uncompared says that a variant which everybody has fails too often.
func (s *State) uncompared(c Counts) func() string {
	return func() string {
		return fmt.Sprintf("errors: %s, over max_error_rate %s, and too few are beside it to tell that from an outage: abort, or resume",
			s.failed(s.Plan.To, c), percent(s.Plan.Rules.MaxErrorRate))
	}
}
