package health

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"weir/balancer"
)

// The first checks of many new targets are not all due in one moment: a wave of so
// many as there are workers begins every few milliseconds, 10 000 within half a second.
const waveEvery = 3 * time.Millisecond

// roll picks a point in 0 to 1 for a jitter.
func roll() float64 { return rand.Float64() }

var errBusy = errors.New("the check before has not ended yet")

// startChecks begins with what the word says: an endpoint that serves goes on
// serving, one that is pending waits for its passes. The first check is due at once,
// or as soon as those of other new targets leave room.
func (l *loop) startChecks(w *watch, now time.Time) {
	if w.Probe == nil {
		w.state = riseFall{}
		l.flip(w, func() bool { return w.Live.SetCheck(balancer.CheckUp) }, "no active checks")
		return
	}
	w.state = riseFall{state: w.Live.Check()}
	l.trust(w)
	if !w.running { // else conclude plans it
		w.at = now.Add(time.Duration(l.fresh/standing) * waveEvery)
		l.fresh++
	}
}

// trust lets an endpoint serve that nothing is known of, where that is not held
// against it.
func (l *loop) trust(w *watch) {
	if w.Check.Optional && w.state.state == balancer.CheckPending {
		w.state.state = balancer.CheckUp
		l.flip(w, func() bool { return w.Live.SetCheck(balancer.CheckUp) }, "checks are not mandatory")
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
		l.ended(w, true)
		l.conclude(w, fmt.Errorf("no answer within %v", w.Check.Timeout), now)
	}
	for {
		q := l.due()
		if q == nil || now.Before((*q)[0].at) {
			break
		}
		w := q.pop()
		w.began = now
		if w.busy {
			l.conclude(w, errBusy, now)
			continue
		}
		l.check(w, now)
	}
}

// check starts one check.
func (l *loop) check(w *watch, now time.Time) {
	ctx, cancel := context.WithTimeout(l.ctx, w.Check.Timeout)
	w.cancel = cancel
	w.running, w.busy, w.void = true, true, false
	w.at = now.Add(w.Check.Timeout)
	l.running.push(w)
	if w.silent {
		l.hanging++
	}
	l.workers.start(job{watch: w, probe: w.Probe, ctx: ctx, cancel: cancel})
}

// finish takes the result of a check that has returned.
func (l *loop) finish(r result, now time.Time) {
	l.workers.returned()
	w := r.watch
	w.busy = false
	if !w.running || l.ctx.Err() != nil {
		return // it has timed out before, or only failed because all ends
	}
	l.running.remove(w)
	l.ended(w, !now.Before(w.at))
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
		l.plan(w)
		return
	}

	passed, served := err == nil, w.state.first
	if w.Care != nil {
		w.Care.Checked(passed)
	}
	w.state = w.state.step(passed, w.Check)
	w.checked(err)
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
		w.checked(err)
		l.readmit(w, now)
	}
	l.answered(w)

	// Not sooner than half an interval after this one: the first check is off the grid.
	from := w.began.Add(w.interval() / 2)
	if from.Before(now) {
		from = now
	}
	w.at = l.next(w, from)
	l.plan(w)
}

// next is when w is checked next, not before from.
func (l *loop) next(w *watch, from time.Time) time.Time {
	interval := w.interval()
	return nextCheck(l.start, from, interval, w.phase.in(interval), roll()*w.Check.Jitter)
}

// interval is the time between two checks of w, as well as it is.
func (w *watch) interval() time.Duration {
	if w.state.state == balancer.CheckUp {
		return w.Check.Interval
	}
	return w.Check.IntervalDown
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
