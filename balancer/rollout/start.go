package rollout

import (
	"fmt"
	"slices"
	"time"
)

// New returns the first state of a rollout and the action that begins it. With
// steps that is the first one above startPercent, the candidate's share now in
// percent of From's and To's weight together; what is ahead of
// that step, gates or a preparation, leaves it the share it has until then. If nothing is left to give it the
// bake begins. A guard stays where it is.
func New(id string, p Plan, startPercent float64, now time.Time) (State, Action) {
	if n := len(p.Steps); !p.Guard && (n == 0 || p.Steps[n-1].Percent < 100) {
		p.Steps = append(slices.Clone(p.Steps), PlanStep{Percent: 100})
	}
	s := State{
		ID: id, Plan: p, Percent: startPercent, StartPercent: startPercent, StartedAt: now, StepAt: now,
		Evidence: newEvidence(&p),
	}
	if p.Guard {
		return s.changed(Stay, s.where())
	}
	if p.Rolling != nil {
		s, a := s.beginRoll()
		if first, ok := s.following(&Observation{}); ok {
			return s.at(first, now)
		}
		return s, a
	}
	next := s.above(0)
	if next < 0 {
		if s.Step = len(p.Steps) - 1; p.PinWrites {
			s.Writes = WritesSwitched // there are none left on From
		}
		return s.bake(now)
	}
	s.Step, s.Outset = next, true
	var a Action
	if first, ok := s.following(&Observation{}); ok {
		s, a = s.at(first, now)
	} else {
		s, a = s.enter(next, now)
	}
	if next > 0 {
		s.Reason += fmt.Sprintf("; begins there because %s has %g%% already", p.To, startPercent)
		a.Reason = s.Reason
	}
	return s, a
}
