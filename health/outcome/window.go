package outcome

import "time"

const (
	// WindowSlots is how many slots of one second a Window spans.
	WindowSlots = 10

	slotLength = time.Second
	// slotSlack is how much too early a sampler's tick may come and still close
	// a slot: a tick a little early must not stretch the slot to two seconds.
	slotSlack = 100 * time.Millisecond
)

// Window turns the cumulative Totals of one Version into what happened in the last
// ten seconds. The zero value is ready. It belongs to one goroutine of the control
// path. About 30 KiB.
type Window struct {
	samples [WindowSlots + 1]sample // oldest first; a slot lies between two samples
	n       int                     // samples in use
}

type sample struct {
	at     time.Time
	totals Totals
}

// Summary is what a Window saw. The zero value says: nothing yet.
type Summary struct {
	Requests, Errors uint64        // first attempts without canceled ones, writes included, and those that failed
	ErrorRate        float64       // Errors / Requests, 0 to 1; 0 without requests
	P50, P99         time.Duration // to the first byte; 0 without answers
	Span             time.Duration // of time that this covers; ten seconds once filled
}

// Push takes a reading of the Version at now. It is meant to be called once a
// second; the first call only sets where counting begins. Readings that come faster
// update the slot being filled; after a pause the gap counts as one slot. Time must
// not go backwards.
func (w *Window) Push(now time.Time, t *Totals) {
	if w.n >= 2 && w.samples[w.n-1].at.Sub(w.samples[w.n-2].at) < slotLength-slotSlack {
		w.n-- // the newest slot is still being filled
	}
	// Keep as oldest the first sample not older than the window, but at least one.
	old := 0
	for old < w.n-1 && now.Sub(w.samples[old].at) > WindowSlots*slotLength+slotSlack {
		old++
	}
	if w.n-old == len(w.samples) {
		old++
	}
	if old > 0 {
		w.n = copy(w.samples[:], w.samples[old:w.n])
	}
	w.samples[w.n].at, w.samples[w.n].totals = now, *t
	w.n++
}

// Sum is what happened between the oldest and the newest reading.
func (w *Window) Sum() Summary {
	if w.n < 2 {
		return Summary{}
	}
	oldest, newest := &w.samples[0], &w.samples[w.n-1]
	diff := newest.totals
	diff.Sub(&oldest.totals)
	writes, writesFailed := diff.PinnedWrites()
	s := Summary{
		Requests: diff.Requests() + failed(&diff.Repeated) + writes,
		Errors:   diff.Failures() + failed(&diff.Repeated) + writesFailed,
		P50:      diff.Latency.Quantile(0.50),
		P99:      diff.Latency.Quantile(0.99),
		Span:     newest.at.Sub(oldest.at),
	}
	if s.Requests > 0 {
		s.ErrorRate = float64(s.Errors) / float64(s.Requests)
	}
	return s
}
