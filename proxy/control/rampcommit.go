package control

import (
	"context"
	"slices"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/flag"
)

// commit makes an engine's decision about a ramp a generation. It runs on the writer.
func (h *rampHost) commit(ctx context.Context, ch *rollout.Change) (uint64, error) {
	c, f := h.control, h.flags()
	if f == nil {
		return 0, rollout.ErrStale
	}
	d, r := f.config.Set.Flag(h.key), f.record(h.key)
	if err := r.admit(d, ch, f.trips[h.key]); err != nil {
		return 0, err
	}
	next := r.moved(d, ch, c.Config().History)
	var err error
	switch {
	case next.Revision == r.revision():
		err = c.noteFlag(h.key, next, false)
	case ch.Safety:
		err = c.replaceFlag(h.key, next, true, nil)
	default:
		// While this was being kept the variant may have failed. A Finish is the last
		// moment in which that counts: it retires the trip, or finds it set.
		err = c.replaceFlag(h.key, next, false, func() bool {
			return ctx.Err() == nil && (ch.Move != rollout.Finish || ch.Trip == nil || ch.Trip.Retire())
		})
	}
	if err != nil {
		return 0, err
	}
	if ch.Start && f.live[h.key] != nil {
		f.live[h.key].proxied.Arms.Begin()
	}
	if ch.Published != nil {
		ch.Published()
	}
	return next.Revision, nil
}

// admit says whether the decision was made on what is so. r may be nil.
func (r *flagRecord) admit(d *flag.Flag, ch *rollout.Change, trip *balancer.Trip) error {
	if err := timely(ch, r.revision(), trip); err != nil {
		return err
	}
	run := r.running()
	switch {
	case ch.Start && run != nil:
		return rollout.ErrActive
	case ch.Start && (d.Variant(ch.State.Plan.To) == nil || !r.set().on(d)):
		return rollout.ErrStale // planned before the file or somebody changed that
	case !ch.Start && (run == nil || run.ID != ch.State.ID):
		return rollout.ErrStale // it has ended in another way
	case ch.IfMatch != 0 && !ch.Safety && ch.IfMatch != r.revision():
		return refuse(Stale, "flag %s: is at revision %d, not %d", d.Key(), r.revision(), ch.IfMatch)
	}
	return nil
}

// moved returns the record after the decision. That a ramp has begun is a revision, also
// where its gates come first, and so is who gets the variant; that something else is so of
// the ramp is none. r may be nil.
func (r *flagRecord) moved(d *flag.Flag, ch *rollout.Change, h config.History) *flagRecord {
	state := ch.State
	next := &flagRecord{Format: flagFormat, Base: baseOf(d)}
	if r != nil {
		*next = *r
	}
	was, set := next.running(), next.Set
	next.Rollout = &state
	if ch.Move == rollout.Finish {
		set.Variant = state.Plan.To
	}
	if !ch.Start && set.equal(next.Set) && reach(was).equal(reach(next.running())) {
		return next.ended()
	}
	return next.revise(set, baseOf(d), cause{Source: SourceRollout, Author: ch.Author, From: ch.From, Reason: ch.Reason, Rollout: &state}, h)
}

// ended returns the record with the end of its ramp, if it has come, written into the last
// revision that the ramp made.
func (r *flagRecord) ended() *flagRecord {
	if r.running() != nil || len(r.History) == 0 {
		return r
	}
	last := r.History[0]
	if last.Rollout == nil || last.Rollout.ID != r.Rollout.ID {
		return r
	}
	next := *r
	last.Running, last.Rollout = false, forHistory(r.Rollout)
	next.History = slices.Clone(r.History)
	next.History[0] = last
	return &next
}

// abandon returns the record with its ramp, if one runs, ended by something else; the
// caller makes the revision, which has that.
func (r *flagRecord) abandon(reason string) *flagRecord {
	run := r.running()
	if run == nil {
		return r
	}
	ended := run.Abandoned(reason, time.Now().UTC().Round(0))
	next := *r
	next.Rollout = &ended
	return &next
}

// reached is who gets the variant of a ramp.
type reached struct {
	percent  float64
	segments []string
}

func (a reached) equal(b reached) bool {
	return a.percent == b.percent && slices.Equal(a.segments, b.segments)
}

// reach is that of a ramp that runs; of nil nobody.
func reach(s *rollout.State) reached {
	if s == nil {
		return reached{}
	}
	return reached{s.Percent, s.Segments()}
}

// running is the ramp in progress; nil: there is none. r may be nil.
func (r *flagRecord) running() *rollout.State {
	if r == nil || r.Rollout == nil || r.Rollout.Phase.Ended() {
		return nil
	}
	return r.Rollout
}

// last is the ramp that runs or the last that did; nil: there never was one. r may be nil.
func (r *flagRecord) last() *rollout.State {
	if r == nil {
		return nil
	}
	return r.Rollout
}

// set is what is set; r may be nil.
func (r *flagRecord) set() FlagSetting {
	if r == nil {
		return FlagSetting{}
	}
	return r.Set
}

// noteFlag keeps a record that means nothing to requests. What is for safety is so before
// it is kept.
func (c *Control) noteFlag(key string, r *flagRecord, safety bool) error {
	changes := map[string][]byte{flagKey(key): r.encode()}
	if safety {
		c.keeper.later(changes, time.Now())
	} else if err := c.persist(changes); err != nil {
		return err
	}
	w := *c.current.Load()
	w.flags = w.flags.recorded(key, r)
	c.current.Store(&w)
	if l := w.flags.ramps[key]; l != nil {
		l.follow(r)
	}
	return nil
}
