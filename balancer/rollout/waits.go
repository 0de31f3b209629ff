package rollout

import (
	"cmp"
	"fmt"
	"time"
)

// WaitsFor says, for people, what has to happen before the rollout goes on by
// itself or by whom; "" for a guard, a revert at once, and the end.
func (s *State) WaitsFor() string {
	if s.Plan.Guard && s.Phase != Reverting {
		return ""
	}
	if s.Due {
		return s.Plan.Leader + ", which moves the group"
	}
	switch s.Phase {
	case Progressing:
		return s.waitsInStep()
	case WaitingGate:
		what := "promote: the switch waits for approval"
		if auto := s.Plan.BlueGreen.AutoPromote; auto > 0 {
			what += fmt.Sprintf(", or for %s to go", left(auto, s.Watched))
		}
		return what + s.andLacks()
	case Paused:
		if s.Pause == pausePlan {
			return "promote: the plan pauses here"
		}
		return "resume: an operator has paused it"
	case Baking:
		return fmt.Sprintf("bake: %s to go", left(s.Plan.Bake, s.Watched))
	case Holding:
		what := fmt.Sprintf("the cause to be gone for %s, or resume", clearAfter)
		if s.Pause == pauseOperator {
			what += "; then resume once more: an operator has paused it"
		}
		return what
	case Reverting:
		if !s.Roll.settled() {
			return s.waitsBack()
		}
		if s.Percent > 0 {
			return fmt.Sprintf("room on %s: %s keeps %.3g%% until that can be taken, or abort", s.Plan.From, s.Plan.To, s.Percent)
		}
	}
	return ""
}

// waitsInStep is what ends a step, or the preparation of a switch.
func (s *State) waitsInStep() string {
	if s.Ahead != "" {
		what := "preparation" + s.andLacks()
		if late := s.Plan.BlueGreen.ProgressDeadline; late > 0 {
			what += fmt.Sprintf("; aborted in %s", left(late, s.Preparing))
		}
		return what
	}
	if s.rolls() {
		return s.waitsInBatch()
	}
	step := s.Plan.Steps[s.Step]
	what := fmt.Sprintf("hold: %s to go; %d of %d requests", left(step.Hold, s.Watched), min(s.InStep, s.Plan.MinRequests), s.Plan.MinRequests)
	switch {
	case !step.Certified || s.certified():
	case s.Undecided:
		what += fmt.Sprintf("; certificate: undecided after max_hold %s: promote, or abort", step.MaxHold)
	case step.MaxHold > 0:
		what += fmt.Sprintf("; certificate: %s to go until max_hold", left(step.MaxHold, s.Watched))
	default:
		what += "; certificate"
	}
	return what + s.andLacks()
}

func (s *State) andLacks() string {
	if s.Lacks == "" {
		return ""
	}
	return "; " + s.Lacks
}

func left(of, passed time.Duration) time.Duration { return max(0, of-passed).Round(time.Second) }

// wait follows what the rollout waits for besides its evidence.
func (s State) wait(o *Observation, now time.Time) (State, Action) {
	var next State
	var a Action
	switch {
	case s.Plan.Guard:
		return s, a
	case s.Ahead != "" && s.Plan.ledBy(): // its leader follows the way of all
	case s.Ahead != "":
		next, a = s.prepare(o, now)
	case s.rolls():
		next, a = s.late(o, now)
	default:
		next, a = s.undecided(o, now)
	}
	if a.Changed {
		return next, a
	}
	if s.Plan.ledBy() {
		s.Due = s.follow(o)
	}
	had := s.Lacks
	s.Lacks = ""
	if s.ripe(o) || s.Ahead == preparation {
		s.Lacks = cmp.Or(s.lacks(o), o.Group.Waits)
	}
	if s.Lacks != "" && had == "" && s.Ahead != preparation { // what is prepared is told by its state
		return s.changed(Stay, s.where()+": waits for "+s.Lacks)
	}
	return s, Action{}
}
