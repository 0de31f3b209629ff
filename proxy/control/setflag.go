package control

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/flag"
)

// FlagPatch is what is to be set over a flag's definition. What is nil stays.
type FlagPatch struct {
	Enabled *bool
	Variant *string // for everybody; "": whoever the definition gives it to
}

// SetFlag sets something over the definition of a flag, across reloads and restarts,
// until the file says something else of it. What makes no difference is no revision.
// Turning a flag off is for safety, and so is another variant for everybody while a ramp
// runs: it is in force before it is kept, and ends the ramp.
func (c *Control) SetFlag(ctx context.Context, key string, p FlagPatch, m Meta) (FlagView, error) {
	return c.changeFlag(ctx, key, m, func(d *flag.Flag, r *flagRecord) (*flagRecord, bool, error) {
		set := r.set()
		was := set.on(d)
		if p.Enabled != nil {
			if set.Enabled = p.Enabled; *p.Enabled == !d.Disabled() {
				set.Enabled = nil // it is what the file says
			}
		}
		if p.Variant != nil {
			if *p.Variant != "" && d.Variant(*p.Variant) == nil {
				return nil, false, noVariant(d, *p.Variant)
			}
			set.Variant = *p.Variant
		}
		by := cause{Source: m.source(), Author: m.Author, From: m.From, Reason: m.Reason}
		off, run := was && !set.on(d), r.running()
		switch {
		case run != nil && off:
			r = r.abandon("operator: the flag was disabled")
			by.Rollout = r.Rollout
		case run != nil && p.takesBack(run):
			r = r.abandon("operator: everybody was given " + *p.Variant)
			off, by.Rollout = true, r.Rollout
		case r == nil && set == (FlagSetting{}) || r != nil && set.equal(r.Set):
			return r, false, nil
		case run != nil && set.Variant != r.Set.Variant:
			return nil, false, activeRamp(d.Key(), run)
		}
		return r.revise(set, baseOf(d), by, c.Config().History), off, nil
	})
}

// takesBack says that everybody is given another variant than the one of the ramp: whoever
// asks for that in the middle of it wants those back who have that one, also where what is
// asked for is what everybody had before.
func (p *FlagPatch) takesBack(run *rollout.State) bool {
	return p.Variant != nil && *p.Variant != "" && *p.Variant != run.Plan.To
}

// on says whether a flag is on with the setting.
func (s FlagSetting) on(d *flag.Flag) bool {
	if s.Enabled != nil {
		return *s.Enabled
	}
	return !d.Disabled()
}

func noVariant(d *flag.Flag, name string) *Refusal {
	return noSuch("flag "+d.Key()+": ", "variant", name, variantNames(d))
}

// UndoFlag sets what was set at an earlier revision, as a new one. 0 is the newest one that
// had something else set and no ramp under way.
func (c *Control) UndoFlag(ctx context.Context, key string, toRevision uint64, m Meta) (FlagView, error) {
	return c.changeFlag(ctx, key, m, func(d *flag.Flag, r *flagRecord) (*flagRecord, bool, error) {
		if run := r.running(); run != nil {
			return nil, false, activeRamp(d.Key(), run)
		}
		target, err := r.target(d.Key(), toRevision)
		if err != nil {
			return nil, false, err
		}
		set := target.FlagSetting
		if set.Variant != "" && d.Variant(set.Variant) == nil {
			return nil, false, refuse(Conflict, "flag %s: revision %d needs variant %s, which is no longer defined", d.Key(), target.Revision, set.Variant)
		}
		if set.Enabled != nil && *set.Enabled == !d.Disabled() {
			set.Enabled = nil
		}
		if set.equal(r.Set) {
			return r, false, nil
		}
		reason := cmp.Or(m.Reason, fmt.Sprintf("back to revision %d", target.Revision))
		next := r.revise(set, baseOf(d), cause{Source: SourceUndo, Author: m.Author, From: m.From, Reason: reason}, c.Config().History)
		return next, r.Set.on(d) && !set.on(d), nil
	})
}

// target is the revision to go back to. Before the first one nothing was set.
func (r *flagRecord) target(key string, revision uint64) (*FlagRevision, error) {
	switch {
	case r == nil:
		return nil, refuse(Conflict, "flag %s: nothing to undo: nobody has changed it", key)
	case revision == r.Revision:
		return nil, refuse(Conflict, "flag %s: revision %d is the present one", key, revision)
	case revision == 0:
		for i := 1; i < len(r.History); i++ {
			if h := &r.History[i]; !h.Running && !h.equal(r.Set) {
				return h, nil
			}
		}
		if r.Set == (FlagSetting{}) {
			return nil, refuse(Conflict, "flag %s: nothing to undo: nothing is set, and nothing else was before", key)
		}
		return &FlagRevision{}, nil
	}
	for i := range r.History {
		if h := &r.History[i]; h.Revision == revision {
			return h, nil
		}
	}
	return nil, refuse(NotFound, "flag %s: revision %d does not exist; there are %d to %d", key, revision, r.History[len(r.History)-1].Revision, r.Revision)
}

// changeFlag has the record of one flag replaced by what f makes of it: kept, then
// published, or the other way round where that is for safety. The record may be nil; the
// same one again changes nothing.
func (c *Control) changeFlag(ctx context.Context, key string, m Meta, f func(*flag.Flag, *flagRecord) (next *flagRecord, safety bool, err error)) (FlagView, error) {
	var view FlagView
	err := c.do(ctx, func() error {
		d, r, err := c.findFlag(key, m.IfMatch)
		if err != nil {
			return err
		}
		next, safety, err := f(d, r)
		if err != nil {
			return err
		}
		if next != r {
			if err := c.replaceFlag(key, next, safety, nil); err != nil {
				return err
			}
			if r.running() != nil && next.running() == nil { // which its engine says nothing of
				c.toldRamp(c.current.Load().flags, key, next.Rollout)
			}
		}
		view = c.current.Load().flags.view(d)
		return nil
	})
	if err != nil {
		return FlagView{}, err // view is still the writer's if the caller has left
	}
	return view, nil
}

// findFlag is a flag to be changed and what is kept of it, which may be nil. It runs on the
// writer. ifMatch: the revision that it must have, unless 0.
func (c *Control) findFlag(key string, ifMatch uint64) (*flag.Flag, *flagRecord, error) {
	w := c.current.Load()
	d, err := w.flag(key)
	if err != nil {
		return nil, nil, err
	}
	r := w.flags.record(key)
	if now := r.revision(); ifMatch != 0 && ifMatch != now {
		return nil, nil, refuse(Stale, "flag %s: is at revision %d, not %d", key, now, ifMatch)
	}
	return d, r, nil
}

// replaceFlag makes a flag's record serve. What is for safety is published first. Any
// other change may have been withdrawn by the time it is kept, as stands says: then what
// was kept is taken back, and nothing is published. nil: it stands.
func (c *Control) replaceFlag(key string, r *flagRecord, safety bool, stands func() bool) error {
	was := c.current.Load().flags.record(key)
	w, err := c.current.Load().withFlags(c.current.Load().flags.with(key, r))
	if err != nil {
		return err
	}
	changes := map[string][]byte{flagKey(key): r.encode()}
	if safety {
		c.publish(w)
		if c.persist(changes) != nil { // whoever asked gets no answer before it was tried
			c.keeper.later(changes, time.Now())
		}
	} else {
		if err := c.persist(changes); err != nil {
			return err
		}
		if stands != nil && !stands() {
			changes[flagKey(key)] = nil
			if was != nil {
				changes[flagKey(key)] = was.encode()
			}
			c.keeper.later(changes, time.Now())
			return rollout.ErrStale
		}
		c.publish(w)
	}
	c.announceFlag(key, &r.History[0])
	return nil
}

func (c *Control) announceFlag(key string, rev *FlagRevision) {
	c.opts.Log.Info().Str(keyFlag, key).Uint64(keyRevision, rev.Revision).Str(keySource, string(rev.Source)).
		Str(keyTo, rev.words()).Str(keyAuthor, rev.Author).Str(keyReason, rev.Reason).Msg("flag")
	c.emit(Event{Kind: EventFlag, Flag: key, Revision: rev.Revision, State: rev.words(), Source: rev.Source, Reason: rev.Reason})
}

// revision is the number of the present one; 0: there was none. r may be nil.
func (r *flagRecord) revision() uint64 {
	if r == nil {
		return 0
	}
	return r.Revision
}

// flag is the definition of a flag.
func (w *world) flag(key string) (*flag.Flag, error) {
	if w.flags == nil {
		return nil, refuse(NotFound, "flag %s does not exist: the file has no flags", key)
	}
	if d := w.flags.config.Set.Flag(key); d != nil {
		return d, nil
	}
	var there []string
	for _, d := range w.flags.config.Set.Flags() {
		there = append(there, d.Key())
	}
	return nil, noSuch("", "flag", key, there)
}
