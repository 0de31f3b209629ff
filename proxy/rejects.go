package proxy

import (
	"maps"
	"sync/atomic"
)

// rejects counts by reason what Weir answered before a route was known or because
// a limit was reached. The reasons are Weir's own words, so there are few: the map
// is copied when one comes that was not expected, and from then on counting it is a
// lookup and an add.
// The zero value is ready, and expects none.
type rejects struct {
	byReason atomic.Pointer[map[string]*atomic.Uint64]
}

// refusals are the reasons of all that Weir's own answers and closed connections are
// counted for as refused, besides those of http1's gate.
var refusals = []string{
	replyNoRoute.reason, replyStarting.reason, replyHeadTimeout.reason, replyPlainHTTP.reason, reasonHandshake,
	replySecureTarget.reason, replyMisdirected.reason, replyNoHost.reason, replyBadBody.reason, replyBodyTooLarge.reason,
	replyMaxConns.reason, replyQueueFull.reason, replyQueueTimeout.reason, replyWriteHold.reason, reasonReadOnly,
	replyTooManyConns.reason, replyOverload.reason,
}

// expect has reasons read as 0 until they come: who asks for the rate of one would
// not see the first otherwise.
func (r *rejects) expect(reasons ...string) {
	for _, reason := range reasons {
		if r.known()[reason] == nil {
			r.learn(reason)
		}
	}
}

func (r *rejects) count(reason string) {
	for {
		known := r.known()
		if n := known[reason]; n != nil {
			n.Add(1)
			return
		}
		r.learn(reason)
	}
}

// learn puts a reason into the map, unless another goroutine was quicker to
// change it.
func (r *rejects) learn(reason string) {
	old := r.byReason.Load()
	next := map[string]*atomic.Uint64{reason: new(atomic.Uint64)}
	if old != nil {
		maps.Copy(next, *old)
	}
	r.byReason.CompareAndSwap(old, &next)
}

func (r *rejects) known() map[string]*atomic.Uint64 {
	if m := r.byReason.Load(); m != nil {
		return *m
	}
	return nil
}

func (r *rejects) read() map[string]uint64 {
	out := make(map[string]uint64)
	for reason, n := range r.known() {
		out[reason] = n.Load()
	}
	return out
}
