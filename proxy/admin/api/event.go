package api

import "time"

// Heartbeat is the longest silence on a live event stream: the server sends at
// least a comment that often.
const Heartbeat = 15 * time.Second

// Event is one message of GET /v1/events.
type Event struct {
	// ID is opaque. A reader sends the last one it saw as Last-Event-ID to go on
	// behind it, which works while the server still has it.
	ID       string    `json:"id"`
	Type     string    `json:"type"` // one of the Event words
	At       time.Time `json:"at"`
	Upstream string    `json:"upstream,omitempty"` // empty: the whole process
	Group    string    `json:"group,omitempty"`    // whose rollout it is about; empty: of no group
	Flag     string    `json:"flag,omitempty"`     // empty: it is about none
	Version  string    `json:"version,omitempty"`
	Address  string    `json:"address,omitempty"`  // of the endpoint it is about
	Revision uint64    `json:"revision,omitempty"` // 0: not about a revision
	State    string    `json:"state,omitempty"`    // the new state, of whatever it is about
	Reason   string    `json:"reason,omitempty"`   // a sentence with its numbers
	// LastRequestAt, Inflight and Warm are of version_retired: when its last request
	// ended, 0 and false.
	LastRequestAt *time.Time `json:"last_request_at,omitempty"`
	Inflight      *int64     `json:"in_flight,omitempty"`
	Warm          *bool      `json:"warm,omitempty"`
}

// EventTypes lists every type of event that this version sends.
var EventTypes = []string{
	EventRevision, EventRollout, EventGate, EventEndpoint, EventReload, EventResolve, EventSchema,
	EventWriteHold, EventReadOnly, EventRetired, EventContract, EventFlag, EventState,
}

// Types of events. More may come: a reader ignores those it does not know.
const (
	EventRevision  = "revision"        // an upstream's split changed
	EventRollout   = "rollout"         // a rollout or guard changed its state or step
	EventWriteHold = "write_hold"      // writes are held for a rollout, or go on
	EventReadOnly  = "read_only"       // an upstream refuses its writes, or serves them again
	EventEndpoint  = "endpoint"        // an endpoint's state or health changed
	EventReload    = "reload"          // the file was loaded or refused
	EventResolve   = "resolve"         // DNS gives other addresses for a version's endpoints
	EventSchema    = "schema"          // the database's schema is another one, or is not known any more
	EventGate      = "gate"            // a gate of a rollout is asked, or has answered
	EventState     = "state"           // changes can no longer, or can again, be kept
	EventRetired   = "version_retired" // the version before a rollout is done with: no request is left, none is to come
	EventFlag      = "flag"            // something was set over a flag's definition
	EventContract  = "contract"        // the gates of after_finish have passed, or failed
)
