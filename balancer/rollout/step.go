package rollout

import (
	"fmt"
	"time"

	"weir/balancer/verdict"
)

// Action is what a Step decided. The zero value changes nothing.
type Action struct {
	Move    Move
	Percent float64 // the candidate's new percentage, for SetPercent and Revert (0)
	Changed bool    // phase, step or pause changed: the state has to be persisted
	Reason  string  // the state's reason when Changed
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
// A reverting state says Revert again until Confirmed. One that keeps a share, in
// a revert in steps, goes down as stable recovers.
func Step(s State, o Observation, c Command, now time.Time) (State, Action, error) {
	switch {
	case c != None:
		return s.command(c, &o, now)
	case s.Phase.Ended():
		return s, Action{}, nil
	case s.Phase == Reverting:
		next, a := s.retreat(&o, now)
		return next, a, nil
	}
	next, a := s.weigh(&o, now)
	if !a.Changed && next.due(&o) {
		next, a = next.advance(now)
	}
	return next, a, nil
}

// weigh adds what o has to say to the evidence and applies the rules. It may
// revert, begin or end a hold or a wait; it never advances.
func (s State) weigh(o *Observation, now time.Time) (State, Action) {
	e := &s.Evidence
	if !e.Base.At.IsZero() && s.mirrors() > 0 {
		s.InStep += grown(e.Base.Mirror.Pairs, o.Mirror.Pairs)
		e.Mirrored.feed(&e.Base.Mirror, &o.Mirror, s.Plan.Steps[s.Step].MaxMismatch, s.Plan.Rules.Tolerate)
	}
	passed := e.watch(o, now)
	s.Hold.pass(passed, o)
	if s.Hold.Cause == causeCapacity && s.tight(o) || s.Hold.Cause == causeSchema && s.unfit(o) != "" {
		s.Hold.again()
	}
	if s.Ahead == preparation {
		s.Preparing += passed
	}
	if s.Phase != Holding && !s.Turned {
		s.Watched += passed
	}
	if s.Roll != nil {
		s.Roll = s.Roll.see(&o.Rolling, passed, s.Phase == Progressing)
	}
	t, closed := e.close(o, now, s.Percent > 0 && s.Percent < 100, s.Turned)
	timed := e.latencies(o, s.Plan.Rules, now)
	if closed {
		e.plain(&t, o, s.Plan.Rules, now)
		e.feed(&t)
		if s.Turned { // what that tick has counted began at the share before
			s.Turned = false
			e.turn(s.Plan.Rules, s.Percent)
		} else {
			s.InStep += s.fitting(&t).Requests
			e.sampleSent(&t, s.Percent)
		}
		if s.Hold.Cause != "" {
			s.Hold.Stable.add(t.stable)
			s.Hold.Candidate.add(s.fitting(&t))
			s.Hold.Writes.add(t.writes)
		}
	}
	if e.Tests.Alone.Alarm() {
		e.Excursion.Alarmed += passed
	}
	if e.Tests.Writes.Alarm() {
		e.Writes.Alarmed += passed
	}
	f := s.judge(o, closed || timed)
	if w := s.judgeSchema(o); !f.revert && (w.revert || f.cause == "") {
		f = w
	}
	if f.revert {
		if f.writes {
			s.Writes = ""
		}
		return s.revert(o, Reverted, f.reason(), f.since, now)
	}
	if f.cause == "" {
		f = s.judgeCapacity(o)
	}
	if f.cause == "" {
		f = s.judgeGates(o)
	}
	next, a := s.hold(f, o, closed)
	if a.Changed {
		return next, a
	}
	return next.wait(o, now)
}

// hold begins, continues or ends a hold.
func (s State) hold(f finding, o *Observation, closed bool) (State, Action) {
	switch h := &s.Hold; {
	case graver(f.cause, h.Cause):
		reason := f.reason()
		*h = Hold{Cause: f.cause, Shared: s.Evidence.StableOver.Alarm()}
		s.unhold()
		if f.cause == causeSampleRatio {
			s.Evidence.Sample = verdict.SampleRatio{} // what comes now is looked at for itself
		}
		return s.changed(Stay, "holding: "+reason)
	case h.Cause != "" && s.gone(f, o):
		was := h.Cause
		s.release()
		return s.changed(Stay, fmt.Sprintf("%s: %q has been gone for %s", s.where(), was, clearAfter))
	case closed && h.Cause != "" && f.cause == h.Cause:
		s.Reason = "holding: " + f.reason()
	}
	return s, Action{}
}

func (s *State) release() {
	was := s.Hold.Cause
	s.Hold = Hold{}
	switch was {
	case causeCapacity, causeSchema, causeGate: // which are no word on how it answers
	case causeClientErrors:
		s.Evidence.ClientErrors = verdict.NewRestart(s.Plan.Rules.Tolerate)
	case causeSampleRatio:
		s.Evidence.Sample = verdict.SampleRatio{}
	case causePlain: // its window moves on by itself
	default:
		s.Evidence.forgive(s.Plan.Rules)
	}
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
	case s.Ahead == gates, s.Ahead == approval, s.Ahead == writeHold && s.Asked != Asked{}:
		return WaitingGate
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
	case s.Ahead == preparation:
		return fmt.Sprintf("preparing %s for the switch", s.Plan.To)
	case s.Roll != nil && !s.Bake:
		return s.batchTold()
	case s.Bake:
		return fmt.Sprintf("baking %s at %g%% for %s", s.Plan.To, s.Percent, s.Plan.Bake)
	}
	if s.Plan.BlueGreen != nil && s.past() {
		return s.Plan.To + " is ready for the switch"
	}
	if s.outset() {
		return fmt.Sprintf("before step %d of %d", s.StepNumber(), len(s.Plan.Steps))
	}
	if mirror := s.mirrors(); mirror > 0 {
		return fmt.Sprintf("step %d of %d: %g%% of reads mirrored to %s", s.StepNumber(), len(s.Plan.Steps), mirror, s.Plan.To)
	}
	if segment := s.Plan.Steps[s.Step].Segment; segment != "" {
		return fmt.Sprintf("step %d of %d: %s for segment %s", s.StepNumber(), len(s.Plan.Steps), s.Plan.To, segment)
	}
	return fmt.Sprintf("step %d of %d: %s at %g%%", s.StepNumber(), len(s.Plan.Steps), s.Plan.To, s.Percent)
}
