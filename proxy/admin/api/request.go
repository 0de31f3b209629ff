package api

// SplitRequest is the body of PUT /v1/upstreams/{u}/split. Weights are 0 or more
// and of any total. A version left out gets 0; stable left out gets 100 minus the
// others, which must not be negative.
//
// Reason and Author, here and in the other requests, are for the history: a line
// each, of at most 1000 and 100 bytes. Line breaks become spaces, other control
// characters are refused.
type SplitRequest struct {
	Weights map[string]float64 `json:"weights"`
	// Override gives a version more that is kept from it for the sake of the database, as
	// with an undo. It needs a reason.
	Override bool   `json:"override,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Author   string `json:"author,omitempty"` // who asks
}

// RolloutRequest is the body of POST /v1/upstreams/{u}/rollout.
type RolloutRequest struct {
	To       string `json:"to"`
	Strategy string `json:"strategy,omitempty"` // empty: the configured one
	ID       string `json:"id,omitempty"`       // empty: one is made up
	Reason   string `json:"reason,omitempty"`
	Author   string `json:"author,omitempty"`
}

// Verb is the last element of POST /v1/upstreams/{u}/rollout/{verb}.
type Verb string

// The verbs of a running rollout.
const (
	Promote Verb = "promote" // end the current wait
	Pause   Verb = "pause"   // stop advancing, nothing else
	Resume  Verb = "resume"  // end a pause or a hold
	Abort   Verb = "abort"   // revert
)

// VerbRequest is the body of a verb; an empty body is the zero value.
type VerbRequest struct {
	Full   bool   `json:"full,omitempty"`  // promote only: straight to the bake
	Force  bool   `json:"force,omitempty"` // abort only: also to a version that cannot run on the database's schema
	Reason string `json:"reason,omitempty"`
	Author string `json:"author,omitempty"`
}

// GateRequest is the body of POST .../rollout/gates/{gate}, of upstreams and flags.
type GateRequest struct {
	Approve *bool  `json:"approve"` // required
	Reason  string `json:"reason,omitempty"`
	Author  string `json:"author,omitempty"`
}

// ReadOnlyRequest is the body of PUT /v1/upstreams/{u}/read-only.
type ReadOnlyRequest struct {
	On     *bool  `json:"on"` // required
	Reason string `json:"reason,omitempty"`
	Author string `json:"author,omitempty"`
}

// UndoRequest is the body of POST /v1/upstreams/{u}/undo; an empty body is the
// zero value: back to the newest earlier revision that was settled with another
// stable.
type UndoRequest struct {
	ToRevision *uint64 `json:"to_revision,omitempty"` // nil: the default undo
	// Override goes past what guards the database: a point of no return, and a schema
	// that the version to go to cannot run on. It needs a reason.
	Override bool   `json:"override,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Author   string `json:"author,omitempty"`
}

// EndpointRequest is the body of PATCH /v1/upstreams/{u}/endpoints/{address}.
// State or Weight or both must be given.
type EndpointRequest struct {
	State  *string `json:"state,omitempty"`  // one of the State words; nil: unchanged
	Weight *int    `json:"weight,omitempty"` // nil: unchanged
	// Version is needed only when several versions have the address.
	Version string `json:"version,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Author  string `json:"author,omitempty"`
}
