package balancer

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// FailRule says how many failures take an endpoint out and for how long, as NGINX's
// max_fails and fail_timeout say it. The zero value takes none out.
type FailRule struct {
	Max     int           // failures that take it out; 0: none do
	Timeout time.Duration // in whole seconds: how long it is out, and for how long failures count
	Slow    bool          // it comes back with the least share of slow start, which somebody else lets grow
}

// Fails is one endpoint's failure accounting as NGINX has it, which is no sliding
// window: failures add up for as long as none of them is further than Timeout from
// the next pick. It sets the ejected bit of the endpoint's word itself, because the
// request right behind a failure must pass over the endpoint already.
//
// Time has a resolution of one second, as there: ten seconds are more than ten and at
// most eleven. Fails outlives generations. All methods may be called by any goroutine
// at any time; while nothing has failed, what requests call is one load.
type Fails struct {
	live  *Live
	since time.Time // where the seconds are counted from
	some  atomic.Bool

	mu struct {
		sync.Mutex
		rule    FailRule
		fails   int
		failed  int64 // second of the last failure
		checked int64 // second of the last failure, or of the first pick after its Timeout
		tried   int64 // second of the last trial that was allowed
	}
}

// NewFails returns the accounting of an endpoint that has not failed. since is no
// later than any time that it will be told.
func NewFails(live *Live, since time.Time) *Fails { return &Fails{live: live, since: since} }

// SetRule sets what is counted. Another rule forgets what was counted by the last. It
// reports whether the endpoint's word has changed by it.
func (f *Fails) SetRule(r FailRule) (flipped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r == f.mu.rule {
		return false
	}
	flipped = f.forget()
	f.mu.rule = r
	return flipped
}

// Rule is what is counted.
func (f *Fails) Rule() FailRule {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mu.rule
}

// Some reports whether a failure is counted. Without one there is no need to call
// Picked and Ended.
func (f *Fails) Some() bool { return f.some.Load() }

// Picked is for an attempt that begins at the endpoint.
func (f *Fails) Picked(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := f.second(now); at-f.mu.checked > f.mu.rule.seconds() {
		f.mu.checked = at
	}
}

// Failed counts a failure. It reports whether the endpoint's word has changed by it.
func (f *Fails) Failed(now time.Time) (flipped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mu.rule.Max == 0 {
		return false
	}
	f.mu.fails++
	f.some.Store(true)
	f.mu.failed = f.second(now)
	f.mu.checked = f.mu.failed
	return f.out() && f.live.SetEjected(true)
}

// Ended is for an attempt that ended in another way than Failed, also for one that
// says nothing of the endpoint: when a pick has come after the Timeout, any attempt
// that ends clears it. It reports whether the endpoint's word has changed by it.
func (f *Fails) Ended() (flipped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mu.failed < f.mu.checked && f.forget()
}

// Trial allows one attempt at an endpoint whose outage is over; another one when that
// has not ended after a further Timeout, and when nobody has made it. It returns when
// to ask again, the zero time while the endpoint is not out, and whether its word has
// changed.
func (f *Fails) Trial(now time.Time) (next time.Time, flipped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.out() {
		return time.Time{}, false
	}
	// A trial that was picked has begun within a second, and is known by checked.
	due := max(f.mu.checked+f.mu.rule.seconds(), f.mu.tried) + 1
	if at := f.second(now); at >= due {
		f.mu.tried, due = at, at+1
		flipped = f.live.SetTrial()
	}
	return f.since.Add(time.Duration(due) * time.Second), flipped
}

// Dropped is for a pick that has led to no attempt: if it has taken a trial, the next
// pick may have that. It reports whether the endpoint's word has changed by it.
func (f *Fails) Dropped() (flipped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	// Who has begun an attempt or failed since it was allowed is known by checked.
	return f.out() && f.mu.checked+f.mu.rule.seconds() < f.mu.tried && f.live.SetTrial()
}

// forget clears the failures, and lets the endpoint back if they took it out.
func (f *Fails) forget() (flipped bool) {
	out := f.out()
	f.mu.fails = 0
	f.some.Store(false)
	if !out {
		return false
	}
	if f.mu.rule.Slow {
		f.live.SetShare(1) // before it is seen
	}
	return f.live.SetEjected(false)
}

// out reports whether the failures are enough; by the word it may be in for a trial.
func (f *Fails) out() bool { return f.mu.rule.Max > 0 && f.mu.fails >= f.mu.rule.Max }

func (f *Fails) second(t time.Time) int64 { return int64(t.Sub(f.since) / time.Second) }

// String is the rule as the cause of an ejection, for people.
func (r FailRule) String() string {
	what := "failure"
	if r.Max > 1 {
		what = "failures"
	}
	return fmt.Sprintf("%d %s (max_fails), tried again after fail_timeout %v", r.Max, what, r.Timeout)
}

func (r FailRule) seconds() int64 { return int64(r.Timeout / time.Second) }
