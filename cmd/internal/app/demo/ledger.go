package demo

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// entry is one request in a backend's log.
type entry struct {
	received, answered time.Time
	status             int
}

// String is the entry as a line; parseEntry reads it.
func (e entry) String() string {
	return fmt.Sprintf("%d %d %d", e.received.UnixNano(), e.answered.UnixNano(), e.status)
}

func parseEntry(line string) (entry, error) {
	var received, answered int64
	var e entry
	if _, err := fmt.Sscanf(line, "%d %d %d", &received, &answered, &e.status); err != nil {
		return e, fmt.Errorf("demo backend said %q: %w", line, err)
	}
	e.received, e.answered = time.Unix(0, received), time.Unix(0, answered)
	return e, nil
}

// ledger sums up a backend's log while it grows.
type ledger struct {
	mu  sync.Mutex
	sum summary
}

// summary is what the end of the demo needs of one backend's log.
type summary struct {
	requests, bad int
	firstBad      time.Time // when the first bad answer went out; zero: none
	last          time.Time // when the last request came; zero: none
}

func (l *ledger) add(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum.requests++
	if e.received.After(l.sum.last) {
		l.sum.last = e.received
	}
	if e.status != http.StatusOK {
		l.sum.bad++
		if l.sum.firstBad.IsZero() || e.answered.Before(l.sum.firstBad) {
			l.sum.firstBad = e.answered
		}
	}
}

func (l *ledger) summary() summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sum
}

// exposure is how long a bad version went on getting requests.
func (s summary) exposure() time.Duration {
	if s.bad == 0 || s.last.Before(s.firstBad) {
		return 0
	}
	return s.last.Sub(s.firstBad)
}
