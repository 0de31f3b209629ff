package rollout

import "fmt"

// unprepared says why a candidate will never be ready for its switch, or has not been
// in time; "" when it still may. Nothing has moved yet, and stable never noticed. The
// time that gates and an approval take is nobody's failure and has no limit.
func (s *State) unprepared(o *Observation) string {
	b := s.Plan.BlueGreen
	if b == nil || s.Bake || s.Asked.Point == BeforeStart {
		return ""
	}
	switch late := b.ProgressDeadline; {
	case o.Preparation.Failed != "":
		return fmt.Sprintf("preparation: %s: %s", s.Plan.To, o.Preparation.Failed)
	case late > 0 && s.Ahead == preparation && s.Preparing >= late && s.lacks(o) != "":
		return fmt.Sprintf("deadline: %s was not ready for the switch after %s: %s", s.Plan.To, late, s.lacks(o))
	}
	return ""
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
