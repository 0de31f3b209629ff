package proxy

import "sync/atomic"

// Mirrored is what became of a request that was chosen to be copied.
type Mirrored uint8

// What can become of it. The first five are pairs.
const (
	MirrorMatched      Mirrored = iota // both answered, alike
	MirrorMismatched                   // both answered, and not alike
	MirrorFailed                       // the copy failed, stable's answer did not
	MirrorStableFailed                 // the other way round
	MirrorBothFailed
	MirrorUnclear // stable does not answer alike when it is asked again
	MirrorDropped // it was not sent: the queue was full, or there was no endpoint for it
	MirrorCut     // Weir ended it
	numMirrored
)

// NumMirrored is how many there are.
const NumMirrored = int(numMirrored)

// String is the word in metrics.
func (m Mirrored) String() string {
	return [...]string{"match", "mismatch", "failed", "stable_failed", "both_failed", "unclear", "dropped", "canceled"}[m]
}

// MirrorStats counts the copies for one version. It outlives generations. The zero
// value is ready; safe for concurrent use.
type MirrorStats struct {
	counts  [numMirrored]atomic.Uint64
	unseen  atomic.Uint64
	example atomic.Pointer[string]
}

// MirrorTotals are what MirrorStats has counted, by Mirrored.
type MirrorTotals struct {
	Counts [NumMirrored]uint64
	Unseen uint64 // matches in which both bodies were too long to be compared
	// Example is the latest pair that was no match and why, for operators: a path may
	// tell something of somebody. "": there was none.
	Example string
}

// Totals returns what was counted, since the process began.
func (s *MirrorStats) Totals() MirrorTotals {
	var t MirrorTotals
	for i := range s.counts {
		t.Counts[i] = s.counts[i].Load()
	}
	t.Unseen = s.unseen.Load()
	if e := s.example.Load(); e != nil {
		t.Example = *e
	}
	return t
}

// ByOutcome is what was counted by its word; nil: nothing.
func (s *MirrorStats) ByOutcome() map[string]uint64 {
	t := s.Totals()
	if t.Counts == [NumMirrored]uint64{} {
		return nil
	}
	out := make(map[string]uint64, NumMirrored)
	for i, n := range t.Counts {
		out[Mirrored(i).String()] = n
	}
	return out
}

// Pairs is how many requests both versions had.
func (t *MirrorTotals) Pairs() uint64 {
	var n uint64
	for _, k := range t.Counts[:MirrorUnclear] {
		n += k
	}
	return n
}

func (s *MirrorStats) count(m Mirrored) { s.counts[m].Add(1) }
