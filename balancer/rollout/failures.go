package rollout

import "slices"

// maxFailures is how many failed attempts are named: enough to look into.
const maxFailures = 3

// name keeps the ids of the candidate's first failures since its trouble began. It
// comes after Onset, which says whether there is any.
func (e *Evidence) name(t *tick) {
	if e.Onset.any(&e.Tests).IsZero() && e.Writes.Since.IsZero() {
		e.Failures = nil
		return
	}
	if room := maxFailures - len(e.Failures); room > 0 && len(t.failedIDs) > 0 {
		// A new slice: Step shares nothing with the state it was given.
		e.Failures = slices.Concat(e.Failures, t.failedIDs[:min(room, len(t.failedIDs))])
	}
}
