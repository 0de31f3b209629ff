package control

import (
	"time"

	"weir/balancer/rollout"
)

// EventKind is what an event is about.
type EventKind string

// The kinds of event.
const (
	EventRevision  EventKind = "revision"        // an upstream's split or stable changed
	EventRollout   EventKind = "rollout"         // a rollout or guard changed its state or step
	EventWriteHold EventKind = "write_hold"      // writes are held for a rollout, or go on
	EventReadOnly  EventKind = "read_only"       // an upstream refuses its writes, or serves them again
	EventEndpoint  EventKind = "endpoint"        // an endpoint's state, weight or health changed
	EventReload    EventKind = "reload"          // a configuration was applied or refused
	EventResolve   EventKind = "resolve"         // a version's endpoints are elsewhere, says DNS
	EventSchema    EventKind = "schema"          // the database's schema is another one, or is not known any more
	EventGate      EventKind = "gate"            // a gate is asked, or has answered
	EventState     EventKind = "state"           // changes can no longer, or can again, be kept
	EventRetired   EventKind = "version_retired" // the version before a rollout is done with: no request is left, none is to come
	EventFlag      EventKind = "flag"            // something was set over a flag's definition
	EventContract  EventKind = "contract"        // the gates of after_finish have passed, or failed
)

// Event is one change, as it happened. Fields that do not apply are zero.
type Event struct {
	Kind     EventKind
	At       time.Time
	Upstream string // "": the whole process
	Flag     string // "": it is about none
	Group    string // whose rollout it is about; "": of no group
	Version  string
	Address  string // of the endpoint
	Revision uint64 // the upstream's current revision
	State    string // the new state of whatever it is about
	Source   Source // of EventFlag, who has set it; EventRevision has it in State
	Reason   string // a sentence
	Retired  *Retired
	Move     Move // of a rollout, its guard or its gates; zero: it is about none
	Approval bool // a gate begins to wait for somebody's answer
	// Link is the page of that answer, where people reach it; "": there is no admin.url.
	// Whoever has it can answer: it is for targets of notifications alone.
	Link string
}

// subject is what the event is about as the log names it.
func (ev *Event) subject() (key, name string) {
	if ev.Flag != "" {
		return keyFlag, ev.Flag
	}
	return keyUpstream, ev.Upstream
}

// Move is the rollout that an event is about, as it was then.
type Move struct {
	Rollout, From, To string
	Weight            float64 // the candidate's, percent of From's and To's
	Gate              string  // "": it is about no gate
}

func moveOf(s *rollout.State) Move {
	return Move{Rollout: s.ID, From: s.Plan.From, To: s.Plan.To, Weight: s.Percent}
}

// Retired is what EventRetired knows besides: nothing is in flight, and the version is
// kept warm no longer.
type Retired struct {
	LastRequestAt time.Time
}

// emit stamps the event and hands it out.
func (c *Control) emit(ev Event) {
	ev.At = time.Now()
	if c.opts.Emit != nil {
		c.opts.Emit(ev)
	}
	c.notifier.Tell(message(&ev))
}
