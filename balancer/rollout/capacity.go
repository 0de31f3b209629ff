package rollout

import (
	"fmt"
	"time"
)

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
	if s.Ahead != "" {
		if why := s.unready(o); why != "" {
			return why
		}
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

// wait follows what the rollout waits for besides its evidence.
func (s State) wait(o *Observation, now time.Time) (State, Action) {
	next, a := s, Action{}
	switch {
	case s.Plan.Guard:
		return s, a
	case s.Ahead != "":
		next, a = s.prepare(o, now)
	default:
		next, a = s.undecided(o, now)
	}
	if a.Changed {
		return next, a
	}
	had := s.Lacks
	s.Lacks = ""
	if s.ripe(o) || s.Ahead == preparation {
		s.Lacks = s.lacks(o)
	}
	if s.Lacks != "" && had == "" && s.Ahead != preparation { // what is prepared is told by its state
		return s.changed(Stay, s.where()+": waits for "+s.Lacks)
	}
	return s, Action{}
}
