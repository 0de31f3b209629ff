package health

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"weir/balancer"
)

// slotsFor is how many checks may run at a time for n targets. 64 are plenty while
// endpoints answer; with many targets a sixteenth may be waiting for a timeout (one
// host of many is gone) without the others being checked late.
func slotsFor(n int) int { return max(64, n/16) }

// roll picks a point in 0 to 1 for a jitter.
func roll() float64 { return rand.Float64() }

var errBusy = errors.New("the check before has not ended yet")

// result is how one check ended.
type result struct {
	watch *watch
	err   error
}

// startChecks begins with what the word says: an endpoint that serves goes on
// serving, one that is pending waits for its passes. The first check is due at once.
func (l *loop) startChecks(w *watch, now time.Time) {
	if w.Probe == nil {
		w.state = riseFall{}
		l.flip(w, func() bool { return w.Live.SetCheck(balancer.CheckUp) }, "no active checks")
		return
	}
	w.state = riseFall{state: w.Live.Check()}
	w.phase = phaseOf(&w.Target, w.Check.Interval)
	if !w.running { // else conclude plans it
		w.at = now
	}
}

// stopCheck cuts a running check short and makes its result void.
func (l *loop) stopCheck(w *watch) {
	if w.running {
		w.void = true
		w.cancel()
	}
	l.answered(w)
}

// runChecks fails the checks whose time is up and starts those that are due, as far
// as there are slots.
func (l *loop) runChecks(now time.Time) {
	for len(l.running) > 0 && !now.Before(l.running[0].at) {
		w := l.running.pop()
		w.running = false
		l.conclude(w, fmt.Errorf("no answer within %v", w.Check.Timeout), now)
	}
	for len(l.idle) > 0 && len(l.running) < l.slots && !now.Before(l.idle[0].at) {
		w := l.idle.pop()
		w.began = now
		if w.busy {
			l.conclude(w, errBusy, now)
			continue
		}
		l.check(w, now)
	}
}

// check starts one check in a goroutine of its own.
func (l *loop) check(w *watch, now time.Time) {
	ctx, cancel := context.WithTimeout(l.ctx, w.Check.Timeout)
	w.cancel = cancel
	w.running, w.busy, w.void = true, true, false
	w.at = now.Add(w.Check.Timeout)
	l.running.push(w)

	probe := w.Probe // the loop may set another one meanwhile
	l.probes.Go(func() {
		defer cancel()
		r := result{watch: w, err: safely(ctx, probe)}
		select {
		case l.results <- r:
		case <-l.ctx.Done():
		}
	})
}

// finish takes the result of a check that has returned.
func (l *loop) finish(r result, now time.Time) {
	w := r.watch
	w.busy = false
	if !w.running || l.ctx.Err() != nil {
		return // it has timed out before, or only failed because all ends
	}
	l.running.remove(w)
	w.running = false
	l.conclude(w, r.err, now)
}

// conclude draws the conclusions from the end of a check (err is nil when it
// passed) and plans the next.
func (l *loop) conclude(w *watch, err error, now time.Time) {
	if w.gone || w.Probe == nil {
		return
	}
	if w.void {
		w.void, w.at = false, now
		l.idle.push(w)
		return
	}

	passed, served := err == nil, w.state.first
	w.state = w.state.step(passed, w.Check)
	if w.state.state != w.Live.Check() {
		if w.state.state == balancer.CheckUp && !served {
			l.warm(w, now)
		}
		cause := "check passed"
		if !passed {
			cause = "check failed: " + err.Error()
		}
		l.flip(w, func() bool { return w.Live.SetCheck(w.state.state) }, cause)
	}
	if w.ejection.out {
		w.ejection = w.ejection.checked(passed)
		l.readmit(w, now)
	}
	l.answered(w)

	// Not sooner than half an interval after this one: the first check is off the grid.
	from := w.began.Add(w.Check.Interval / 2)
	if from.Before(now) {
		from = now
	}
	w.at = nextCheck(l.start, from, w.Check.Interval, w.phase, roll())
	l.idle.push(w)
}

// answered ends the wait of the first round for w, if there is one.
func (l *loop) answered(w *watch) {
	if w.unchecked {
		w.unchecked = false
		l.unchecked--
		l.announce()
	}
}

// announce says that the first round is over, when it is. It is called after the
// first Set and after each change of unchecked to a lower number, so it closes once.
func (l *loop) announce() {
	if l.unchecked == 0 {
		close(l.first)
	}
}
