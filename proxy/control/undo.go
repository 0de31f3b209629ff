package control

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Undo goes back to the split of an earlier revision, as a new revision. 0 is
// the newest earlier revision whose split was settled with another stable
// (semantics §6). Versions that did not exist then get 0. Conflict while a
// rollout runs, when there is nothing to go back to, when a version that the
// split needs is gone from the file, or when its stable has no usable endpoint.
//
// It is one switch at any time, in keep_warm and after: as long as a version is
// in the file it is checked at every interval, so what its last probes said is
// as good as waiting for new ones.
func (c *Control) Undo(ctx context.Context, name string, toRevision uint64, m Meta) (UpstreamView, error) {
	return c.change(ctx, name, m, func(u *upstream) (*upstream, error) {
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
		reason := m.Reason
		if reason == "" {
			reason = fmt.Sprintf("back to revision %d", target.Revision)
		}
		r := u.record.revise(back.over(u.versionNames()), cause{Source: SourceUndo, Author: m.Author, Reason: reason})
		return u.next(r, nil)
	}, nil)
}

// undoTarget is the revision to go back to.
func (u *upstream) undoTarget(revision uint64) (*Revision, error) {
	r := u.record
	if revision == r.Revision {
		return nil, refuse(Conflict, "upstream %s: revision %d is the present one", u.name(), revision)
	}
	for i := 1; i < len(r.History); i++ {
		h := &r.History[i]
		if revision == h.Revision || (revision == 0 && h.Settled && h.Stable != r.Split.Stable) {
			return h, nil
		}
	}
	if revision == 0 {
		return nil, refuse(Conflict, "upstream %s: nothing to undo: no earlier settled revision has another stable than %s", u.name(), r.Split.Stable)
	}
	return nil, refuse(NotFound, "upstream %s: revision %d does not exist; there are %d to %d",
		u.name(), revision, r.History[len(r.History)-1].Revision, r.Revision)
}

// canServe refuses a split of old that today's versions cannot serve.
func (u *upstream) canServe(s split, revision uint64) error {
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		if (s.Weights[name] > 0 || name == s.Stable) && u.version(name) == nil {
			return refuse(Conflict, "upstream %s: revision %d needs version %s, which is no longer configured", u.name(), revision, name)
		}
	}
	if u.version(s.Stable).usable() == 0 {
		return refuse(Conflict, "upstream %s: revision %d has %s as stable, which has no usable endpoint", u.name(), revision, s.Stable)
	}
	return nil
}
