package outcome

import (
	"sync"
	"time"
)

const (
	// dedupeKeys is how many keys a generation of a Dedupe has, dedupeTime how long it
	// takes new ones.
	dedupeKeys = 16384
	dedupeTime = 10 * time.Minute
)

// Dedupe knows which keys have failed in a rollout, so that a verdict counts one
// failure of each: one broken client that a keyed split always sends to the same
// version is no proof against that version, however often it asks. Memory is bounded
// by two generations of 16 384 hashes: the older is dropped when the newer is full or
// 10 minutes old, and such a key counts once more. Touched on failures only. The zero
// value knows none. Safe for concurrent use.
type Dedupe struct {
	mu struct {
		sync.Mutex
		now, before map[uint64]struct{}
		since       time.Duration // when the generation of now began
	}
}

// Again takes note of a failure and reports whether the key, by its hash, has failed
// before. now is a monotonic time.
func (d *Dedupe) Again(key uint64, now time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.now == nil || len(d.mu.now) >= dedupeKeys || now-d.mu.since >= dedupeTime {
		if d.mu.before = d.mu.now; now-d.mu.since >= 2*dedupeTime {
			d.mu.before = nil // nobody has asked for so long: it is as old as that
		}
		d.mu.now, d.mu.since = make(map[uint64]struct{}), now
	}
	if _, known := d.mu.now[key]; known {
		return true
	}
	d.mu.now[key] = struct{}{} // also of one from before: it is still failing
	_, known := d.mu.before[key]
	return known
}

// Forget is for the beginning of a rollout.
func (d *Dedupe) Forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.now, d.mu.before = nil, nil
}
