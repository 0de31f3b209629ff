package proxy

import (
	"sync/atomic"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// The phases of a slot: the two lowest bits of its word.
const (
	phaseIdle    = iota // no request
	phaseServing        // a request, but nothing for the scan to judge
	phaseWaiting        // an attempt is sent that somebody judges, and its final answer has not begun
	phaseOverdue        // the scan has counted that attempt
	phaseMask    = 3
)

// slot shows the scan the one attempt that a worker waits for. The word holds a
// sequence number above the phase: a compare-and-swap that finds it unchanged
// knows that the other fields, written before the word became phaseWaiting, are
// those of the same attempt. Only the worker writes them.
type slot struct {
	word     atomic.Uint64
	sentAt   atomic.Int64 // sock.Now at the last request byte
	version  atomic.Pointer[Version]
	endpoint atomic.Pointer[Endpoint]
	live     atomic.Pointer[UpstreamLive]
	users    atomic.Pointer[StickyLive] // of key
	key      atomic.Uint64              // attempt.key
	write    atomic.Bool                // attempt.write
	first    atomic.Bool                // attempt.first; else only ramps judge it
	ramps    ramping
	shard    int
	_        [64]byte // the next slot's word is not on the same line
}

// begin and end bracket a request.
func (s *slot) begin() { s.word.Store(s.word.Load()&^phaseMask | phaseServing) }
func (s *slot) end()   { s.word.Store(s.word.Load() &^ phaseMask) }

func (s *slot) serving() bool { return s.word.Load()&phaseMask != phaseIdle }

// arm shows the scan what is to be judged, before it may be judged, and returns
// the ticket for wait. What has not changed since the last time is not written
// again.
func (s *slot) arm(a *attempt) (ticket uint64) {
	if s.version.Load() != a.version {
		s.version.Store(a.version)
	}
	if s.endpoint.Load() != a.endpoint {
		s.endpoint.Store(a.endpoint)
	}
	if s.live.Load() != a.upstream.Live {
		s.live.Store(a.upstream.Live)
	}
	if s.key.Load() != a.key {
		s.key.Store(a.key)
	}
	if s.write.Load() != a.write {
		s.write.Store(a.write)
	}
	if s.first.Load() != a.first {
		s.first.Store(a.first)
	}
	s.ramps.bound(a.ramps)
	if a.key != 0 && s.users.Load() != a.upstream.Sticky.live {
		s.users.Store(a.upstream.Sticky.live)
	}
	return s.word.Load()
}

// wait puts the attempt under the scan, unless it was settled since the ticket
// was made: an uploader may finish after the answer has come.
func (s *slot) wait(ticket uint64, at time.Duration) {
	s.sentAt.Store(int64(at))
	s.word.CompareAndSwap(ticket, ticket&^phaseMask|phaseWaiting)
}

// settle ends the wait and voids the ticket. It reports whether the scan had
// counted the attempt before.
func (s *slot) settle() (overdue bool) {
	const next = phaseMask + 1 // one more in the sequence
	for {
		w := s.word.Load()
		if s.word.CompareAndSwap(w, w&^phaseMask+next|phaseServing) {
			return w&phaseMask == phaseOverdue
		}
	}
}

// check counts the attempt as overdue if it is.
func (s *slot) check(now time.Duration) {
	w := s.word.Load()
	if w&phaseMask != phaseWaiting {
		return
	}
	live, version, endpoint := s.live.Load(), s.version.Load(), s.endpoint.Load()
	key, users, write, first := s.key.Load(), s.users.Load(), s.write.Load(), s.first.Load()
	after := time.Duration(live.OverdueAfter.Load())
	if after <= 0 || now-time.Duration(s.sentAt.Load()) < after {
		return
	}
	ramps := s.ramps.read()
	if !s.word.CompareAndSwap(w, w&^phaseMask|phaseOverdue) {
		return // it was answered meanwhile
	}
	for _, r := range ramps {
		r.live.overdue(s.shard, r.arm, r.user, now)
	}
	if !first {
		return
	}
	if write {
		version.Stats.Write(s.shard, outcome.Overdue)
		endpoint.Stats.Write(outcome.Overdue)
		live.failed(true)
		return
	}
	again := key != 0 && users.failed.Again(key, now)
	if again {
		version.Stats.Repeated(s.shard, outcome.Overdue)
	} else {
		version.Stats.First(s.shard, outcome.Overdue)
	}
	endpoint.Stats.Record(outcome.Overdue, !again)
	live.failed(!again)
}

// isOverdue counts the worker's own attempt as overdue if it is, and says whether it
// was counted so, then or before.
func (s *slot) isOverdue(now time.Duration) bool {
	s.check(now)
	return s.word.Load()&phaseMask == phaseOverdue
}

// scanEvery is how often attempts in flight are looked at (semantics §3.3).
const scanEvery = 100 * time.Millisecond

// scanOverdue looks at every attempt in flight once.
func (s *Server) scanOverdue() {
	now := sock.Now()
	s.slots.each(func(sl *slot) { sl.check(now) })
}
