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
type Window struct{ readings[Totals] }

// UsersWindow is a Window of Users. About 15 KiB.
type UsersWindow struct{ readings[UserTotals] }

// readings are those of counters that are read about once a second.
type readings[T any] struct {
	samples [WindowSlots + 1]sample[T] // oldest first; a slot lies between two samples
	n       int                        // samples in use
}

type sample[T any] struct {
	at     time.Time
	totals T
}

// Summary is what a window saw. The zero value says: nothing yet.
type Summary struct {
	// Requests are a version's first attempts without canceled ones, writes included, and
	// Errors those that failed; or what users asked for, and saw fail.
	Requests, Errors uint64
	ErrorRate        float64 // Errors / Requests, 0 to 1; 0 without requests
	// P50, P90 and P99 are of the time to the first byte, of all attempts that were
	// answered; or of a user's request, to the end of its answer. 0 without any.
	P50, P90, P99 time.Duration
	Span          time.Duration // of time that this covers; ten seconds once filled
}

// Push takes a reading at now. It is meant to be called once a second; the first call
// only sets where counting begins. Readings that come faster update the slot being
// filled; after a pause the gap counts as one slot. Time must not go backwards.
func (r *readings[T]) Push(now time.Time, t *T) {
	if r.n >= 2 && r.samples[r.n-1].at.Sub(r.samples[r.n-2].at) < slotLength-slotSlack {
		r.n-- // the newest slot is still being filled
	}
	// Keep as oldest the first sample not older than the window, but at least one.
	old := 0
	for old < r.n-1 && now.Sub(r.samples[old].at) > WindowSlots*slotLength+slotSlack {
		old++
	}
	if r.n-old == len(r.samples) {
		old++
	}
	if old > 0 {
		r.n = copy(r.samples[:], r.samples[old:r.n])
	}
	r.samples[r.n].at, r.samples[r.n].totals = now, *t
	r.n++
}

// between are the readings at the ends of the newest slots; nil before there are two.
func (r *readings[T]) between(slots int) (oldest, newest *sample[T]) {
	if r.n < 2 {
		return nil, nil
	}
	return &r.samples[max(0, r.n-1-slots)], &r.samples[r.n-1]
}

// Sum is what happened between the oldest and the newest reading.
func (w *Window) Sum() Summary { return w.sum(WindowSlots) }

// Last is what happened in the newest slot.
func (w *Window) Last() Summary { return w.sum(1) }

func (w *Window) sum(slots int) Summary {
	oldest, newest := w.between(slots)
	if newest == nil {
		return Summary{}
	}
	diff := newest.totals
	diff.Sub(&oldest.totals)
	writes, writesFailed := diff.PinnedWrites()
	return summary(
		diff.Requests()+failed(&diff.Repeated)+writes, diff.Failures()+failed(&diff.Repeated)+writesFailed,
		&diff.Latency, newest.at.Sub(oldest.at))
}

// Sum is what users saw between the oldest and the newest reading.
func (w *UsersWindow) Sum() Summary { return w.sum(WindowSlots) }

// Last is what users saw in the newest slot.
func (w *UsersWindow) Last() Summary { return w.sum(1) }

func (w *UsersWindow) sum(slots int) Summary {
	oldest, newest := w.between(slots)
	if newest == nil {
		return Summary{}
	}
	diff := newest.totals
	diff.Sub(&oldest.totals)
	return summary(diff.Requests(), diff.Errors, &diff.Duration, newest.at.Sub(oldest.at))
}

func summary(requests, errors uint64, h *Histogram, span time.Duration) Summary {
	s := Summary{Requests: requests, Errors: errors, P50: h.Quantile(0.50), P90: h.Quantile(0.90), P99: h.Quantile(0.99), Span: span}
	if requests > 0 {
		s.ErrorRate = float64(errors) / float64(requests)
	}
	return s
}
