package balancer

import "sync/atomic"

// Trip is the word by which a revert takes effect at the next pick, before the
// control plane has published anything. Once set it stays set, and once retired
// it stays retired: a version that gets weight again by a new decision gets a new
// Trip. The zero value is neither; a nil Trip never is set. Safe for concurrent
// use.
type Trip struct{ word atomic.Uint32 }

// The words of a Trip.
const (
	tripFree = iota
	tripSet
	tripRetired
)

// Set takes the version out. It reports whether the version is out: false when
// the trip was retired before.
func (t *Trip) Set() bool {
	return t.word.CompareAndSwap(tripFree, tripSet) || t.word.Load() == tripSet
}

// Retire is for a version that becomes stable, which nothing can take out. It
// reports false when Set came first: then the version must not become stable.
func (t *Trip) Retire() bool {
	return t.word.CompareAndSwap(tripFree, tripRetired) || t.word.Load() == tripRetired
}

// IsSet reports whether the version is out.
func (t *Trip) IsSet() bool { return t != nil && t.word.Load() == tripSet }
