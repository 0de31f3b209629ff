package control

import (
	"context"

	"weir/balancer"
	"weir/balancer/rollout"
)

// commit makes an engine's decision a generation. It runs on the writer.
func (h *host) commit(ctx context.Context, ch *rollout.Change) (uint64, error) {
	u := h.upstream()
	if u == nil {
		return 0, rollout.ErrStale
	}
	if err := u.admit(ch); err != nil {
		return 0, err
	}
	others, err := h.control.along(u, ch)
	if err != nil {
		return 0, err
	}
	steps := append([]step{{was: u, record: u.record.moved(ch)}}, others...)
	if err := h.control.follow(ctx, steps, ch); err != nil {
		return 0, err
	}
	if ch.Move == rollout.Revert && ch.Percent == 0 {
		for i := range steps {
			steps[i].next.retire(ch.State.Plan.To)
		}
	}
	for _, s := range others {
		h.control.told(s.was, s.record.Rollout)
	}
	if ch.Published != nil {
		ch.Published()
	}
	return steps[0].record.Revision, nil
}

// follow puts the upstreams with their new records in place.
func (c *Control) follow(ctx context.Context, steps []step, ch *rollout.Change) error {
	if len(steps) == 1 && steps[0].record == steps[0].was.record {
		steps[0].next = steps[0].was
		return nil
	}
	quiet := !ch.Start && !ch.State.Phase.Ended()
	for _, s := range steps {
		// Writes may change sides beside weights that stay, as in a revert by steps.
		pinned := s.was.config.Rollout.Writes.Pinned
		quiet = quiet && s.record.Revision == s.was.record.Revision && s.record.writer(pinned) == s.was.writer() &&
			s.record.mirrors() == s.was.record.mirrors() && s.record.sameEndpoints(s.was.record)
	}
	if quiet {
		return c.note(steps)
	}
	to, fresh := ch.State.Plan.To, &balancer.Trip{}
	for i := range steps {
		s := &steps[i]
		stay := s.was.trips
		if ch.Start {
			stay = stay.without(to)
			stay[to] = fresh
		}
		var err error
		if s.next, err = s.was.with(s.record, stay); err != nil {
			return err
		}
		s.record = s.next.record // without what is kept no longer
	}
	if ch.Safety {
		return c.replaceAtOnce(steps...)
	}
	// While this was being kept the candidate may have failed, or be held in another
	// upstream of its group. A Finish is the last moment in which that counts: it
	// retires the trip, or finds it set.
	stands := func() bool {
		return ctx.Err() == nil && together(steps[1:], ch) && stillHeld(steps, ch) && (ch.Move != rollout.Finish || ch.Trip == nil || ch.Trip.Retire())
	}
	return c.replaceIf(stands, steps...)
}

// with returns the upstream with another record, which may have other settings of its
// endpoints.
func (u *upstream) with(r *record, t trips) (*upstream, error) {
	if r.sameEndpoints(u.record) {
		return u.next(r, t)
	}
	return u.rejoin(u.config, r, t)
}

// admit says whether the decision was made on what is so.
func (u *upstream) admit(ch *rollout.Change) error {
	r, to := u.record, ch.State.Plan.To
	if err := timely(ch, r.Revision, u.trips[to]); err != nil {
		return err
	}
	switch run := r.running(); {
	case ch.Start && run != nil:
		return rollout.ErrActive
	case ch.Start:
		if err := u.match(ch.IfMatch); err != nil {
			return err
		}
		if ch.State.Plan.From != r.Split.Stable {
			return rollout.ErrStale // planned before another version became stable
		}
		return u.canStart(to, ch.State.Plan.Strategy)
	case ch.State.Plan.Guard:
	case r.Rollout == nil || r.Rollout.ID != ch.State.ID:
		return rollout.ErrStale // it has ended in another way
	case len(ch.State.Plan.Group) > 0 && run == nil:
		return rollout.ErrStale // another of its group has ended it
	case ch.State.Plan.Leader != "" && !ch.Safety && !ch.State.At(run):
		return rollout.ErrStale // its leader has moved it since
	}
	if ch.IfMatch != 0 && !ch.Safety {
		return u.match(ch.IfMatch)
	}
	return nil
}

// timely says whether a decision was made on the present revision and about what the
// present trip takes out.
func timely(ch *rollout.Change, revision uint64, trip *balancer.Trip) error {
	switch {
	case !ch.Safety && ch.Base != revision:
		return rollout.ErrStale
	case ch.Safety && (ch.Trip == nil || trip != ch.Trip):
		// Made on an older revision it is still right, unless somebody has decided about
		// the candidate since: that comes with another trip.
		return rollout.ErrStale
	}
	return nil
}

// moved returns the record after the decision: the same if nothing of it is kept.
func (r *record) moved(ch *rollout.Change) *record {
	p, s := &ch.State.Plan, r.Split
	switch ch.Move {
	case rollout.SetPercent, rollout.Revert:
		s = s.move(p.From, p.To, ch.Percent)
		if run := r.running(); p.Guard && run != nil { // it divides what stable got back, too
			s = s.move(run.Plan.From, run.Plan.To, run.Percent)
		}
	case rollout.Finish:
		s.Stable = p.To
	}
	state := ch.State
	if s.equal(r.Split) {
		if p.Guard {
			return r // a guard is not kept: it is armed anew at every start
		}
		return r.withRollout(&state)
	}
	next := *r
	source := SourceGuard
	if !p.Guard {
		source, next = SourceRollout, *r.layered(&state)
		next.Rollout = &state
	}
	return next.revise(s, cause{Source: source, Author: ch.Author, From: ch.From, Reason: ch.Reason, Rollout: &state})
}
