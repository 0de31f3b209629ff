package gate

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Policy says how many measurements make an answer.
type Policy struct {
	InitialDelay time.Duration // before the first
	// Interval is between two. 0: a moment, that doubles until one passes.
	Interval time.Duration
	Timeout  time.Duration // of all of it; above 0
	Count    int           // how many have to pass; 1 or more
	// FailureLimit, InconclusiveLimit and ErrorLimit are how many may go wrong that
	// way; of errors, one after the other.
	FailureLimit, InconclusiveLimit, ErrorLimit int
	DryRun                                      bool // the answer is yes, and says what it would have been
}

// Verdict is what the measurements come to.
type Verdict uint8

// The verdicts.
const (
	Unanswered Verdict = iota // no time is left, or too little of it was an answer
	Approved
	Rejected
)

// Answer is a verdict and why, for people.
type Answer struct {
	Verdict Verdict
	Why     string
}

// The waits between measurements without an interval.
const (
	soon   = 200 * time.Millisecond
	latest = 10 * time.Second
)

// Decide asks until there is an answer. say, which may be nil, hears how far that is.
// ok is false when ctx has ended: then nobody wants an answer any more.
func (p Policy) Decide(ctx context.Context, ask func(context.Context) Measurement, say func(string)) (a Answer, ok bool) {
	limited, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	t := tally{policy: p, wait: soon}
	a, done := Answer{}, false
	cut := "" // what a command had said when it was cut off
	for pause := p.InitialDelay; !done; pause = t.pause() {
		if !sleep(limited, pause) {
			break
		}
		m := ask(limited)
		if limited.Err() != nil { // the measurement was cut off
			if m.Said != "" {
				cut = "; " + m.Why
			}
			break
		}
		a, done = t.add(m)
		if say != nil && !done {
			say(t.sofar())
		}
	}
	if ctx.Err() != nil {
		return Answer{}, false
	}
	if !done {
		a = Answer{Unanswered, "no answer within " + p.Timeout.String() + cut + t.andSofar()}
	}
	if p.DryRun {
		a = Answer{Approved, a.dry()}
	}
	return a, true
}

// dry says what the answer would have been.
func (a Answer) dry() string {
	switch a.Verdict {
	case Approved:
		return "dry run: would pass: " + a.Why
	case Rejected:
		return "dry run: would be rejected: " + a.Why
	}
	return "dry run: would have no answer: " + a.Why
}

// sleep reports that so much time has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tally counts measurements.
type tally struct {
	policy                       Policy
	passed, failed, inconclusive int
	errors                       int // one after the other
	last                         Measurement
	wait                         time.Duration // the next one without an interval
}

// add counts one more, and returns the answer if that is one.
func (t *tally) add(m Measurement) (a Answer, done bool) {
	t.last = m
	if m.Result != Errored {
		t.errors = 0
	}
	p := &t.policy
	switch m.Result {
	case Passed:
		t.passed++
		t.wait = soon
		if t.passed >= p.Count {
			return Answer{Approved, m.Why + of(t.passed, p.Count, "passed")}, true
		}
	case Failed:
		t.failed++
		if t.failed > p.FailureLimit {
			return Answer{Rejected, m.Why + more(t.failed, p.FailureLimit, "failed")}, true
		}
	case Inconclusive:
		t.inconclusive++
		if t.inconclusive > p.InconclusiveLimit {
			return Answer{Unanswered, "inconclusive: " + m.Why + more(t.inconclusive, p.InconclusiveLimit, "inconclusive")}, true
		}
	default:
		t.errors++
		if t.errors > p.ErrorLimit {
			return Answer{Unanswered, "error: " + m.Why + more(t.errors, p.ErrorLimit, "errors in a row")}, true
		}
	}
	return Answer{}, false
}

// pause is the time until the next one.
func (t *tally) pause() time.Duration {
	if t.policy.Interval > 0 {
		return t.policy.Interval
	}
	wait := t.wait
	t.wait = min(2*wait, latest)
	return wait
}

// sofar is how far it is, for people.
func (t *tally) sofar() string {
	parts := []string{fmt.Sprintf("%d of %d passed", t.passed, t.policy.Count)}
	for _, n := range []struct {
		count int
		what  string
	}{{t.failed, "failed"}, {t.inconclusive, "inconclusive"}, {t.errors, "errors in a row"}} {
		if n.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
	return strings.Join(parts, ", ") + "; the last " + t.last.Result.String() + ": " + t.last.Why
}

func (t *tally) andSofar() string {
	if t.last == (Measurement{}) {
		return ""
	}
	return "; " + t.sofar()
}

// of says how many there were where one would not have done.
func of(n, want int, what string) string {
	if want <= 1 {
		return ""
	}
	return fmt.Sprintf("; %d of %d %s", n, want, what)
}

// more says how many there were where some were allowed.
func more(n, limit int, what string) string {
	if limit <= 0 {
		return ""
	}
	return fmt.Sprintf("; %d %s, want at most %d", n, what, limit)
}
