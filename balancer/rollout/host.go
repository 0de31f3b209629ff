package rollout

import (
	"context"

	"weir/balancer"
)

// Host is the control plane of one upstream as its engine sees it.
type Host interface {
	// Observe fills o for the candidate against the current stable version.
	// o.Endpoints comes with length 0 and the capacity of the last call. Only
	// the engine's goroutine calls it.
	Observe(candidate string, o *Observation)
	// Commit hands a change to the writer and returns the revision it made, or
	// the current one for a change without weights. The writer persists before
	// it publishes, except with c.Safety. Brief must show the change when
	// Commit returns. A change that is not for safety and whose ctx ends before
	// it is published is withdrawn: what was persisted of it is taken back. It
	// retires the trip of a candidate that becomes stable right before it
	// publishes that. Called from a goroutine of the engine, one call at a time.
	Commit(ctx context.Context, c Change) (revision uint64, err error)
	// Announce tells people that a rollout or guard has another phase, step or
	// reason. It never blocks. Only the engine's goroutine calls it.
	Announce(s State)
	// Brief returns the latest published facts. It never blocks.
	Brief() Brief
}

// Subject is a rollout and the trip word that takes its candidate out.
type Subject struct {
	State State
	Trip  *balancer.Trip
}

// Brief is what the engine has to know about its upstream.
type Brief struct {
	Revision uint64
	Stable   string
	Weights  map[string]float64 // by version; not written after publication
	// Guards has a fresh state for every version with weight above 0 that is
	// neither stable nor the explicit rollout's candidate. The engine goes on
	// with the state it has while To, From and Trip stay the same.
	Guards []Subject
	// Rollout is the explicit rollout that has not ended, nil if there is none;
	// after a restart the persisted one.
	Rollout *Subject
}

// Change is one decision on its way to the writer.
type Change struct {
	Base    uint64 // the revision that the decision was made on
	IfMatch uint64 // the caller's If-Match; 0: none
	State   State  // to be persisted
	Trip    *balancer.Trip
	// Move says what to do with the weights. SetPercent and Revert: the
	// candidate gets Percent of From's and To's weight together, From the rest.
	// Finish: stable becomes To. Stay: only persist State.
	Move    Move
	Percent float64
	// Safety changes publish first and persist after; they are never refused.
	Safety bool
	// Start marks the first change of an explicit rollout.
	Start bool
	// Source is rollout or guard; Author and Reason are for the history.
	Source, Author, Reason string
	From                   string // where the author is; "": nobody asked
	// Published is that of the request which led to the change; nil: nobody asked.
	Published func()
}

// Meta is what comes with an operator's request. The zero value is nobody, for
// no reason, on any revision.
type Meta struct {
	IfMatch        uint64
	Author, Reason string
	From           string // where the author is; "": it is not known
	// Published is called by the host when the change that was asked for is in
	// force, before the writer takes another: the moment to see what it made.
	Published func()
}
