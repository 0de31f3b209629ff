package simulate

import "time"

// attempt is a first attempt that fails.
type attempt struct {
	endpoint int  // of the candidate
	client   int  // in a keyed split
	own      bool // it is the client's fault, and fails everywhere
	stable   bool // stable fails it too
}

// hanging is an attempt that is never answered, and when that is known.
type hanging struct {
	attempt
	until time.Time
}

// give gives up what has been waited for long enough. It is called at every look,
// as the scan for overdue attempts is made as often as the engine looks.
func (w *World) give() {
	given := 0
	for _, h := range w.hanging {
		if h.until.After(w.Now) || w.Over() {
			break
		}
		given++
		w.failCandidate(h.attempt)
		w.wake()
	}
	w.hanging = w.hanging[given:]
}

func (w *World) failStable(a attempt) {
	o := &w.Observed
	o.UserErrors++
	o.FailedAttempts++
	if w.first(a) {
		o.Stable.Requests++
		o.Stable.Failures++
	}
}

func (w *World) failCandidate(a attempt) {
	if w.Failures == 0 {
		w.FirstFailure = w.Elapsed()
	}
	w.Failures++
	o := &w.Observed
	o.FailedAttempts++
	if w.first(a) {
		o.Candidate.Requests++
		o.Candidate.Failures++
		o.Endpoints[a.endpoint].Requests++
		o.Endpoints[a.endpoint].Failures++
	}
	w.fail(a.endpoint)
	w.shield(a)
}

// shield retries on stable what failed on the candidate.
func (w *World) shield(a attempt) {
	o := &w.Observed
	if w.Posts > 0 && w.rng.Float64() < w.Posts {
		o.UserErrors++
		return
	}
	o.Retries++
	if !a.stable {
		o.RetriesOK++
		return
	}
	o.UserErrors++
	o.FailedAttempts++
}
