package control

import (
	"slices"
	"time"

	"weir/config"
)

// within returns the record without the revisions that are kept no longer; itself if
// there are none. Those of the running rollout, and the one it began on, stay; so do
// the present one, the way back from it, however long ago that was, and a point of no
// return, which may be between them.
func (r *record) within(h config.History, now time.Time) *record {
	most := h.Keep
	if most == 0 { // made by hand
		most = 100
	}
	began, back := r.began(), r.wayBack()
	mark := slices.IndexFunc(r.History, func(h Revision) bool { return h.NoReturn != nil })
	var out []Revision
	for i := range r.History {
		rev := &r.History[i]
		old := i >= most || h.MaxAge > 0 && now.Sub(rev.At) > h.MaxAge
		if !old || i <= began || i == back || i == mark {
			out = append(out, *rev)
		}
	}
	if len(out) == len(r.History) {
		return r
	}
	next := *r
	next.History = out
	return &next
}

// began is the place of the revision that the running rollout began on; 0, the present
// one, when none runs.
func (r *record) began() int {
	run, place := r.running(), 0
	if run == nil {
		return 0
	}
	for i := range r.History {
		if h := &r.History[i]; h.Rollout != nil && h.Rollout.ID == run.ID {
			place = i + 1
		}
	}
	return place
}

// wayBack is the place of the revision that an undo goes to by default: the newest
// earlier one that was settled with another stable; -1: there is none.
func (r *record) wayBack() int {
	for i := 1; i < len(r.History); i++ {
		if h := &r.History[i]; h.Settled && h.Stable != r.Split.Stable {
			return i
		}
	}
	return -1
}
