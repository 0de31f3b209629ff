package api

import "time"

// Gates answers GET /v1/upstreams/{u}/rollout/gates and /v1/flags/{f}/rollout/gates, in the
// order of the plan.
type Gates struct {
	Gates []Gate `json:"gates"`
}

// Gate is a question that a rollout asks at a point of its way.
type Gate struct {
	Name   string `json:"name"`
	At     string `json:"at"`             // the point: before_start, before_switch, ...
	Step   int    `json:"step,omitempty"` // that it was asked before, from 1; 0: not before a step
	State  string `json:"state"`          // one of the Gate words
	Reason string `json:"reason"`         // how it has answered, or how far it is
	// Approval tells gates that people answer from those that are measured; Author is
	// who has.
	Approval bool       `json:"approval"`
	Author   string     `json:"author,omitempty"`
	Since    *time.Time `json:"since"` // of the state; null before it was asked
	// Link is the page on which an approval that is asked now can be answered, once and
	// until Expires: an address, or only its path where the configuration has no
	// admin.url. Only GET .../rollout/gates has it.
	Link    string     `json:"link,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
}

// States of a gate.
const (
	GatePending    = "pending"    // its turn has not come
	GateNotAsked   = "not_asked"  // it will not come, or the answer is not wanted any more
	GateSkipped    = "skipped"    // a promote has gone on without its answer
	GateAsking     = "asking"     // its answer is waited for
	GatePassed     = "passed"     // yes, or what on_timeout takes for one
	GateRejected   = "rejected"   // no, or what on_timeout takes for one
	GateUnanswered = "unanswered" // none, and on_timeout is hold
)

// Approval is what the page of a link shows.
type Approval struct {
	Upstream, Flag    string // one of them
	Rollout, Gate, At string
	From, To          string
	Weight            float64 // percentage that To has now
	Reason            string
	Expires           time.Time
}
