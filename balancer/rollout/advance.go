package rollout

import (
	"fmt"
	"slices"
	"time"
)

// due reports that the rollout goes on by itself now: what it is in has had what
// it needs, nothing is ahead of its next move any more, and the candidate can take
// what comes.
func (s *State) due(o *Observation) bool {
	if s.Plan.Guard || s.Plan.ledBy() || o.Group.Waits != "" || !s.free(o) {
		return false
	}
	if s.Ahead == "" && !s.ripe(o) || s.Ahead != "" && !s.had(o) {
		return false
	}
	_, more := s.following(o)
	return !more
}

// ripe reports that the step or the bake has had its time and its evidence.
func (s *State) ripe(o *Observation) bool {
	switch {
	case s.Plan.Guard || s.Ahead != "":
		return false
	case s.Phase == Baking:
		return s.Watched >= s.Plan.Bake
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

// advance makes the next move, whatever is still waited for.
func (s State) advance(now time.Time) (State, Action) {
	if s.Bake {
		return s.finish(now)
	}
	if s.rolls() {
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

// onward is the next step, the bake or the end. The switch of blue_green is followed
// by its bake at once.
func (s State) onward(now time.Time) (State, Action) {
	switch i, last := s.target(); {
	case s.Full, last && s.Plan.BlueGreen != nil:
		return s.full(now)
	case i >= 0:
		return s.enter(i, now)
	case s.Plan.Bake <= 0 && !s.asksInBake():
		return s.finish(now)
	}
	return s.bake(now)
}

// full gives the candidate everything, and bakes it.
func (s State) full(now time.Time) (State, Action) {
	s.give(len(s.Plan.Steps) - 1)
	s, a := s.bake(now)
	a.Move = SetPercent
	return s, a
}

// give puts the rollout at a step, with its share and, if it is the one that switches
// them, the writes.
func (s *State) give(i int) {
	if s.Plan.PinWrites && s.switched(i) {
		s.Writes = WritesSwitched
	}
	s.leave()
	s.Step = i
	s.turn(s.Plan.Steps[i].Percent)
	if s.Plan.Steps[i].Segment != "" { // others have it now, at the same share
		s.Turned = true
	}
}

// above is the first step from i on with a share above the candidate's, or -1. One
// that mirrors, or is for a segment, is for a candidate that has none yet.
func (s *State) above(i int) int {
	for ; i < len(s.Plan.Steps); i++ {
		if step := &s.Plan.Steps[i]; step.Percent > s.Percent || s.Percent == 0 && (step.Mirror > 0 || step.Segment != "") {
			return i
		}
	}
	return -1
}

// next is the share that advance would give the candidate.
func (s *State) next() float64 {
	if s.rolls() {
		return s.Roll.forward(s.Plan.Rolling).share(s.Percent)
	}
	if i, _ := s.target(); i >= 0 {
		return s.Plan.Steps[i].Percent
	}
	return s.Percent
}

func (s State) enter(i int, now time.Time) (State, Action) {
	step := s.Plan.Steps[i]
	s.give(i)
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

// bake judges the candidate alone, and begins to ask the gates after_switch.
func (s State) bake(now time.Time) (State, Action) {
	s.leave()
	s.Bake = true
	s.begin(now)
	if q := (Asked{Point: AfterSwitch}); len(s.gates(q)) > 0 {
		s.Asked = s.asking(q)
		return s.changed(Stay, s.where()+": asks "+s.question())
	}
	return s.changed(Stay, s.where())
}

// asksInBake reports that there are gates that need a bake to be asked in.
func (s *State) asksInBake() bool {
	return slices.ContainsFunc(s.Plan.Gates, func(g PlanGate) bool { return g.At == AfterSwitch || g.At == BeforeFinish })
}

func (s *State) begin(now time.Time) {
	s.StepAt, s.Watched, s.InStep, s.Pause = now, 0, 0, ""
	s.Undecided, s.Lacks = false, ""
}

func (s State) finish(now time.Time) (State, Action) {
	s.leave()
	s.Phase, s.EndedAt, s.Pause, s.Lacks = Succeeded, now, "", ""
	s.report()
	s.Reason = fmt.Sprintf("succeeded: %s is stable; %s, %s", s.Plan.To,
		s.failed(s.Plan.To, s.Evidence.Candidate), s.failed(s.Plan.From, s.Evidence.Stable))
	return s, Action{Move: Finish, Percent: s.Percent, Changed: true, Reason: s.Reason}
}
