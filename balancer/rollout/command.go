package rollout

import (
	"fmt"
	"time"
)

// Who may have paused a rollout.
const (
	pauseOperator = "operator"
	pausePlan     = "plan"
)

// command applies an operator's command.
func (s State) command(c Command, o *Observation, now time.Time) (State, Action, error) {
	refuse := func(want string) (State, Action, error) {
		return s, Action{}, fmt.Errorf("%w: %s while %s: %s", ErrWrongPhase, c, s.Phase, want)
	}
	switch {
	case s.Phase.Ended():
		return refuse("the rollout has ended")
	case s.Phase == Reverting && (c == Abort || c == AbortForce) && !s.Roll.settled():
		s.Reason += "; the rest at once, by operator"
		next, a := s.atOnce(now)
		return next, a, nil
	case s.Phase == Reverting && (c == Abort || c == AbortForce) && s.Percent > 0: // enough of going down in steps
		s.Reason += "; the rest at once, by operator"
		next, a := s.down(0, now)
		return next, a, nil
	case s.Phase == Reverting:
		return refuse("it is being reverted: wait until it has ended")
	case s.Plan.Guard:
		return refuse("a guard takes no commands; set the weights instead")
	case s.Plan.ledBy() && c != Resume && c != Abort:
		return refuse(s.Plan.Leader + " moves the group")
	}
	next := s
	var a Action
	switch c {
	case Promote:
		if s.Phase == Holding && s.Hold.Cause != causeGate {
			return refuse("want resume or abort")
		}
		var why string
		if next, a, why = s.promote(o, now); why != "" {
			return refuse(why)
		}
	case PromoteFull:
		if s.Phase == Holding {
			return refuse("want resume or abort")
		}
		if s.Bake {
			return refuse("it has everything already; promote ends the bake")
		}
		if s.rolls() {
			return refuse("a rolling rollout goes batch by batch; promote ends the wait of one")
		}
		var why string
		if next, a, why = s.everything().promote(o, now); why != "" {
			return refuse(why)
		}
	case Pause:
		if s.Pause != "" {
			return refuse("it is paused already; want resume or abort")
		}
		next.Pause = pauseOperator
		next.unhold()
		next, a = next.changed(Stay, s.where()+": paused by operator")
	case Resume:
		switch {
		case s.Hold.Cause == causeUnusable && o.CandidateUsable == 0:
			return refuse(s.Plan.To + " has no usable endpoint")
		case s.Hold.Cause == causeCapacity && s.tight(o):
			return refuse(s.judgeCapacity(o).reason())
		case s.Hold.Cause == causeSchema && s.unfit(o) != "":
			return refuse(s.unfit(o))
		case s.Hold.Cause != "":
			next.accept()
			next.release()
			if s.Hold.Cause == causeGate {
				next.Asked = next.asking(s.Asked.unnumbered())
			}
		case s.Pause == pauseOperator:
			next.Pause = ""
		case s.Pause == pausePlan:
			return refuse("the plan pauses here, want promote")
		default:
			return refuse("nothing is paused or held; promote ends the present wait")
		}
		next, a = next.changed(Stay, s.where()+": resumed by operator")
	case Abort, AbortForce:
		why := s.noWayBack(o)
		if why != "" && c == Abort {
			return refuse(why + "; abort --force goes back to it all the same")
		}
		reason := fmt.Sprintf("operator: aborted in %s", s.where())
		if why != "" {
			reason += ", by force, though " + why
		}
		next, a = s.takeOut(o, Aborted, reason, s.Evidence.Onset.any(&s.Evidence.Tests), now)
	default:
		return refuse("no such command")
	}
	return next, a, nil
}
