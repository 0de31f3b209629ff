package rollout

import "time"

// leastStep is by how many percent, at least, a stepped revert goes down at once,
// unless it is the rest: each step is a revision.
const leastStep = 5

// revert takes the candidate out, in steps if the plan wants that and stable cannot
// take everything; since is the first failure of what led there. Where stable cannot
// run on the database's schema the candidate stays, and the rollout holds.
func (s State) revert(o *Observation, outcome Phase, reason string, since, now time.Time) (State, Action) {
	if why := s.noWayBack(o); why != "" {
		return s.stuck(why, reason)
	}
	return s.takeOut(o, outcome, reason, since, now)
}

// takeOut is revert whatever the way back is like.
func (s State) takeOut(o *Observation, outcome Phase, reason string, since, now time.Time) (State, Action) {
	s.stop()
	s.Phase, s.Outcome, s.Reason, s.Since, s.Lacks = Reverting, outcome, reason, since, ""
	if s.Roll != nil {
		s.turnBack(o)
	}
	return s.down(s.keeps(o), now)
}

// down gives a candidate that is being reverted another share, less than before or
// the same. At 0 the rollout is over as soon as that is in force.
func (s State) down(percent float64, now time.Time) (State, Action) {
	if percent < s.Percent || percent == 0 {
		s.Writes = "" // with whatever else stable takes back
	}
	s.Percent = percent
	if percent == 0 && s.Roll.settled() {
		s.EndedAt = now
	}
	if percent == 0 && s.Report == nil {
		s.report()
		if !s.Since.IsZero() {
			seconds := elapsed(s.Since, now).Seconds()
			s.Report.SecondsToZero = &seconds
		}
	}
	return s, Action{Move: Revert, Percent: percent, Changed: true, Reason: s.Reason}
}

// retreat goes on with a revert in steps, as stable recovers. The tests decide
// nothing any more; they only tell whether the candidate is dead by now.
func (s State) retreat(o *Observation, now time.Time) (State, Action) {
	e := &s.Evidence
	passed := e.watch(o, now)
	if t, closed := e.close(o, now, s.Percent > 0 && s.Percent < 100, false); closed {
		e.feed(&t)
	}
	if s.Roll != nil {
		s.Roll = s.Roll.see(&o.Rolling, passed, true)
		return s.goBack(o, now)
	}
	if keep := s.keeps(o); s.Percent > 0 && (keep == 0 || keep <= s.Percent-leastStep) {
		return s.down(keep, now)
	}
	return s, Action{Move: Revert, Percent: s.Percent, Reason: s.Reason}
}

// keeps is the share that a reverted candidate keeps: none, unless the plan wants
// steps, stable cannot take it, and the candidate still serves. Then stable gets
// what it can take, and the candidate keeps the rest: a bad answer from a few is
// better than none from everybody, but a dead candidate has no answers.
func (s *State) keeps(o *Observation) float64 {
	switch {
	case s.Roll != nil:
		return s.Roll.keeps(s.Percent)
	case !s.Plan.Stepped, o.CandidateUsable == 0, s.dead():
		return 0
	case o.StableUsable == 0:
		return s.Percent
	case o.Capacity.Stable <= 0:
		return 0 // not known
	}
	return min(s.Percent, max(0, 100-o.Capacity.Stable))
}

// dead reports that the candidate fails every second first attempt or more, since
// its trouble began.
func (s *State) dead() bool {
	c := s.Evidence.Excursion.Candidate
	return enough(c, s.Plan.Rules) && 2*c.Failures >= c.Requests
}

// Confirmed is a reverting state after the writer took the candidate's weight
// away; any other state, one that still keeps a share or has endpoints to bring back
// included, is returned as it is.
func (s State) Confirmed() State {
	if s.Phase == Reverting && s.Percent == 0 && s.Roll.settled() {
		s.Phase = s.Outcome
	}
	return s
}
