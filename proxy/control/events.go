package control

import (
	"sync"
	"time"
)

// EventKind is what an event is about.
type EventKind string

// The kinds of event.
const (
	EventRevision EventKind = "revision" // an upstream's split or stable changed
	EventRollout  EventKind = "rollout"  // a rollout or guard changed its state or step
	EventEndpoint EventKind = "endpoint" // an endpoint's state, weight or health changed
	EventReload   EventKind = "reload"   // a configuration was applied or refused
	EventState    EventKind = "state"    // changes can no longer, or can again, be kept
	EventLost     EventKind = "lost"     // the last event of a subscriber that was too slow
)

// Event is one change, as it happened. Fields that do not apply are zero.
type Event struct {
	ID       uint64 // from 1, increasing by one
	Kind     EventKind
	At       time.Time
	Upstream string // "": the whole process
	Version  string
	Address  string // of the endpoint
	Revision uint64 // the upstream's current revision
	State    string // the new state of whatever it is about
	Reason   string // a sentence
}

// eventBacklog is how many events a subscriber may be behind.
const eventBacklog = 256

// events hands every event to every subscriber without ever waiting for one.
type events struct {
	mu struct {
		sync.Mutex
		last        uint64
		subscribers map[chan Event]struct{}
	}
}

// subscribe returns a channel of the events from now on and a function that
// ends the subscription. A subscriber that falls eventBacklog events behind
// gets EventLost as its last event; then, and when the subscription is ended,
// its channel is closed.
func (e *events) subscribe() (<-chan Event, func()) {
	ch := make(chan Event, eventBacklog+1) // one place is kept for EventLost
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.subscribers == nil {
		e.mu.subscribers = map[chan Event]struct{}{}
	}
	e.mu.subscribers[ch] = struct{}{}
	return ch, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.drop(ch)
	}
}

// drop ends a subscription; e.mu is held. Ending twice is harmless.
func (e *events) drop(ch chan Event) {
	if _, ok := e.mu.subscribers[ch]; ok {
		delete(e.mu.subscribers, ch)
		close(ch)
	}
}

// publish numbers the event, stamps it and hands it out.
func (e *events) publish(ev Event) {
	ev.At = time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mu.last++
	ev.ID = e.mu.last
	for ch := range e.mu.subscribers {
		if len(ch) < eventBacklog {
			ch <- ev
			continue
		}
		ch <- Event{ID: ev.ID, Kind: EventLost, At: ev.At, Reason: "this reader was too slow: events were left out"}
		e.drop(ch)
	}
}
