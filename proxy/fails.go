package proxy

import (
	"slices"
	"time"
)

// What is here is for upstreams that count failures as NGINX does. Whether an endpoint
// may be picked is one thing there, what is counted of an attempt for verdicts and
// metrics is another: these do not change.

// chosen says that a pick has led to the attempt.
func (a *attempt) chosen() {
	if a.upstream.CountFails && a.endpoint.Fails.Some() {
		a.endpoint.Fails.Picked(time.Now())
	}
}

// blame counts a failure of the endpoint, which the next pick then sees. It is one for
// an attempt: where a stale connection has led nowhere else and the fresh one fails
// too, NGINX would not have asked the endpoint again.
func (a *attempt) blame() {
	if a.blamed {
		return
	}
	a.blamed = true
	if a.endpoint.Fails.Failed(time.Now()) {
		a.upstream.Live.flipped()
	}
}

// elsewhere moves an attempt that has come to nothing yet to another endpoint of its
// version; false when there is none: then it stays.
func (a *attempt) elsewhere() bool {
	up, ask := a.upstream, &a.w.ask
	version := slices.Index(up.Versions, a.version)
	ask.Tried.Add(a.endpoint.Live)
	v, e := up.Split.Retry(version, ask)
	if e < 0 {
		return false
	}
	if v != version || !up.Split.Take(v, e) {
		dropped(up, up.Versions[v].Endpoints[e])
		return false
	}
	a.waited()
	release(up, a.version, a.endpoint)
	a.endpoint, a.blamed = a.version.Endpoints[e], false
	if a.group != nil {
		a.called = a.group.Endpoints()[e].Route // the client is bound to who answers
	}
	a.version.load.Begin()
	a.waitsFrom()
	a.chosen()
	return true
}

// dropped says that a pick has led to no attempt at the endpoint: if that was to be
// tried, the next one may.
func dropped(up *Upstream, e *Endpoint) {
	if up.CountFails && e.Fails.Some() && e.Fails.Dropped() {
		up.Live.flipped()
	}
}

// passed says that an attempt at the endpoint has ended, and not with a failure.
func passed(up *Upstream, e *Endpoint) {
	if up.CountFails && e.Fails.Some() && e.Fails.Ended() {
		up.Live.flipped()
	}
}

// counts says whether the result is a failure of the endpoint: whatever ended before
// an answer's head was complete is, even if it is not to be repeated. An answer is
// only if it would be repeated; one that the client gets, because it was the last
// attempt or a POST, is a success.
func counts(x Exchange, w *worker, r result) bool {
	if r.fail != nil {
		return r.kind.Failed()
	}
	up := w.attempt.upstream
	return r.status != 403 && r.status != 404 && up.Retry.On.Status.Contains(r.status) &&
		w.attempts < up.tries() && repeatable(x, r, up.Retry.NonIdempotent) && !w.attempt.noMore()
}

// tries is how many attempts a request may make.
func (u *Upstream) tries() int {
	if u.CountFails {
		return min(u.Retry.Tries, u.InService)
	}
	return u.Retry.Tries
}

// refusal is the answer when no endpoint can be picked; r is what Weir says.
func (u *Upstream) refusal(r *reply) *reply {
	if u.CountFails {
		return badGateway[r]
	}
	return r
}

// badGateway has the answers of an NGINX whose servers cannot be picked.
var badGateway = map[*reply]*reply{
	replyNoEndpoint: replyNoLive,
	replyNoWriter:   replyNoLive,
	replyMaxConns:   {status: 502, reason: "max_conns"},
	replyQueueFull:  {status: 502, reason: "queue_full"},

	replyQueueTimeout: {status: 502, reason: "queue_timeout"},
}
