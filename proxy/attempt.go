package proxy

import (
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// AttemptError is one failed attempt. Op is "dial", "write", "read head",
// "parse head", "upload" or, of an interim answer, "write to the client".
type AttemptError struct {
	Op, Endpoint string
	Kind         outcome.Kind // what it counts as: Connect, Timeout, Reset or Canceled
	Sent         bool         // a request byte may have reached the endpoint: retry only if idempotent
	Cut          bool         // Weir itself closed the connection, at the end of a drain; Kind is Canceled
	Err          error

	answer *reply // what the client gets if this was the last attempt; nil: nothing, it left
}

// Error is for operators; nothing of it reaches a client.
func (e *AttemptError) Error() string { return e.Op + " " + e.Endpoint + ": " + e.Err.Error() }

// invalid says that an answer has begun, and is none.
func (e *AttemptError) invalid() bool { return e.Op == "parse head" }

// Unwrap returns the cause.
func (e *AttemptError) Unwrap() error { return e.Err }

// attempt is one try at one endpoint. A worker has one at a time and uses its
// memory again for the next.
type attempt struct {
	route    *route // of the same generation as the rest
	upstream *Upstream
	version  *Version
	endpoint *Endpoint
	first    bool         // the request's first, unless it is pinned: the one that the verdict counts
	write    bool         // with first: of a write that the split did not choose for, which is counted apart
	apart    bool         // counted in version.Apart
	key      uint64       // of the user, hashed, where failures are counted once for each; 0: not
	pinned   bool         // nothing of it is compared with other versions
	shield   *ShieldStats // of the judged version whose failure this repeats; else nil
	pair     *pair        // the request is mirrored, and this is stable's part; else nil

	bounds

	group  *balancer.Group // with affinity: of the version
	called string          // with affinity: the endpoint's route

	w        *worker
	beganAt  time.Duration
	firstAt  time.Duration // the first byte of the final answer; 0: none came
	kind     outcome.Kind  // once counted
	sentAt   time.Duration // of the last request byte; 0: not all sent yet
	late     atomic.Int64  // sentAt as the uploader saw it, which runs beside the worker
	ticket   uint64        // of the slot, for the uploader
	begun    bool          // the final answer has begun
	counted  bool          // its outcome is recorded
	blamed   bool          // counted by endpoint.Fails
	client   bool          // the answer is a 4xx
	overdue  bool          // the scan has counted it as overdue: whoever judges it has that
	hedges   bool          // the worker looks whether it is overdue, to hedge it
	ramps    int           // of flags, that the scan judges it for
	decided  int           // of the request's decisions, those that the scan was shown
	lookedAt time.Duration // when that could not be done; 0: never
	inflight bool          // counted in endpoint.Live
	waits    bool          // counted there as waiting for the answer
}

// begin opens an attempt; end closes it. Where attempts in flight are bounded it
// has its place already.
func (a *attempt) begin(w *worker, to *target, first bool) {
	up := to.up
	v := up.Versions[to.version]
	e := v.Endpoints[to.endpoint]
	*a = attempt{route: to.route, upstream: up, version: v, endpoint: e, pinned: w.ask.Pinned != "", shield: to.shield, w: w, inflight: true, beganAt: w.startedAt}
	if !first || up.bounded || up.HoldBody > 0 || w.waited != nil { // else it begins with the request
		a.beganAt = sock.Now()
	}
	a.first = first && !a.pinned && !(w.ask.Wrote && !w.ask.Write)
	a.write = a.first && w.ask.Write
	a.hedges = a.first && !a.write && v.Shielded
	if a.first && !a.write && up.Sticky != nil && up.Sticky.once {
		a.key = w.user.hash
	}
	if !up.bounded {
		e.Live.Begin()
	}
	v.load.Begin()
	if w.ask.Write || w.ask.Wrote {
		a.apart = true
		v.Apart.Begin()
	}
	a.waitsFrom()
	if up.Affinity != nil {
		a.group = up.group(to.version)
		a.called = a.group.Endpoints()[to.endpoint].Route
	}
	a.chosen()
}

// sent says that the last byte of the request went at that time. From here on
// the attempt can be overdue.
func (a *attempt) sent(at time.Duration) {
	a.sentAt = at
	if a.scanned() && !a.overdue {
		a.w.slot.wait(a.w.slot.arm(a), at)
	}
}

// scanned says that somebody judges the attempt if it is overdue.
func (a *attempt) scanned() bool { return a.first || a.ramps > 0 }

// willSend says that an uploader will call sentLater; sentLater is its sent, for
// a goroutine beside the worker's.
func (a *attempt) willSend() {
	if a.scanned() && !a.overdue {
		a.ticket = a.w.slot.arm(a)
	}
}

func (a *attempt) sentLater(at time.Duration) {
	a.late.Store(int64(at))
	if a.ticket != 0 {
		a.w.slot.wait(a.ticket, at)
	}
}

// lastByteAt is when the last request byte went, 0 when it has not yet.
func (a *attempt) lastByteAt() time.Duration {
	if a.sentAt > 0 {
		return a.sentAt
	}
	return time.Duration(a.late.Load())
}

// answered says that the final answer has begun, now; further calls do nothing.
// An interim one is no answer: an endpoint that hangs behind it is overdue.
func (a *attempt) answered() {
	if a.begun {
		return
	}
	a.begun = true
	a.settle()
	a.firstAt = sock.Now()
	if sent := a.lastByteAt(); sent > 0 && !a.pinned {
		if above := a.version.Stats.FirstByte(a.w.shard, a.first && !a.write, a.firstAt-sent); above > 0 {
			a.endpoint.Stats.Slow(above)
		}
	}
}

// anew takes back what has gone over a stale connection: the request goes again.
func (a *attempt) anew() {
	a.settle()
	a.sentAt = 0
	a.late.Store(0)
}

// settle takes the attempt from under the scan, which may have been quicker.
func (a *attempt) settle() {
	if a.scanned() && a.w.slot.settle() {
		a.overdue, a.w.overdue = true, a.decided
	}
}

// record counts the outcome, once; further calls do nothing. An attempt that the
// scan has counted as overdue stays that for the verdict, while the endpoint's
// health still learns how it ended.
func (a *attempt) record(k outcome.Kind) {
	if a.counted {
		return
	}
	a.counted, a.kind = true, k
	a.settle()
	shard := a.w.shard
	judged := a.first && !a.overdue
	again := judged && a.key != 0 && k.Failed() && a.upstream.Sticky.live.failed.Again(a.key, sock.Now())
	switch {
	case !a.first:
		a.version.Stats.Later(shard, k)
	case judged && a.write:
		a.version.Stats.Write(shard, k)
		a.endpoint.Stats.Write(k)
	case again:
		a.version.Stats.Repeated(shard, k)
	case judged:
		a.version.Stats.First(shard, k)
		if a.client && k == outcome.OK && a.newClientError() {
			a.version.Stats.ClientError(shard)
		}
	}
	a.endpoint.Stats.Record(k, judged && !again && !a.write)
	if a.shield != nil {
		a.shield.count(k)
	}
	if k.Failed() {
		a.upstream.Live.failed(a.first && !again)
	}
}

// newClientError says that the user's 4xx is the first that is to be counted.
func (a *attempt) newClientError() bool {
	return a.key == 0 || !a.upstream.Sticky.live.mistaken.Again(a.key, sock.Now())
}

// end closes the attempt: it is no longer in flight.
func (a *attempt) end() {
	if a.pair != nil {
		a.pair.over(a)
		a.pair = nil
	}
	a.w.writeSent()
	a.waited()
	if a.inflight && a.w.span != nil {
		a.w.span.end(a)
	}
	if a.inflight {
		a.inflight = false
		if !a.blamed {
			passed(a.upstream, a.endpoint)
		}
		release(a.upstream, a.version, a.endpoint)
		if a.apart {
			a.version.Apart.End()
		}
	}
}

// release gives back a place in flight.
func release(up *Upstream, v *Version, e *Endpoint) {
	e.Live.End()
	v.load.End()
	if up.bounded {
		up.Live.Queue.Serve()
	}
}
