package control

import (
	"context"

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
	r := u.record.moved(ch)
	next, err := h.follow(ctx, u, r, ch)
	if err != nil {
		return 0, err
	}
	if ch.Move == rollout.Revert && ch.Percent == 0 {
		next.retire(ch.State.Plan.To)
	}
	if ch.Published != nil {
		ch.Published()
	}
	return r.Revision, nil
}

// follow puts the upstream with its new record in place.
func (h *host) follow(ctx context.Context, u *upstream, r *record, ch *rollout.Change) (*upstream, error) {
	c := h.control
	if r == u.record {
		return u, nil
	}
	if r.Revision == u.record.Revision && !ch.Start && !ch.State.Phase.Ended() {
		return c.note(u, r)
	}
	stay := u.trips
	if ch.Start {
		stay = stay.without(ch.State.Plan.To)
	}
	next, err := u.next(r, stay)
	if err != nil {
		return nil, err
	}
	if ch.Safety {
		return next, c.replaceAtOnce(u, next)
	}
	// While this was being kept the candidate may have failed. A Finish is the last
	// moment in which that counts: it retires the trip, or finds it set.
	stands := func() bool {
		return ctx.Err() == nil && (ch.Move != rollout.Finish || ch.Trip == nil || ch.Trip.Retire())
	}
	return next, c.replaceIf(u, next, stands)
}

// admit says whether the decision was made on what is so.
func (u *upstream) admit(ch *rollout.Change) error {
	r, to := u.record, ch.State.Plan.To
	if ch.Safety {
		// Made on an older revision it is still right, unless somebody has decided
		// about the version since: that comes with another trip.
		if ch.Trip == nil || u.trips[to] != ch.Trip {
			return rollout.ErrStale
		}
	} else if ch.Base != r.Revision {
		return rollout.ErrStale
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
	}
	if ch.IfMatch != 0 && !ch.Safety {
		return u.match(ch.IfMatch)
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
		source, next.Rollout = SourceRollout, &state
	}
	return next.revise(s, cause{Source: source, Author: ch.Author, Reason: ch.Reason, Rollout: &state})
}
