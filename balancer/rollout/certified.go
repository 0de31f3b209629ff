package rollout

import (
	"fmt"
	"time"
)

// What OnUndecided can be; "" is UndecidedHold.
const (
	UndecidedHold    = "hold"    // stay, and say so; a later certificate still advances
	UndecidedAdvance = "advance" // go on as if certified, but never below MinRequests
	UndecidedRevert  = "revert"
)

// Certified reports that the candidate is proven not to be worse, as the plan has
// it; a guard proves nothing.
func (s *State) Certified() bool { return !s.Plan.Guard && s.Evidence.Certified(s.Plan.Certify) }

// certified reports that the step which the rollout is in asks for a certificate
// and that there is one: in one that mirrors, that answers are alike.
func (s *State) certified() bool {
	if s.mirrors() > 0 {
		return s.asks() && s.Evidence.Mirrored.alike(s.Plan.Certify)
	}
	return s.asks() && s.Certified()
}

// asks reports that the rollout is in a step that a certificate ends.
func (s *State) asks() bool {
	return !s.Plan.Guard && !s.Bake && s.Ahead == "" && s.Plan.Steps[s.Step].Certified
}

// expired reports that the step has waited as long as it may for a certificate
// that has not come.
func (s *State) expired() bool {
	if !s.asks() {
		return false
	}
	most := s.Plan.Steps[s.Step].MaxHold
	return most > 0 && s.Watched >= most && !s.certified()
}

// undecided ends such a wait as the plan says. Advancing is left to due, which
// knows what else an advance needs. A pause of the plan waits for a person, who
// decides with or without a certificate.
func (s State) undecided(o *Observation, now time.Time) (State, Action) {
	if s.Undecided || s.Pause == pausePlan || s.Phase == Holding || !s.expired() {
		return s, Action{}
	}
	if s.Plan.OnUndecided == UndecidedRevert {
		return s.revert(o, Reverted, s.proof(), s.Evidence.Onset.any(&s.Evidence.Tests), now)
	}
	s.Undecided = true
	return s.changed(Stay, s.where()+": "+s.proof())
}

// proof says what is known of the candidate when a step that asks for a
// certificate is left or has expired; "" in any other.
func (s *State) proof() string {
	if !s.asks() {
		return ""
	}
	word := "not certified yet"
	switch {
	case s.certified():
		word = "certified"
	case s.expired():
		word = fmt.Sprintf("undecided: not certified after %s", s.Plan.Steps[s.Step].MaxHold)
	}
	c := s.Plan.Certify
	if s.mirrors() > 0 {
		return word + " to answer alike: " + s.likeness()
	}
	return fmt.Sprintf("%s to fail less than %g times as often as %s or less than %s of the time: %s; %s, %s",
		word, c.MaxRatio, s.Plan.From, percent(c.MaxErrorRate), s.Evidence.certificate(c),
		s.failed(s.Plan.To, s.Evidence.Candidate), s.failed(s.Plan.From, s.Evidence.Stable))
}
