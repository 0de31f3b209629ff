package health

import (
	"hash/fnv"
	"math/bits"
	"time"
)

// phase is where in its interval a target is checked, whatever the interval: a
// share of it, in 2^64ths.
type phase uint64

// phaseOf depends on the target's name alone, so the checks of many targets spread
// evenly and none moves when others come or go.
func phaseOf(t *Target) phase {
	h := fnv.New64a()
	for _, s := range [...]string{t.Upstream, t.Version, t.Address} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	// FNV's last bytes hardly reach its high bits, which are all that counts here;
	// the multiplications mix them in.
	mixed := h.Sum64() * 0x9e3779b97f4a7c15
	mixed ^= mixed >> 32
	return phase(mixed * 0x9e3779b97f4a7c15)
}

// in is the phase as a time, from 0 to the interval.
func (p phase) in(interval time.Duration) time.Duration {
	hi, _ := bits.Mul64(uint64(p), uint64(interval))
	return time.Duration(hi)
}

// nextCheck is when to check next: at the first point of the grid base + phase +
// k × interval that is not before from, and by the share late of the interval
// later. Jitter does not add up: the grid stays.
func nextCheck(base, from time.Time, interval, phase time.Duration, late float64) time.Time {
	ahead := from.Sub(base) - phase
	k := ahead / interval
	if k*interval < ahead {
		k++
	}
	return base.Add(phase + k*interval + time.Duration(late*float64(interval)))
}
