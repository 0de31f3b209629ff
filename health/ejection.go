package health

import (
	"fmt"
	"time"

	"weir/health/outcome"
)

// The rules of outlier ejection.
const (
	rowToEject      = 5  // blaming failures in a row
	attemptsToEject = 20 // or at least so many attempts within ten seconds,
	shareToEject    = 2  // of which one in so many failed

	ejectBase   = 10 * time.Second // times how often in a row it was ejected
	ejectMax    = 5 * time.Minute  // ... up to this
	ejectJitter = 0.1              // and up to this share longer, so that they do not return together

	// forgetAfter is how long an endpoint must have been back for its next ejection
	// to count as the first again.
	forgetAfter = ejectMax
)

// recent remembers an endpoint's counts at the last ten ticks of one second, so
// that it can tell what happened in nearly ten seconds: nine to ten.
type recent struct {
	marks  [10]mark
	oldest int
	sheet  uint32 // the endpoint's clean sheet that they begin with
}

type mark struct{ ok, failed uint64 }

// restart forgets all before c.
func (r *recent) restart(c outcome.EndpointCounts) {
	for i := range r.marks {
		r.marks[i] = mark{c.OK, c.Failed}
	}
	r.sheet = c.Sheet
}

// tick replaces the oldest mark by c. To be called once a second.
func (r *recent) tick(c outcome.EndpointCounts) {
	r.marks[r.oldest] = mark{c.OK, c.Failed}
	r.oldest = (r.oldest + 1) % len(r.marks)
}

// trouble is what speaks against an endpoint.
type trouble struct {
	row              uint32 // failures in a row
	failed, attempts uint64 // of the last ten seconds
}

// until is what happened from the oldest mark to c.
func (r *recent) until(c outcome.EndpointCounts) trouble {
	if c.Sheet != r.sheet {
		r.restart(c)
	}
	old := r.marks[r.oldest]
	failed := c.Failed - old.failed
	return trouble{row: c.Consecutive, failed: failed, attempts: failed + c.OK - old.ok}
}

// enough reports whether that is enough to eject the endpoint.
func (t trouble) enough() bool {
	return t.row >= rowToEject || t.attempts >= attemptsToEject && t.failed*shareToEject >= t.attempts
}

// String is the cause of the ejection, for the log.
func (t trouble) String() string {
	if t.row >= rowToEject {
		return fmt.Sprintf("%d failures in a row", t.row)
	}
	return fmt.Sprintf("%d of %d attempts failed within 10s", t.failed, t.attempts)
}

// tally is what the ejection of one endpoint may depend on in its version.
type tally struct {
	total, ejected, usable int
	candidate              bool // the version is being judged by a rollout
}

// allows reports whether one more usable endpoint may be ejected: at most half of
// the version's endpoints, and never the last usable one, unless a rollout judges
// the version: a candidate may go wholly, as stable takes its share.
func (t tally) allows() bool {
	return t.candidate || t.usable > 1 && 2*(t.ejected+1) <= t.total
}

// ejection is one endpoint's history of ejections.
type ejection struct {
	out    bool
	times  int       // ejections in a row
	until  time.Time // when it may return
	back   time.Time // when it last returned
	passes int       // checks passed in a row since it was ejected
}

// begin is the state after an ejection at now; roll (0 to 1) picks the jitter.
func (e ejection) begin(now time.Time, roll float64) ejection {
	if now.Sub(e.back) >= forgetAfter {
		e.times = 0
	}
	e.times = min(e.times+1, int(ejectMax/ejectBase))
	length := time.Duration(e.times) * ejectBase
	length += time.Duration(roll * ejectJitter * float64(length))
	e.out, e.until, e.passes = true, now.Add(length), 0
	return e
}

// checked is the state after an active check of the ejected endpoint.
func (e ejection) checked(passed bool) ejection {
	if passed {
		e.passes++
	} else {
		e.passes = 0
	}
	return e
}

// over reports whether the endpoint may return at now: its time is over and, if it
// has active checks, it has passed rise of them in a row since it was ejected. rise
// is 0 without active checks.
func (e ejection) over(now time.Time, rise int) bool {
	return e.out && !now.Before(e.until) && e.passes >= rise
}

// end is the state after the return at now.
func (e ejection) end(now time.Time) ejection {
	e.out, e.back = false, now
	return e
}
