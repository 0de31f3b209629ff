package proxy

import (
	"time"

	"weir/health/outcome"
)

// again decides whether the request gets another attempt, and where: then it
// changes `to` and takes the attempt from a budget. Semantics §1.5 and §5.
func (s *Server) again(x Exchange, w *worker, to *target, r result) bool {
	if w.hedge.up != nil {
		*to, w.hedge = w.hedge, target{}
		to.hedged = true
		to.up.Live.Retries.count(outcome.Overdue, true)
		return true
	}
	v := to.up.Versions[to.version]
	// Every 5xx of a judged version, also one that revert.errors leaves out.
	shielded := v.Shielded && w.attempts == 1 && w.ask.Pinned == "" && (r.kind.Failed() || r.status >= 500)
	if !shielded && r.kind == outcome.OK && !to.up.Retry.On.Status.Contains(r.status) {
		return false
	}
	if !sendable(x, r) || w.attempt.noMore() || s.closing.Err() != nil {
		return false // after the hard close nobody waits for an answer
	}
	across := portable(x, r)
	if !across && !to.up.Retry.NonIdempotent {
		return false
	}
	w.ask.Tried.Add(v.Endpoints[to.endpoint].Live)
	rt := s.sameUpstream(x, to.up)
	if rt == nil {
		return false
	}
	up := rt.upstream
	w.rekey(x, to.up, up)
	if shielded && across {
		if next, ok := shelter(x, w, rt, v); ok {
			*to = next
			up.Live.Retries.count(r.kind, true)
			return true
		}
	}
	if w.attempts >= up.tries() || !up.Retry.On.matches(r) || !repeatable(x, r, up.Retry.NonIdempotent) {
		return false
	}
	next, ok := up.pick(x, w, up.index(v.Name))
	w.stranded = !ok && up.CountFails
	if !ok || !next.begins(across || up.Versions[next.version].Name == v.Name, up.Retry.Budget) {
		return false
	}
	next.route = rt
	*to = next
	up.Live.Retries.count(r.kind, false)
	return true
}

// sameUpstream returns the request's route as the generation of this moment has it,
// nil when that no longer leads to the upstream.
func (s *Server) sameUpstream(x Exchange, up *Upstream) *route {
	now, refused := s.route(x)
	if refused != nil || now.upstream == nil || now.upstream.Live != up.Live {
		return nil
	}
	return now
}

// pick returns an endpoint that was not tried yet, of the version if that still
// takes requests, else of stable, else of another one. A pinned request stays in its
// version.
func (u *Upstream) pick(x Exchange, w *worker, version int) (target, bool) {
	u.seek(x, w, version)
	v, e := u.Split.Retry(version, &w.ask)
	return target{up: u, version: v, endpoint: e}, e >= 0
}

// index returns the place of a version by its name; stable's when it is gone.
func (u *Upstream) index(name string) int {
	for i, v := range u.Versions {
		if v.Name == name {
			return i
		}
	}
	return u.Split.Stable()
}

// matches says whether the failure is one of those to repeat.
func (on *RetryOn) matches(r result) bool {
	if r.fail == nil {
		return on.Status.Contains(r.status)
	}
	if r.fail.invalid() {
		return on.InvalidAnswer
	}
	switch r.kind {
	case outcome.Connect:
		return on.Connect
	case outcome.Timeout:
		return on.Timeout
	case outcome.Reset, outcome.Canceled: // cut by a drain, which is a reset to the request
		return on.Reset
	}
	return false
}

// begins begins a further attempt where it is wanted, the budget has one left and there
// is room: a retry does not wait, and one that finds no room is none.
func (t *target) begins(wanted bool, b *outcome.Budget) bool {
	if wanted && takeFrom(b, t.up) && t.take() {
		return true
	}
	if wanted {
		t.up.Live.Retries.refused.Add(1)
	}
	dropped(t.up, t.up.Versions[t.version].Endpoints[t.endpoint])
	return false
}

// takeFrom spends one retry; no budget means no bound.
func takeFrom(b *outcome.Budget, up *Upstream) bool {
	return b == nil || b.Take(up.Live.Users.Requests(), time.Now())
}
