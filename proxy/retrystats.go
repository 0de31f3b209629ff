package proxy

import (
	"sync/atomic"

	"weir/health/outcome"
)

// RetryStats counts the further attempts of an upstream's requests, by what the attempt
// before came to. It outlives generations. The zero value is ready.
type RetryStats struct {
	ordinary, shielded [outcome.NumKinds]atomic.Uint64
	refused            atomic.Uint64
}

// RetryTotals is one reading of RetryStats. An attempt that ended OK was repeated for
// its status, which is not an error to the upstream.
type RetryTotals struct {
	Ordinary, Shielded [outcome.NumKinds]uint64
	Refused            uint64 // wanted, and not made: the budget was spent, or there was no room
}

func (s *RetryStats) count(k outcome.Kind, shielded bool) {
	if shielded {
		s.shielded[k].Add(1)
	} else {
		s.ordinary[k].Add(1)
	}
}

// Totals reads the counters.
func (s *RetryStats) Totals() RetryTotals {
	var t RetryTotals
	for k := range t.Ordinary {
		t.Ordinary[k], t.Shielded[k] = s.ordinary[k].Load(), s.shielded[k].Load()
	}
	t.Refused = s.refused.Load()
	return t
}
