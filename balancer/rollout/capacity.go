package rollout

import "fmt"

// short says, for people, that the candidate cannot take a larger share; "" when it
// can, or when nothing is known of what it can take.
func (s *State) short(share float64, o *Observation) string {
	if room := o.Capacity.Candidate; share > s.Percent && room > 0 && room < share {
		return fmt.Sprintf("capacity: %s can take %.3g%% now, and would get %g%%", s.Plan.To, room, share) + o.Capacity.because()
	}
	return ""
}

func (c *Capacity) because() string {
	if c.Why == "" {
		return ""
	}
	return ": " + c.Why
}

// lacks says, for people, what the candidate lacks for its next share; "" when
// that can be given.
func (s *State) lacks(o *Observation) string {
	switch {
	case o.Group.Lacks != "":
		return o.Group.Lacks
	case !s.unmoved() || s.Roll != nil: // whose endpoints come with their batch
	case s.Plan.BlueGreen != nil:
		if why := s.unready(o); why != "" {
			return why
		}
	case o.CandidateUsable == 0:
		return s.Plan.To + " has no usable endpoint"
	}
	if why := s.unfit(o); why != "" {
		return why
	}
	return s.short(s.next(), o)
}

// tight reports that the candidate can take less than it is given. A guard moves
// nothing, and has nothing to wait with.
func (s *State) tight(o *Observation) bool {
	room := o.Capacity.Candidate
	return !s.Plan.Guard && room > 0 && room < s.Percent
}

// judgeCapacity holds a candidate that has shrunk below its share. What it cannot
// take goes to stable request by request; it must not get more.
func (s *State) judgeCapacity(o *Observation) finding {
	if !s.tight(o) {
		return finding{}
	}
	return finding{cause: causeCapacity, reason: func() string {
		return fmt.Sprintf("capacity: %s can take %.3g%% and has %g%%", s.Plan.To, o.Capacity.Candidate, s.Percent) + o.Capacity.because()
	}}
}
