package rollout

import (
	"fmt"
	"time"
)

// due reports that the rollout goes on by itself now: what it is in has had what
// it needs, and the candidate can take what comes next.
func (s *State) due(o *Observation) bool {
	return !s.Plan.ledBy() && s.ripe(o) && o.Group.Waits == "" && s.lacks(o) == ""
}

// ripe reports that the step, the wait for the switch or the bake has had its time
// and its evidence.
func (s *State) ripe(o *Observation) bool {
	switch {
	case s.Plan.Guard:
		return false
	case s.Phase == Baking:
		return s.Watched >= s.Plan.Bake
	case s.Ahead != "":
		return s.mayswitch(o)
	case s.rolls():
		return s.Phase == Progressing && s.rollMoves()
	case s.Phase == Progressing:
		return s.passed()
	}
	return false
}

// passed reports that the step has had its time and its evidence.
func (s *State) passed() bool {
	step := s.Plan.Steps[s.Step]
	return s.Watched >= step.Hold && s.InStep >= s.Plan.MinRequests &&
		(!step.Certified || s.certified() || s.expired() && s.Plan.OnUndecided == UndecidedAdvance)
}

// advance leaves the step, the wait for the switch or the bake, whatever it still
// waits for.
func (s State) advance(now time.Time) (State, Action) {
	switch {
	case s.Bake:
		return s.finish(now)
	case s.Ahead != "":
		return s.full(now)
	case s.rolls():
		return s.rollOn(now)
	}
	why := s.proof()
	next, a := s.onward(now)
	if why != "" {
		next.Reason += "; " + why
		a.Reason = next.Reason
	}
	return next, a
}

// onward is the next step, the bake or the end.
func (s State) onward(now time.Time) (State, Action) {
	if i := s.above(s.Step + 1); i >= 0 {
		return s.enter(i, now)
	}
	if s.Plan.Bake <= 0 {
		return s.finish(now)
	}
	return s.bake(now)
}

// full gives the candidate everything, and bakes it.
func (s State) full(now time.Time) (State, Action) {
	s.Step, s.Ahead = len(s.Plan.Steps)-1, ""
	s.turn(100)
	s, a := s.bake(now)
	a.Move = SetPercent
	return s, a
}

// above is the first step from i on with a share above the candidate's, or -1.
func (s *State) above(i int) int {
	for ; i < len(s.Plan.Steps); i++ {
		if s.Plan.Steps[i].Percent > s.Percent {
			return i
		}
	}
	return -1
}

// next is the share that advance would give the candidate.
func (s *State) next() float64 {
	if s.Bake || s.Plan.Guard {
		return s.Percent
	}
	if s.Ahead != "" {
		return 100
	}
	if s.rolls() {
		return s.Roll.forward(s.Plan.Rolling).share(s.Percent)
	}
	if i := s.above(s.Step + 1); i >= 0 {
		return s.Plan.Steps[i].Percent
	}
	return s.Percent
}

func (s State) enter(i int, now time.Time) (State, Action) {
	step := s.Plan.Steps[i]
	s.Step = i
	s.turn(step.Percent)
	s.begin(now)
	if step.Pause {
		s.Pause = pausePlan
		return s.changed(SetPercent, s.where()+": waits for promote")
	}
	return s.changed(SetPercent, s.where())
}

// turn gives the candidate another share.
func (s *State) turn(percent float64) {
	if s.Percent != percent {
		s.Percent, s.Turned = percent, true
	}
}

func (s State) bake(now time.Time) (State, Action) {
	s.Bake = true
	s.begin(now)
	return s.changed(Stay, s.where())
}

func (s *State) begin(now time.Time) {
	s.StepAt, s.Watched, s.InStep, s.Pause = now, 0, 0, ""
	s.Undecided, s.Lacks = false, ""
}

func (s State) finish(now time.Time) (State, Action) {
	s.Phase, s.EndedAt, s.Pause, s.Lacks = Succeeded, now, "", ""
	s.report()
	s.Reason = fmt.Sprintf("succeeded: %s is stable; %s, %s", s.Plan.To,
		failed(s.Plan.To, s.Evidence.Candidate), failed(s.Plan.From, s.Evidence.Stable))
	return s, Action{Move: Finish, Percent: s.Percent, Changed: true, Reason: s.Reason}
}
