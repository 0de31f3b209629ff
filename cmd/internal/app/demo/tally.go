package demo

import (
	"slices"
	"sync"
	"time"
)

// tally is the log of the users' side, summed up: everything since the start,
// and the last second for the view.
type tally struct {
	mu     sync.Mutex
	all    total
	recent []sample // of the last second, oldest first
}

// total is what happened since the start.
type total struct {
	requests int
	errors   int
	late     int   // answers after overdue, be they good or bad
	first    error // the first error, to be told
}

type sample struct {
	at      time.Time
	latency time.Duration
	failed  bool
}

func (t *tally) add(now time.Time, latency time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all.requests++
	if latency >= overdue {
		t.all.late++
	}
	if err != nil {
		t.all.errors++
		if t.all.first == nil {
			t.all.first = err
		}
	}
	t.recent = append(t.recent, sample{now, latency, err != nil})
	t.prune(now)
}

// prune forgets what is older than a second.
func (t *tally) prune(now time.Time) {
	old := 0
	for old < len(t.recent) && now.Sub(t.recent[old].at) > time.Second {
		old++
	}
	t.recent = slices.Delete(t.recent, 0, old)
}

func (t *tally) total() total {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// lately is the last second before now: requests, errors, and the latency that
// one in a hundred exceeds.
func (t *tally) lately(now time.Time) (requests, errors int, p99 time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prune(now)
	latencies := make([]time.Duration, 0, len(t.recent))
	for _, s := range t.recent {
		latencies = append(latencies, s.latency)
		if s.failed {
			errors++
		}
	}
	if len(latencies) == 0 {
		return 0, 0, 0
	}
	slices.Sort(latencies)
	return len(latencies), errors, latencies[(len(latencies)-1)*99/100]
}
