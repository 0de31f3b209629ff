package proxy

import (
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// serve answers one request: route, version, endpoint, attempts, and what the
// user saw in the end.
func (s *Server) serve(x Exchange, w *worker) {
	w.startedAt, w.attempts, w.overdue, w.stranded = sock.Now(), 0, 0, false
	w.slot.begin()
	if t := s.tracing.Load(); t != nil {
		s.sample(x, w, t)
	}
	rt, refused := s.route(x)
	var status int
	var end time.Duration
	if refused != nil {
		s.rejects.count(refused.reason)
		status, _ = answered(x, refused)
		end = sock.Now()
	} else if rt.own != nil {
		status = s.answer(x, rt.own)
		end = sock.Now()
	} else {
		var failed bool
		status, failed = s.forward(x, w, rt)
		w.endWrite()
		end = sock.Now()
		rt.upstream.Live.Users.Done(w.shard, status, failed, end-w.startedAt)
		if rt.of.flags != nil {
			rt.upstream.flagsOver(x, w, status, failed)
		}
	}
	if s.access.On() {
		s.log(x, w, rt, status, end)
	}
	if w.span != nil {
		s.traced(x, w, rt, status, end)
	}
	w.slot.end()
}

// answer gives a route's own answer, and returns the status that the user saw.
func (s *Server) answer(x Exchange, r *reply) int {
	counted := &s.answers
	if r.made.hosted && len(x.Name()) == 0 {
		r, counted = replyNoHost, &s.rejects
	}
	counted.count(r.reason)
	status, _ := answered(x, r)
	return status
}

// route finds the route in the generation of this moment.
func (s *Server) route(x Exchange) (*route, *reply) {
	snap := s.snap.Load()
	if snap == nil {
		return nil, replyStarting
	}
	if snap.flags != nil {
		x.Decide(snap.flags)
	}
	rt := snap.routes.find(x)
	if rt == nil {
		return nil, replyNoRoute
	}
	return rt, nil
}

// target is where an attempt goes.
type target struct {
	route             *route // in the same generation as up
	up                *Upstream
	version, endpoint int
	shield            *ShieldStats // of the version whose failed attempt this one repeats
	sheltered, hedged bool         // begun by the shield, for a failed attempt or one that still waits
}

// forward makes attempts until one is answered or none is left, and answers the
// client. It returns what the user saw.
func (s *Server) forward(x Exchange, w *worker, rt *route) (status int, failed bool) {
	if rt.maxBody > 0 && !x.Fits(rt.maxBody) {
		return answered(x, s.limited(replyBodyTooLarge))
	}
	if up := rt.upstream; up.HoldBody > 0 {
		if refused, ok := x.Hold(up.HoldBody); !ok {
			return answered(x, refused)
		}
		if now := s.sameUpstream(x, up); now != nil {
			rt = now // that took its time: choose from what is there now (semantics §1.5)
		}
	}
	if rt.upstream.isWrite(x) {
		admitted, refused := s.admit(x, w, rt)
		if admitted == nil {
			return answered(x, refused)
		}
		rt = admitted
	}
	w.ask = balancer.Ask{Now: w.startedAt}
	if w.waited != nil {
		w.ask.Now = sock.Now()
	}
	w.user.forget()
	if up := rt.upstream; up.algorithm.keyed {
		w.ask.Key = x.Key(up)
	}
	to, refused := s.place(x, w, rt)
	if refused != nil {
		return answered(x, refused)
	}
	totalBy, moreBy := rt.upstream.totalBy(), rt.upstream.moreBy()
	for w.attempts = 1; ; w.attempts++ {
		a := &w.attempt
		a.begin(w, &to, w.attempts == 1)
		if w.span != nil {
			w.span.begin(a, &to)
		}
		if m := a.upstream.Mirror; m != nil {
			a.pair = m.pick(x, a)
		}
		a.bound(totalBy, moreBy)
		fail := x.Try(a)
		result := judge(a, x, fail)
		if w.span != nil {
			w.span.judged(result)
		}
		if a.upstream.algorithm.times != balancer.NoTimes {
			a.paceAtHead(result)
		}
		if result.kind.Failed() {
			a.fails(x)
			a.record(result.kind) // before a retry: the evaluator must not wait for it
		}
		if a.upstream.CountFails && counts(x, w, result) {
			a.blame()
		}
		if s.again(x, w, &to, result) {
			if fail == nil {
				x.Discard()
			}
			a.record(result.kind)
			a.end()
			continue
		}
		if w.stranded {
			if fail == nil {
				x.Discard()
			}
			a.record(result.kind)
			a.end()
			return answered(x, replyNoLive)
		}
		if fail != nil {
			a.record(result.kind)
			a.end()
			return answered(x, fail.answer)
		}
		return relay(x, a)
	}
}

// choose takes the next position of the split: version and endpoint of a first
// attempt.
func choose(x Exchange, w *worker, rt *route) (target, bool) {
	up := rt.upstream
	to := target{route: rt, up: up, version: up.version(x, w, rt.pinned)}
	if to.version < 0 {
		return to, false
	}
	up.seek(x, w, to.version)
	to.endpoint = up.Split.Pick(to.version, &w.ask)
	if to.endpoint < 0 { // its last endpoint went between the two
		to.version, to.endpoint = up.Split.Retry(to.version, &w.ask)
	}
	return to, to.endpoint >= 0
}

// result is what Try came to.
type result struct {
	kind   outcome.Kind
	status int           // of the answer at hand; 0 when there is none
	fail   *AttemptError // nil when there is one
}

// cut says that Weir ended the attempt itself, at the end of a drain.
func (r result) cut() bool { return r.fail != nil && r.fail.Cut }

func judge(a *attempt, x Exchange, fail *AttemptError) result {
	if fail != nil {
		return result{kind: fail.Kind, fail: fail}
	}
	r := result{kind: outcome.OK, status: x.Status()}
	a.client = r.status/100 == 4
	if a.upstream.Errors.Contains(r.status) {
		r.kind = outcome.Error
	}
	return r
}

// relay passes the answer at hand to the client.
func relay(x Exchange, a *attempt) (status int, failed bool) {
	version := ""
	if a.upstream.ExposeVersion {
		version = a.version.Name
	}
	if a.upstream.Affinity != nil {
		a.upstream.Affinity.answered(x, a)
	}
	status = x.Status()
	if a.pair != nil {
		a.pair.answeredBy(x)
	}
	kind, truncated := x.Relay(a, version)
	if a.upstream.algorithm.times != balancer.NoTimes {
		a.paceAtEnd(kind)
	}
	if kind.Failed() {
		a.fails(x)
	}
	a.record(kind)
	a.end()
	switch {
	case truncated:
		return status, true
	case kind == outcome.Canceled:
		return outcome.StatusClientLeft, false
	}
	return status, status >= 500
}

// answered gives the client one of Weir's own answers; nil when the client has
// left.
func answered(x Exchange, r *reply) (status int, failed bool) {
	if r == nil || r == replyToNobody || !x.Reply(r) {
		return outcome.StatusClientLeft, false
	}
	return r.status, r.status >= 500
}
