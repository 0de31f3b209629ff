package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pending is a change that the writer has. The engine goes on judging meanwhile:
// a writer that waits for a disk must not keep a bad candidate in the split.
type pending struct {
	change  Change
	subject *subject // nil for a start
	call    *call    // who asked for it; nil: nobody, or aborts that wait in the subject
	keep    bool     // nothing moves, the state is only persisted
	cancel  context.CancelFunc
}

// maxStale is how often a command is tried again on a newer revision.
const maxStale = 3

// proceed hands the next change to the writer. Reverts go first, commands
// next, then advances, then what has only to be kept.
func (l *loop) proceed(now time.Time) {
	l.abort(now)
	for _, s := range l.subjects() {
		if l.pending == nil && s.owed && !now.Before(s.retry) {
			l.commit(&pending{subject: s, change: Change{
				State: s.state.Confirmed(), Move: Revert, Percent: s.state.Percent, Safety: true,
				Author: s.meta.Author, From: s.meta.From, Published: s.meta.Published,
			}})
		}
	}
	for l.pending == nil && len(l.queue) > 0 {
		c := l.queue[0]
		l.queue = l.queue[1:]
		l.handle(c, now)
	}
	s := l.rollout
	if l.pending != nil || s == nil || !s.active() || s.reverting() || now.Before(s.retry) {
		return
	}
	if s.state.due(&s.obs) {
		next, a := s.state.advance(now)
		l.commit(&pending{subject: s, change: Change{State: next, Move: a.Move, Percent: a.Percent}})
		return
	}
	if s.kept.IsZero() { // found in the brief or just started: it is kept as it is
		s.kept = now
	}
	if s.dirty || now.Sub(s.kept) >= keepEvery {
		s.dirty, s.kept = false, now
		l.commit(&pending{subject: s, keep: true, change: Change{State: s.state}})
	}
}

// abort does at once what no writer may delay.
func (l *loop) abort(now time.Time) {
	rest := l.queue[:0]
	for _, c := range l.queue {
		s := l.rollout
		if c.start || c.command != Abort && c.command != AbortForce || s == nil || !s.active() {
			rest = append(rest, c)
			continue
		}
		next, _, err := Step(s.state, s.obs, c.command, now)
		if err != nil {
			c.answer(s.state, err)
			continue
		}
		next.Reason = signed(next.Reason, c.meta)
		s.calls, s.meta = append(s.calls, c), c.meta
		l.revert(s, next)
	}
	l.queue = rest
}

// handle answers a start or a command, or hands its change to the writer.
func (l *loop) handle(c *call, now time.Time) {
	s := l.rollout
	switch running := s != nil && s.active(); {
	case c.ctx.Err() != nil: // the caller left before anything was decided
		c.answer(State{}, c.ctx.Err())
	case c.start && running:
		c.answer(s.state, ErrActive)
	case c.start:
		state, a := New(c.id, c.plan, l.brief.percent(&c.plan), now)
		if why := l.noRoom(&state); why != "" {
			c.answer(State{}, fmt.Errorf("%w: start: %s", ErrWrongPhase, why))
			return
		}
		state.Reason = signed(state.Reason, c.meta)
		l.commit(&pending{call: c, change: Change{State: state, Move: a.Move, Percent: a.Percent, Start: true}})
	case !running:
		c.answer(State{}, fmt.Errorf("%w: %s: no rollout is running", ErrWrongPhase, c.command))
	default:
		next, a, err := Step(s.state, s.obs, c.command, now)
		if err != nil || c.command == None {
			c.answer(s.state, err)
			return
		}
		next.Reason = signed(next.Reason, c.meta)
		l.commit(&pending{subject: s, call: c, change: Change{State: next, Move: a.Move, Percent: a.Percent}})
	}
}

// noRoom says why the candidate cannot take the share that a rollout begins with, or
// not run at all; "" when it can.
func (l *loop) noRoom(begun *State) string {
	var o Observation
	l.engine.host.Observe(begun.Plan.To, &o)
	before := State{Plan: begun.Plan, Percent: begun.StartPercent}
	if why := before.unfit(&o); why != "" && begun.Percent > begun.StartPercent {
		return why
	}
	return before.short(begun.Percent, &o)
}

// percent is the candidate's present part of from's and to's weight.
func (b *Brief) percent(p *Plan) float64 {
	return Percent(b.Weights[p.From], b.Weights[p.To])
}

// Percent is the candidate's part of from's and to's weight together, 0 to 100;
// 0 when both are 0.
func Percent(from, to float64) float64 {
	switch {
	case !(from+to > 0):
		return 0
	case from == 0: // the quotient may miss 100 by a rounding
		return 100
	}
	return min(100*to/(from+to), 100)
}

// signed says who asked and why.
func signed(reason string, m Meta) string {
	if m.Author != "" {
		reason += ", by " + m.Author
	}
	if m.Reason != "" {
		reason += ": " + m.Reason
	}
	return reason
}

// commit hands p to the writer, in a goroutine that Run waits for.
func (l *loop) commit(p *pending) {
	c := &p.change
	c.Base, c.Reason, c.Source = l.brief.Revision, c.State.Reason, "rollout"
	if c.State.Plan.Guard {
		c.Source = "guard"
	}
	if p.subject != nil {
		c.Trip = p.subject.trip
	}
	if p.call != nil {
		c.IfMatch, c.Author, c.From, c.Published = p.call.meta.IfMatch, p.call.meta.Author, p.call.meta.From, p.call.meta.Published
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.pending, p.cancel = p, cancel
	l.running.Go(func() {
		_, err := l.engine.host.Commit(ctx, p.change)
		if err != nil && ctx.Err() != nil {
			err = ErrStale // withdrawn
		}
		l.results <- err
	})
}

// settle takes in the writer's answer.
func (l *loop) settle(err error, now time.Time) {
	p := l.pending
	l.pending, l.changed = nil, true
	p.cancel()
	switch {
	case err == nil:
		l.adopt(p, now)
	case p.change.Safety:
		p.subject.retry = now.Add(retryAfter)
		if errors.Is(err, ErrStale) {
			// Somebody has decided about this version since, with a fresh trip: the
			// brief says what there is to judge now, or the trip to set.
			p.subject.retry, p.subject.void = now.Add(lookEvery), true
		}
	case errors.Is(err, ErrStale) && p.call != nil && p.call.stale < maxStale:
		p.call.stale++
		l.queue = append([]*call{p.call}, l.queue...) // decided anew on the next brief
	case p.call != nil:
		p.call.answer(State{}, err)
	case !p.subject.reverting():
		l.refused(p, err, now)
	}
	l.reread()
}

// adopt makes the committed state the subject's.
func (l *loop) adopt(p *pending, now time.Time) {
	s, state := p.subject, p.change.State
	switch {
	case p.change.Start:
		s = &subject{state: state}
		l.rollout = s
	case p.keep:
	case p.change.Safety:
		if s.state.Percent >= state.Percent && !s.state.Roll.after(state.Roll) { // else it has gone further down meanwhile
			s.state, s.owed = state, false
		}
		l.publish(now)
		s.answer(state, nil)
		s.meta.Published = nil // who asked has been answered, and looks no more at a further step down
	case p.change.Move == Finish:
		s.state = state
		s.answer(state, fmt.Errorf("%w: abort: the rollout has just ended", ErrWrongPhase))
	case !s.reverting():
		s.state = state.seen(s.state, p.call)
	case state.Roll != nil: // which has begun things that have to be ended
		s.state.Roll, s.owed = s.state.Roll.meanwhile(state.Roll), true
	}
	if s.kept = now; !p.keep {
		l.engine.host.Announce(s.state)
	}
	if p.call != nil {
		l.publish(now) // first: who has been answered finds what he asked for done
		p.call.answer(state, nil)
	}
}

// seen is a committed state with what was seen of the candidate since the change
// was decided. Only a resume has changed any of that, and a promote that goes on
// without the answer of a gate, for want of which the rollout held.
func (s State) seen(live State, by *call) State {
	if by != nil && by.command == Resume {
		return s
	}
	if s.StepAt.Equal(live.StepAt) {
		s.Watched, s.InStep, s.Undecided = live.Watched, live.InStep, live.Undecided
	}
	s.Preparing, s.Roll = live.Preparing, s.Roll.seen(live.Roll)
	s.Round, s.Holds = max(s.Round, live.Round), max(s.Holds, live.Holds)
	promoted := by != nil && (by.command == Promote || by.command == PromoteFull)
	if s.Evidence = live.Evidence; !promoted || live.Hold.Cause != causeGate {
		s.Hold = live.Hold // which may have begun or ended meanwhile
	}
	if s.Hold.Cause != "" { // for which no write waits
		s.unhold()
	}
	if s.Phase = s.phase(); s.Phase == Holding {
		s.Reason = live.Reason
	}
	return s
}

// refused keeps the old state after a change that nobody asked for.
func (l *loop) refused(p *pending, err error, now time.Time) {
	s := p.subject
	s.dirty = s.dirty || p.keep
	if errors.Is(err, ErrStale) {
		s.retry = now.Add(lookEvery)
		return
	}
	s.retry = now.Add(retryAfter)
	if !p.keep {
		s.state.Reason = fmt.Sprintf("%s: cannot go on: %v", s.state.where(), err)
	}
}
