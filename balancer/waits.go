package balancer

import (
	"sync/atomic"
	"time"
)

// waits is how long the attempts under way at an endpoint have waited by now: their
// number in the low 16 bits, and above it the sum of the milliseconds at which they
// began. That sum wraps, and so does what it is subtracted from. The zero value is
// none.
type waits struct{ word atomic.Uint64 }

const (
	waitsBits = 16
	waitsMask = 1<<waitsBits - 1
)

func began(at time.Duration) uint64 { return uint64(at/time.Millisecond)<<waitsBits + 1 }

// mean is the mean time in milliseconds; 0 when there is none.
func (w *waits) mean(now time.Duration) float64 {
	word := w.word.Load()
	n := word & waitsMask
	if n == 0 {
		return 0
	}
	sum := n*uint64(now/time.Millisecond)<<waitsBits - word&^waitsMask
	return max(0, float64(int64(sum)>>waitsBits)/float64(n))
}

// Wait counts an attempt that begins to wait for an answer at that time, for
// Balance.Inflight; every Wait needs one Waited with the same time.
func (l *Live) Wait(at time.Duration) { l.waits.word.Add(began(at)) }

// Waited is for when the answer has come, or will not.
func (l *Live) Waited(at time.Duration) { l.waits.word.Add(-began(at)) }
