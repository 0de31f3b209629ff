package proxy

import (
	"errors"
	"os"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// A request whose attempt on a judged version is overdue is hedged: it goes to
// stable, and the attempt is given up (semantics §3.3). The worker finds that out by
// the deadline of its own read, not by being interrupted from the scan: so nobody
// else touches a connection that may serve the next request by then, and the two
// attempts never have to agree which of them answers.

// mayHedge says that something would follow if the attempt were overdue now. What may
// not be sent twice is never hedged, whatever retries may do: the candidate may still
// be at it.
func (x *exchange) mayHedge(a *attempt) bool { return a.hedges && !a.begun && x.Idempotent() }

// look ends a wait for the answer, and its patience, in the moment in which the
// attempt may be overdue. Before the last byte of an upload nobody can tell when that
// will be. One that is overdue and finds no room on stable, or none in the budget, is
// looked at again after as long.
func (x *exchange) look(a *attempt, by, patience time.Duration) (until, within time.Duration) {
	if !x.mayHedge(a) {
		return by, patience
	}
	after := time.Duration(a.upstream.Live.OverdueAfter.Load())
	if after <= 0 {
		return by, patience
	}
	from := max(a.lastByteAt(), a.lookedAt)
	if from == 0 {
		from = sock.Now()
	}
	return min(by, from+after), min(patience, after)
}

// isOverdue counts the attempt as overdue if it is and the scan has not come by yet.
func (a *attempt) isOverdue() bool {
	return a.overdue || a.w.slot.isOverdue(sock.Now())
}

// hedge gives the attempt up when a read for its answer ended with err because it
// is overdue, and another one has begun on stable. To the endpoint's health it has
// timed out then; the verdict has it as overdue.
func (x *exchange) hedge(a *attempt, err error) *AttemptError {
	if !x.mayHedge(a) || !errors.Is(err, os.ErrDeadlineExceeded) || !a.isOverdue() {
		return nil
	}
	if !x.c.srv.hedge(x, a) {
		a.lookedAt = sock.Now() // it cannot be had now, perhaps later
		return nil
	}
	return &AttemptError{Op: "read head", Endpoint: a.endpoint.Address, Kind: outcome.Timeout, Sent: true, Err: err, answer: replyTimeout}
}

// hedge begins the next attempt while the present one still waits, where again would
// do so under the shield. It is the worker's next; again takes it.
func (s *Server) hedge(x Exchange, a *attempt) bool {
	w := a.w
	if !x.Replayable() || a.noMore() || s.closing.Err() != nil {
		return false
	}
	rt := s.sameUpstream(x, a.upstream)
	if rt == nil {
		return false
	}
	w.ask.Tried.Add(a.endpoint.Live)
	w.rekey(x, a.upstream, rt.upstream)
	var ok bool
	w.hedge, ok = shelter(x, w, rt, a.version)
	return ok
}

// shelter begins the attempt on stable that the shield makes for a failed one of
// the version. Only what stable answers is the shield: the verdict takes it as a
// sample of stable's health.
func shelter(x Exchange, w *worker, rt *route, v *Version) (target, bool) {
	up := rt.upstream
	stable := up.Split.Stable()
	next, ok := up.pick(x, w, stable)
	if !ok || !next.begins(next.version == stable, up.Live.ShieldBudget) {
		return target{}, false
	}
	next.route, next.sheltered = rt, true
	if w.attempt.first { // else its failure is not counted either
		next.shield = v.Shield
	}
	return next, true
}
