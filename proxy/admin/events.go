package admin

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/proxy/admin/api"
)

// eventsKept is how many events a reader may lag behind, or miss while it
// reconnects, before it loses some.
const eventsKept = 1024

// EventLog keeps the latest events for GET /v1/events. Readers follow it at
// their own pace: a slow one loses events, and delays nobody.
type EventLog struct {
	boot   string // makes an id of an earlier process recognisable
	closed chan struct{}
	close  func() // closes closed, once

	mu struct {
		sync.Mutex
		ring []api.Event   // event number n is at n % eventsKept
		next uint64        // number of the next event, from 1
		more chan struct{} // closed when an event is published
	}
}

// NewEventLog is empty. Its ids are unique across restarts of the process.
func NewEventLog() *EventLog {
	l := &EventLog{boot: strconv.FormatInt(time.Now().UnixNano(), 36), closed: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	l.mu.ring = make([]api.Event, eventsKept)
	l.mu.next = 1
	l.mu.more = make(chan struct{})
	return l
}

// Close ends every reader's stream. Events published later are not sent; it may
// be called more than once.
func (l *EventLog) Close() { l.close() }

// Publish gives e an id (and the present time if it has none) and hands it to
// every reader. It never blocks for a reader; any goroutine may call it.
func (l *EventLog) Publish(e api.Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.boot + "-" + strconv.FormatUint(l.mu.next, 10)
	l.mu.ring[l.mu.next%eventsKept] = e
	l.mu.next++
	close(l.mu.more)
	l.mu.more = make(chan struct{})
}

// since returns the events from number from on that are still kept, the number
// to go on with, and a channel that closes when there is more.
func (l *EventLog) since(from uint64) (events []api.Event, next uint64, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if oldest := l.oldest(); from < oldest {
		from = oldest
	}
	for n := from; n < l.mu.next; n++ {
		events = append(events, l.mu.ring[n%eventsKept])
	}
	return events, l.mu.next, l.mu.more
}

// resume is the number to begin with for a reader whose last id this was: the
// one behind it; the oldest kept for an id of another process, because what the
// reader missed is unknown; the next one for a reader without an id.
func (l *EventLog) resume(lastID string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lastID == "" {
		return l.mu.next
	}
	boot, number, _ := strings.Cut(lastID, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || boot != l.boot || n >= l.mu.next {
		return l.oldest()
	}
	return n + 1
}

// oldest is the number of the oldest event kept; the caller holds the lock.
func (l *EventLog) oldest() uint64 {
	if l.mu.next <= eventsKept {
		return 1
	}
	return l.mu.next - eventsKept
}
