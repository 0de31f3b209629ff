package rollout

import (
	"slices"
	"time"

	"weir/balancer/verdict"
)

// Why a rollout may hold.
const (
	causeGate         = "gate"
	causeUnusable     = "unusable"
	causeErrors       = "errors"
	causeCapacity     = "capacity"
	causeSchema       = "schema"
	causeClientErrors = "client_errors"
	causeSampleRatio  = "sample_ratio"
	causePlain        = "plain"
)

// causes are ranked: a graver one takes the place of another.
var causes = []string{"", causeGate, causeSampleRatio, causeClientErrors, causeCapacity, causeSchema, causePlain, causeErrors, causeUnusable}

// leftToPeople says that a cause is no word on how good the candidate is: a person decides.
func leftToPeople(cause string) bool { return cause == causeClientErrors || cause == causeSampleRatio }

func graver(cause, than string) bool {
	return slices.Index(causes, cause) > slices.Index(causes, than)
}

const (
	// clearAfter is how long a cause has to be gone before a hold ends by itself.
	clearAfter = 10 * time.Second
	// clearSample is how many requests of the candidate a cause needs to be gone:
	// without any, nothing has got better.
	clearSample = 20

	// sharedUnusableFor replaces a shorter UnusableFor when stable failed too: a
	// candidate that a shared outage took out wholly may come back later than
	// stable, whose last endpoint is never ejected, and is not worse for it.
	sharedUnusableFor = 30 * time.Second
)

// Hold is why a rollout holds and what was seen since. Its zero value does not
// hold. A hold is looked at in blocks: a block that was clean ends it (errors)
// or proves stable well enough to revert (unusable); any other begins a new one.
type Hold struct {
	// Cause is one of causes, or empty.
	Cause string `json:"cause,omitempty"`
	// Block is the age of the current block, Stable and Candidate what was
	// counted in it.
	Block     time.Duration `json:"block,omitempty"`
	Stable    Counts        `json:"stable,omitzero"`
	Candidate Counts        `json:"candidate,omitzero"`
	Writes    Counts        `json:"writes,omitzero"` // the candidate's
	// Unusable is how long the candidate has had no usable endpoint, without a
	// break; Usable how long it has had one again.
	Unusable time.Duration `json:"unusable,omitempty"`
	Usable   time.Duration `json:"usable,omitempty"`
	// Shared is set when stable was above MaxErrorRate during the hold, or had no
	// usable endpoint either.
	Shared bool `json:"shared,omitempty"`
}

func (h *Hold) again() { h.Block, h.Stable, h.Candidate, h.Writes = 0, Counts{}, Counts{}, Counts{} }

func (h *Hold) pass(elapsed time.Duration, o *Observation) {
	if h.Cause == "" {
		return
	}
	h.Block += elapsed
	switch {
	case o.CandidateUsable > 0:
		h.Unusable = 0
		h.Usable += elapsed
	case o.CandidatePending > 0: // not known yet, which is no fault of the candidate
		h.Unusable, h.Usable = 0, 0
	default:
		h.Usable = 0
		h.Unusable += elapsed
	}
}

// gone reports whether the cause of the hold has been gone for clearAfter, by what was
// found last.
func (s *State) gone(f finding, o *Observation) bool {
	h := &s.Hold
	switch h.Cause {
	case causeGate: // else it is left to people, after a restart too
		return s.Asked != Asked{} && s.answered(o)
	case causePlain:
		return h.Block >= clearAfter && f.cause != causePlain
	case causeSampleRatio:
		good := h.clean(s.Evidence.mended())
		if !good && h.Block == 0 { // another block, another sample
			s.Evidence.Sample = verdict.SampleRatio{}
		}
		return good
	}
	return h.over(s.Plan.Rules)
}

// over reports whether the cause has been gone for clearAfter.
func (h *Hold) over(r Rules) bool {
	switch h.Cause {
	case causeUnusable:
		return h.Usable >= clearAfter
	case causeCapacity, causeSchema:
		return h.Block >= clearAfter // a block ends whenever it is still so
	case causeErrors:
		return h.clean(inside(h.Candidate, r.MaxErrorRate) && inside(h.Writes, r.MaxErrorRate))
	case causeClientErrors:
		return h.clean(alike(h.Candidate, h.Stable, r.Tolerate))
	}
	return false
}

// clean ends a block that is long enough: it reports whether it was good, and
// begins another one if not.
func (h *Hold) clean(good bool) bool {
	if h.Block < clearAfter || h.Candidate.Requests < clearSample {
		return false
	}
	if !good {
		h.again()
	}
	return good
}

// inside reports whether c is within an error rate; 0, or 1 and more, is no limit.
func inside(c Counts, limit float64) bool {
	return limit <= 0 || limit >= 1 || float64(c.Failures) <= limit*float64(c.Requests)
}
