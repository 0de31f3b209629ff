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
		switch {
		case s.Plan.ledBy():
			return s.Plan.Leader + ", whose gates are asked for the group" + s.andLacks()
		case s.Ahead != approval:
			return s.question() + s.andLacks()
		}
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
		what := fmt.Sprintf("bake: %s to go", left(s.Plan.Bake, s.Watched))
		if s.Asked != (Asked{}) {
			what += "; " + s.question() + s.andLacks()
		}
		return what
	case Holding:
		if s.Hold.Cause == causeGate {
			return "resume, to ask again, promote, to go on without, or abort"
		}
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

// waitsInStep is what ends a step, or what is ahead of the next but gates.
func (s *State) waitsInStep() string {
	switch s.Ahead {
	case writeHold:
		return fmt.Sprintf("writes under way to end, all others being held for at most %s", s.Plan.WriteHold.Max) + s.andLacks()
	case cleared:
		return "everything to be free for the next move" + s.andLacks()
	case preparation:
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
	of := "requests"
	if step.Mirror > 0 {
		of = "pairs of answers"
	}
	what := fmt.Sprintf("hold: %s to go; %d of %d %s", left(step.Hold, s.Watched), min(s.InStep, s.Plan.MinRequests), s.Plan.MinRequests, of)
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

// wait follows what the rollout waits for besides its evidence, and what comes of
// that: nothing of it is a move forward.
func (s State) wait(o *Observation, now time.Time) (State, Action) {
	if s.Plan.Guard {
		return s, Action{}
	}
	for _, why := range []string{s.rejected(o), s.unprepared(o), s.unheld(o)} {
		if why != "" {
			return s.revert(o, Aborted, why, s.Evidence.Onset.any(&s.Evidence.Tests), now)
		}
	}
	if next, a := s.undecided(o, now); a.Changed {
		return next, a
	}
	if next, a := s.late(o, now); a.Changed {
		return next, a
	}
	if next, a := s.cross(o, now); a.Changed {
		return next, a
	}
	if s.Plan.ledBy() {
		s.Due = s.follow(o)
	}
	had := s.Lacks
	s.Lacks = s.missing(o)
	told := s.Ahead == "" || s.Ahead == approval // the others are told by their state
	if s.Lacks != "" && had == "" && told && s.Asked == (Asked{}) {
		return s.changed(Stay, s.where()+": waits for "+s.Lacks)
	}
	return s, Action{}
}

// missing is what the rollout lacks now, for people; "" when its time has not come.
func (s *State) missing(o *Observation) string {
	switch {
	case s.Ahead == writeHold && s.Asked == Asked{}:
		if !o.Hold.InForce {
			return "the hold to be in force"
		}
		return fmt.Sprintf("%d are queued", o.Hold.Queued)
	case s.Asked != Asked{} && o.Gates.Of == s.Asked:
		return o.Gates.Doing
	case s.Ahead == preparation, s.Ahead == cleared, s.Ahead == "" && s.ripe(o), s.Ahead == approval && s.had(o):
		return cmp.Or(s.lacks(o), o.Group.Waits)
	}
	return ""
}
