package control

import (
	"maps"
	"slices"
)

// toldFlags tells people what a file has changed of what was set over flags, and which of
// their ramps it has ended: of what others do it is told where they do it. Either may be
// nil.
func (c *Control) toldFlags(was, next *flags) {
	if next == nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(next.records)) {
		before, now := was.record(key), next.records[key]
		if now.Revision != before.revision() {
			c.announceFlag(key, &now.History[0])
		}
		if before.running() != nil && now.running() == nil { // its engine says nothing of it
			c.toldRamp(next, key, now.Rollout)
		}
	}
}
