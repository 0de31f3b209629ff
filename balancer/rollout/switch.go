package rollout

import (
	"fmt"
	"time"
)

// What a blue_green rollout can have ahead of its switch.
const (
	preparation = "preparation" // of the candidate: healthy, warm, checked
	approval    = "approval"    // by an operator, or by AutoPromote's time
	writeHold   = "hold"        // of writes, until those under way have ended and the Held gates have passed
)

// prepare follows the way to the switch, which itself is an advance. Nothing has
// moved yet: a preparation that fails or takes too long is an abort, and stable
// never noticed. The time that an approval takes is nobody's failure and has no
// limit.
func (s State) prepare(o *Observation, now time.Time) (State, Action) {
	p, plan := &o.Preparation, s.Plan.BlueGreen
	switch late := plan.ProgressDeadline; {
	case p.Failed != "":
		return s.revert(o, Aborted, fmt.Sprintf("preparation: %s: %s", s.Plan.To, p.Failed), time.Time{}, now)
	case late > 0 && s.Ahead == preparation && s.Preparing >= late && s.lacks(o) != "":
		return s.revert(o, Aborted, fmt.Sprintf("deadline: %s was not ready for the switch after %s: %s",
			s.Plan.To, late, s.lacks(o)), time.Time{}, now)
	case s.Ahead == approval && s.unready(o) != "":
		s.ahead(preparation, now)
		return s.changed(Stay, s.where()+" again: "+s.unready(o))
	case s.Ahead == preparation && plan.waits() && s.unready(o) == "":
		s.ahead(approval, now)
		return s.changed(Stay, s.where()+": waits for approval")
	}
	return s, Action{}
}

// ahead begins another part of the way. A pause stays: it stops the switch only.
func (s *State) ahead(part string, now time.Time) {
	s.Ahead, s.StepAt, s.Watched = part, now, 0
}

// unready says, for people, why there can be no switch yet; "" when there can.
func (s *State) unready(o *Observation) string {
	switch {
	case o.CandidateUsable == 0:
		return s.Plan.To + " has no usable endpoint"
	case o.Preparation.Done:
		return ""
	case o.Preparation.Doing != "":
		return o.Preparation.Doing
	}
	return s.Plan.To + " is being prepared"
}

// mayswitch reports that nothing but room keeps the rollout from its switch.
func (s *State) mayswitch(o *Observation) bool {
	auto := s.Plan.BlueGreen.AutoPromote
	switch s.Phase {
	case Progressing:
		return !s.Plan.BlueGreen.waits() && s.unready(o) == ""
	case WaitingGate:
		return auto > 0 && s.Watched >= auto && s.unready(o) == ""
	}
	return false
}
