package proxy

import (
	"weir/balancer"
)

// worker is what the goroutine of one request at a time needs besides the
// Exchange: its shard of the counters, its slot in the overdue scan, and the
// memory of the attempt under way.
type worker struct {
	shard   int
	slot    *slot
	attempt attempt
	tried   balancer.Tried
}

// abandon cleans up after a panic: what was in flight no longer is.
func (w *worker) abandon() {
	w.attempt.end()
	w.slot.end()
}
