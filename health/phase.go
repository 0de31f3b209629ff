package health

import (
	"hash/fnv"
	"math/bits"
	"time"
)

// jitterShare is how much later than planned a check may start, as a share of its
// interval: enough that two proxies with one clock do not probe in step.
const jitterShare = 0.1

// phaseOf is where in its interval a target is checked. It depends on the target's
// name alone, so the checks of many targets spread evenly and none moves when
// others come or go.
func phaseOf(t *Target, interval time.Duration) time.Duration {
	h := fnv.New64a()
	for _, s := range [...]string{t.Upstream, t.Version, t.Address} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	// FNV's last bytes hardly reach its high bits; the multiplication mixes them in,
	// and its high half scales the hash to the interval.
	mixed := h.Sum64() * 0x9e3779b97f4a7c15
	mixed ^= mixed >> 32
	hi, _ := bits.Mul64(mixed*0x9e3779b97f4a7c15, uint64(interval))
	return time.Duration(hi)
}

// nextCheck is when to check next: at the first point of the grid base + phase +
// k × interval that is not before from, and up to jitterShare of the interval
// later, by roll (0 to 1). Jitter does not add up: the grid stays.
func nextCheck(base, from time.Time, interval, phase time.Duration, roll float64) time.Time {
	ahead := from.Sub(base) - phase
	k := ahead / interval
	if k*interval < ahead {
		k++
	}
	return base.Add(phase + k*interval + time.Duration(roll*jitterShare*float64(interval)))
}
