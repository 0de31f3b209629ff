package rollout

import (
	"strings"
	"time"
)

// promote ends the wait that the rollout is in, and no more: what comes next may have
// to be waited for again. It says, for people, why it cannot.
func (s State) promote(o *Observation, now time.Time) (State, Action, string) {
	switch {
	case s.Ahead == writeHold && o.Group.Waits != "": // which may be such a hold, too
		return s, Action{}, o.Group.Waits
	case s.Ahead == writeHold && !o.Hold.drained():
		return s, Action{}, "writes are held until those under way have ended"
	case s.Ahead == preparation && s.unready(o) != "":
		return s, Action{}, s.unready(o)
	}
	if s.rolls() && s.Ahead == "" {
		if s.Roll = s.Roll.hurry(s.Plan.Rolling); !s.rollMoves() {
			return s, Action{}, "it waits for " + s.Roll.waits(s.Plan.Rolling)
		}
	}
	without := s.unanswered(o)
	unclear := s.Hold.Cause == causeGate
	switch {
	case unclear && s.Ahead == cleared: // it was a Held one, and its writes were let go
		s.Waived, without = true, withoutAnswer+"the gates that are asked while writes are held"
	case !s.Bake || s.Ahead != "":
	case unclear:
		s.Ahead = gates // those after_switch are done with, and so is the time of the bake
	default:
		without = "" // it is the bake's time that ends, and they are waited for next
	}
	if unclear {
		s.release()
	}
	s.Pause = ""
	next, more := s.following(o)
	if s.Ahead == preparation && next.ahead == approval { // which this is
		s.Ahead = approval
		next, more = s.following(o)
	}
	if why := s.lacks(o); why != "" && (!more || next.ahead == writeHold) {
		return s, Action{}, why
	}
	var a Action
	proof := s.proof()
	if !more {
		s, a = s.advance(now)
	} else if s, a = s.at(next, now); proof != "" {
		s.Reason += "; " + proof
	}
	s.Reason += without
	a.Reason = s.Reason
	return s, a, ""
}

const withoutAnswer = "; without an answer of "

// PassedOver reports that what was asked in an earlier state of the rollout was not
// answered, because a promote has gone on without.
func (s *State) PassedOver(was *State) bool {
	return s.Full && !was.Full || strings.Contains(s.Reason, withoutAnswer)
}

// unanswered says, for people, whose answer is not there yet.
func (s *State) unanswered(o *Observation) string {
	if s.answered(o) {
		return ""
	}
	return withoutAnswer + s.question()
}

// everything makes the next move the last one. What was had for another move does not
// count for it.
func (s State) everything() State {
	was, _ := s.target()
	s.Full = true
	if now, _ := s.target(); now != was && s.Ahead != preparation && s.Asked.Point != BeforeStart {
		s.Ahead, s.Asked = "", Asked{}
	}
	return s
}
