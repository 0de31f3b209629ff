package rollout

import "time"

// A group's members have a rollout each, with the same id and steps. Each is judged
// for itself; they move together: the first of Plan.Group leads, decides when it is
// time for the next move, and the others follow. Any of them may revert all.

// GroupView is what a leader has to know of those that follow it. The zero value, which
// everybody else has, is that nothing of theirs is in the way.
type GroupView struct {
	// Waits is what one of them still waits for before the next move, for people.
	// Promote ends that. "": all are due.
	Waits string
	// Lacks is why one of them cannot move at all, for people: it holds, or it is not
	// where the leader is yet. "": all can.
	Lacks string
}

// ledBy reports that the first of the group moves this rollout, which itself never does.
func (p *Plan) ledBy() bool { return p.Leader != "" }

// At reports that both are at the same place of their plans: then what one of them waits
// for is what the other's next move needs.
func (s *State) At(o *State) bool {
	return s.Step == o.Step && s.Percent == o.Percent && s.Bake == o.Bake &&
		s.Ahead == o.Ahead && s.Outset == o.Outset && s.Holds == o.Holds && s.Writes == o.Writes && s.StepAt.Equal(o.StepAt)
}

// Join is the first state of a member with a plan of its own, beside its leader's.
func Join(lead *State, p Plan) State {
	p.Steps = lead.Plan.Steps
	s := *lead
	s.Plan, s.Evidence, s.Pause, s.Asked = p, newEvidence(&p), "", Asked{}
	s.Phase, s.Reason = s.phase(), s.where()
	return s
}

// Along is a member's state after another one, by, of the upstream who, has moved the
// group: at the same place or ended as that, with what has been seen of its own
// candidate. One that has ended, or is reverting by itself, stays as it is.
func (s State) Along(by *State, who string, now time.Time) State {
	switch {
	case s.Phase.Ended() || s.Phase == Reverting:
	case by.Phase == Succeeded:
		s.Due = false
		s, _ = s.finish(now)
	case by.Phase == Reverting || by.Phase.Ended():
		outcome := by.Outcome
		if outcome == "" {
			outcome = by.Phase // abandoned
		}
		s.Due = false
		s, _ = s.revert(&Observation{}, outcome, who+": "+by.Reason, by.Since, now)
		s.By = who
		s = s.Confirmed()
	case !s.At(by):
		if s.Step != by.Step || s.Percent != by.Percent || s.Bake != by.Bake {
			s.begin(by.StepAt)
		}
		s.Step, s.Bake, s.Ahead, s.Writes, s.StepAt = by.Step, by.Bake, by.Ahead, by.Writes, by.StepAt
		s.Outset, s.Holds = by.Outset, by.Holds
		s.turn(by.Percent)
		s.Due = false
		s.Phase, s.Reason = s.phase(), s.where()
	}
	return s
}

// follow says whether a member that is led has all of its own that the next move needs.
func (s *State) follow(o *Observation) bool {
	switch {
	case s.Hold.Cause != "" || s.lacks(o) != "":
		return false
	case s.Bake:
		return s.Watched >= s.Plan.Bake
	case s.Ahead == writeHold:
		return o.Hold.drained()
	case s.Ahead != "":
		return true // what comes before a move is the leader's affair, and was begun with all due
	}
	return s.passed()
}
