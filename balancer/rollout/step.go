package rollout

import (
	"fmt"
	"slices"
	"time"
)

// Action is what a Step decided. The zero value changes nothing.
type Action struct {
	Move    Move
	Percent float64 // the candidate's new percentage, for SetPercent and Revert (0)
	Changed bool    // phase, step or pause changed: the state has to be persisted
	Reason  string  // the state's reason when Changed
}

// New returns the first state of a rollout and the action that begins it: the
// first step above startPercent, the candidate's share now in percent of From's
// and To's weight together. If there is none the bake begins. A guard stays
// where it is.
func New(id string, p Plan, startPercent float64, now time.Time) (State, Action) {
	if n := len(p.Steps); !p.Guard && (n == 0 || p.Steps[n-1].Percent < 100) {
		p.Steps = append(slices.Clone(p.Steps), PlanStep{Percent: 100})
	}
	s := State{
		ID: id, Plan: p, Percent: startPercent, StartPercent: startPercent, StartedAt: now, StepAt: now,
		Evidence: newEvidence(p.Rules),
	}
	if p.Guard {
		return s.changed(Stay, fmt.Sprintf("%s is judged against %s", p.To, p.From))
	}
	if next := s.above(0); next >= 0 {
		s, a := s.enter(next, now)
		if next > 0 {
			s.Reason += fmt.Sprintf("; begins there because %s has %g%% already", p.To, startPercent)
			a.Reason = s.Reason
		}
		return s, a
	}
	s.Step = len(p.Steps) - 1
	return s.bake(now)
}

// Step decides what happens next. It reads no clock, starts nothing and changes
// nothing but the state it returns.
//
// Without a command it weighs what o adds to the evidence, applies the rules,
// and advances if it is time. The first such Step of a process only takes o as
// the base of later ones. With a command it does only what the command says, on
// the evidence weighed before. Its error wraps ErrWrongPhase and means that the
// command does not fit; the state is then returned unchanged.
//
// A reverting state stays so, and says Revert again, until Confirmed.
func Step(s State, o Observation, c Command, now time.Time) (State, Action, error) {
	switch {
	case c != None:
		return s.command(c, &o, now)
	case s.Phase.Ended():
		return s, Action{}, nil
	case s.Phase == Reverting:
		return s, Action{Move: Revert, Reason: s.Reason}, nil
	}
	next, a := s.weigh(&o, now)
	if !a.Changed && next.due() {
		next, a = next.advance(now)
	}
	return next, a, nil
}

// weigh adds what o has to say to the evidence and applies the rules. It may
// revert and begin or end a hold; it never advances.
func (s State) weigh(o *Observation, now time.Time) (State, Action) {
	e := &s.Evidence
	passed := e.watch(o, now)
	s.Hold.pass(passed, o)
	if s.Phase != Holding && !s.Turned {
		s.Watched += passed
	}
	t, closed := e.close(o, now, s.Turned)
	if closed {
		e.feed(&t)
		if s.Turned { // what that tick has counted began at the share before
			s.Turned = false
			e.turn(s.Plan.Rules, s.Percent)
		} else {
			s.InStep += t.candidate.Requests
		}
		if s.Hold.Cause != "" {
			s.Hold.Stable.add(t.stable)
			s.Hold.Candidate.add(t.candidate)
		}
	}
	if e.Tests.Alone.Alarm() {
		e.Excursion.Alarmed += passed
	}
	f := s.judge(o, closed)
	if f.revert {
		return s.revert(Reverted, f.reason(), f.since, now)
	}
	return s.hold(f, closed)
}

// Confirmed is a reverting state after the writer took the candidate's weight
// away; any other state is returned as it is.
func (s State) Confirmed() State {
	if s.Phase == Reverting {
		s.Phase = s.Outcome
	}
	return s
}

// hold begins, continues or ends a hold.
func (s State) hold(f finding, closed bool) (State, Action) {
	switch h := &s.Hold; {
	case f.cause == causeUnusable && h.Cause != causeUnusable, f.cause == causeErrors && h.Cause == "":
		*h = Hold{Cause: f.cause, Shared: s.Evidence.StableOver.Alarm()}
		return s.changed(Stay, "holding: "+f.reason())
	case h.Cause != "" && h.over(s.Plan.Rules.MaxErrorRate):
		was := h.Cause
		s.release()
		return s.changed(Stay, fmt.Sprintf("%s: %q has been gone for %s", s.where(), was, clearAfter))
	case closed && h.Cause != "" && f.cause == h.Cause:
		s.Reason = "holding: " + f.reason()
	}
	return s, Action{}
}

func (s *State) release() {
	s.Hold = Hold{}
	s.Evidence.forgive(s.Plan.Rules)
}

// due reports that the step or the bake has had what it needs.
func (s *State) due() bool {
	switch {
	case s.Plan.Guard:
		return false
	case s.Phase == Baking:
		return s.Watched >= s.Plan.Bake
	case s.Phase == Progressing:
		return s.Watched >= s.Plan.Steps[s.Step].Hold && s.InStep >= s.Plan.MinRequests
	}
	return false
}

// advance leaves the step or the bake, whatever it still waits for.
func (s State) advance(now time.Time) (State, Action) {
	if s.Bake {
		return s.finish(now)
	}
	if i := s.above(s.Step + 1); i >= 0 {
		return s.enter(i, now)
	}
	if s.Plan.Bake <= 0 {
		return s.finish(now)
	}
	return s.bake(now)
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
}

func (s State) finish(now time.Time) (State, Action) {
	s.Phase, s.EndedAt, s.Pause = Succeeded, now, ""
	s.report()
	s.Reason = fmt.Sprintf("succeeded: %s is stable; %s, %s", s.Plan.To,
		failed(s.Plan.To, s.Evidence.Candidate), failed(s.Plan.From, s.Evidence.Stable))
	return s, Action{Move: Finish, Percent: s.Percent, Changed: true, Reason: s.Reason}
}

// revert takes the candidate out; since is the first failure of what led there.
func (s State) revert(outcome Phase, reason string, since, now time.Time) (State, Action) {
	s.Phase, s.Outcome = Reverting, outcome
	s.Percent, s.EndedAt, s.Reason = 0, now, reason
	s.report()
	if !since.IsZero() {
		seconds := elapsed(since, now).Seconds()
		s.Report.SecondsToZero = &seconds
	}
	return s, Action{Move: Revert, Changed: true, Reason: reason}
}

// changed settles the phase and says why.
func (s State) changed(m Move, reason string) (State, Action) {
	s.Phase, s.Reason = s.phase(), reason
	return s, Action{Move: m, Percent: s.Percent, Changed: true, Reason: reason}
}

// phase is that of a rollout which neither reverts nor has ended.
func (s *State) phase() Phase {
	switch {
	case s.Hold.Cause != "":
		return Holding
	case s.Pause != "":
		return Paused
	case s.Bake:
		return Baking
	}
	return Progressing
}

// where is the place in the plan, for people.
func (s *State) where() string {
	switch {
	case s.Plan.Guard:
		return fmt.Sprintf("%s is judged against %s", s.Plan.To, s.Plan.From)
	case s.Bake:
		return fmt.Sprintf("baking %s at %g%% for %s", s.Plan.To, s.Percent, s.Plan.Bake)
	}
	return fmt.Sprintf("step %d of %d: %s at %g%%", s.StepNumber(), len(s.Plan.Steps), s.Plan.To, s.Percent)
}

func (s *State) report() {
	e := &s.Evidence
	r := &Report{Requests: e.Users, UserErrors: e.UserErrors, Availability: 100, FailedAttempts: e.FailedAttempts}
	if e.Users > 0 {
		r.Availability = 100 * (1 - float64(min(e.UserErrors, e.Users))/float64(e.Users))
	}
	s.Report = r
}
