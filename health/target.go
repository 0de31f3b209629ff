package health

import (
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// Target is one endpoint to look after. Its identity is Live: a target with the
// same Live in the next Set keeps its history, whatever else has changed.
type Target struct {
	Upstream, Version, Address string

	Live  *balancer.Live    // never nil; Monitor writes its check state and ejection
	Stats *outcome.Endpoint // read for ejection; nil: never ejected
	Fails *balancer.Fails   // ejects by NGINX's rules, instead of by Stats; nil: by Stats
	Probe Probe             // nil: no active checks, and the check state is set to up
	Check CheckOptions      // of Probe
	Care  *outcome.Care     // gets checks and ejections counted; nil: nobody reads them
	Found *Found            // gets what is found, for people; nil: nobody reads it

	// SlowStart is how long the share of an endpoint grows that has come back, or is new
	// and has passed its checks; 0: it has all of it at once. Those of the first Set are
	// not new.
	SlowStart time.Duration

	// Candidate reports whether the version is being judged by a rollout now: then
	// all of its endpoints may be ejected. nil means never. Called by Monitor's
	// goroutine when an ejection is decided; must not block.
	Candidate func() bool
}

// CheckOptions says how often a probe runs and how many results in a row count.
// Values that are not positive get the default.
type CheckOptions struct {
	Interval     time.Duration // between the starts of two checks; default 2s
	IntervalDown time.Duration // the same, while the endpoint is not up; default Interval
	Jitter       float64       // by what share of the interval a check may be late, so that two proxies with one clock do not probe in step; default none
	Timeout      time.Duration // of one check, which then counts as failed; default 1s
	Rise         int           // passes in a row that bring an endpoint up; default 2
	Fall         int           // failures in a row that take it down; default 3
	Optional     bool          // an endpoint serves until its checks take it down
}

func (o CheckOptions) withDefaults() CheckOptions {
	if o.Interval <= 0 {
		o.Interval = 2 * time.Second
	}
	if o.IntervalDown <= 0 {
		o.IntervalDown = o.Interval
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	if o.Rise <= 0 {
		o.Rise = 2
	}
	if o.Fall <= 0 {
		o.Fall = 3
	}
	return o
}
