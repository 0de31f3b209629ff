package control

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/balancer/rollout"
)

// Undo goes back to the split of an earlier revision, as a new revision. 0 is
// the newest earlier revision whose split was settled with another stable
// (semantics §6). Versions that did not exist then get 0. Conflict while a
// rollout runs, when there is nothing to go back to, when the version to go to by
// default was reverted since, when a version that the split needs is gone from
// the file, when its stable has no usable endpoint, or, without m.Override, when it
// cannot run on the schema of the database.
//
// It is one switch at any time, in keep_warm and after: as long as a version is
// in the file it is checked at every interval, so what its last probes said is
// as good as waiting for new ones.
func (c *Control) Undo(ctx context.Context, name string, toRevision uint64, m Meta) (UpstreamView, error) {
	return c.change(ctx, name, m, func(u *upstream) (*upstream, error) { return u.undo(toRevision, m) }, nil)
}

// undo is the upstream back at an earlier revision.
func (u *upstream) undo(toRevision uint64, m Meta) (*upstream, error) {
	if run := u.record.running(); run != nil {
		return nil, u.active(run)
	}
	target, err := u.undoTarget(toRevision)
	if err != nil {
		return nil, err
	}
	back := split{Stable: target.Stable, Weights: target.Split}
	if err := u.canServe(back, target.Revision); err != nil {
		return nil, err
	}
	reason := cmp.Or(m.Reason, fmt.Sprintf("back to revision %d", target.Revision))
	if why := u.guarded(back, target); why != "" {
		if !m.Override {
			return nil, refuse(Conflict, "upstream %s: revision %d: %s; --override with a --reason goes there all the same", u.name(), target.Revision, why)
		}
		reason += fmt.Sprintf(" (to revision %d by override, though %s)", target.Revision, why)
	}
	r := u.record.revise(back.over(u.versionNames()), cause{Source: SourceUndo, Author: m.Author, From: m.From, Reason: reason})
	return u.next(r, nil)
}

// undoTarget is the revision to go back to.
func (u *upstream) undoTarget(revision uint64) (*Revision, error) {
	r := u.record
	if revision == r.Revision {
		return nil, refuse(Conflict, "upstream %s: revision %d is the present one", u.name(), revision)
	}
	if revision == 0 {
		i := r.wayBack()
		if i < 0 {
			return nil, refuse(Conflict, "upstream %s: nothing to undo: no earlier settled revision has another stable than %s%s", u.name(), r.Split.Stable, u.earlier())
		}
		target := &r.History[i]
		if since := u.revertedSince(i); since != nil {
			return nil, refuse(Conflict, "upstream %s: %s (%s): want --to-revision %d to go there all the same",
				u.name(), target.revertedBy(since), since.Reason, target.Revision)
		}
		return target, nil
	}
	for i := 1; i < len(r.History); i++ {
		if h := &r.History[i]; revision == h.Revision {
			return h, nil
		}
	}
	return nil, refuse(NotFound, "upstream %s: revision %d does not exist; there are %d to %d",
		u.name(), revision, r.History[len(r.History)-1].Revision, r.Revision)
}

// earlier ends the refusal of an undo by default with what can be gone back to by name; ""
// when there is nothing.
func (u *upstream) earlier() string {
	h := u.record.History
	if len(h) < 2 {
		return ""
	}
	return fmt.Sprintf("; weir rollout undo %s --to-revision N goes to the split of any, %d to %d", u.name(), h[len(h)-1].Revision, h[1].Revision)
}

// revertedSince is the revision by which the version that was stable at a place in the
// history was found bad after it; nil: none. It is not gone there by default: whoever
// types undo after a revert is back already.
func (u *upstream) revertedSince(place int) *Revision {
	target := &u.record.History[place]
	for i := range u.record.History[:place] {
		h := &u.record.History[i]
		if run := h.Rollout; run != nil && run.Phase == rollout.Reverted && run.Plan.To == target.Stable {
			return h
		}
	}
	return nil
}

// revertedBy says that another revision has done so, for people.
func (r *Revision) revertedBy(since *Revision) string {
	return fmt.Sprintf("revision %d has %s as stable, which revision %d has reverted since", r.Revision, r.Stable, since.Revision)
}

// canServe refuses a split of old that today's versions cannot serve.
func (u *upstream) canServe(s split, revision uint64) error {
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		if (s.Weights[name] > 0 || name == s.Stable) && u.version(name) == nil {
			return refuse(Conflict, "upstream %s: revision %d needs version %s, which is no longer configured", u.name(), revision, name)
		}
	}
	if u.version(s.Stable).group.Usable() == 0 {
		return refuse(Conflict, "upstream %s: revision %d has %s as stable, which has no usable endpoint", u.name(), revision, s.Stable)
	}
	return nil
}

// guarded says, for people, why going back to a revision may damage what is in the
// database; "" when nothing is known to speak against it: on the way back from a bad
// version that is enough.
func (u *upstream) guarded(s split, target *Revision) string {
	switch h, why := u.record.noReturn(); {
	case h != nil && target.Revision < h.Revision:
		return why
	case u.contractRuns():
		return contractGoesOn
	}
	for _, name := range s.versions() {
		if f := u.fitness(name, time.Now()); f.cannot != "" && s.favours(name, u.record.Split) {
			return "schema: " + f.cannot
		}
	}
	return ""
}

// wayBack is what an undo by default would do now; nil: nothing, or a rollout runs, which
// is aborted instead.
func (u *upstream) wayBack() *WayBackView {
	r := u.record
	i := r.wayBack()
	if i < 0 || r.running() != nil {
		return nil
	}
	h := &r.History[i]
	out := &WayBackView{Revision: h.Revision, Stable: h.Stable}
	if s := r.done(); s != nil && s.Plan.From == h.Stable {
		out.WarmUntil = s.WarmUntil()
	}
	back := split{Stable: h.Stable, Weights: h.Split}
	if since := u.revertedSince(i); since != nil {
		out.Refused = h.revertedBy(since) // which is shown beside its reason
	}
	if err := u.canServe(back, h.Revision); err != nil && out.Refused == "" {
		out.Refused = err.Error()
	}
	out.Refused = cmp.Or(out.Refused, u.guarded(back, h))
	return out
}
