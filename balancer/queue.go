package balancer

import (
	"sync"
	"sync/atomic"
)

// Queue is where the requests of one upstream wait while the endpoints of the
// version chosen for them are Full: first come, first served within a version. An
// attempt that ends hands its place to the first who waits for it, so nobody is
// woken in vain. It outlives generations. The zero value is ready. Safe for
// concurrent use.
type Queue struct {
	waiting atomic.Int64 // written under mu
	mu      struct {
		sync.Mutex
		split *Split  // that the lines are of
		lines []*line // one per version
		count uint64  // of those who have ever joined
	}
}

// Waiter is one request's place in a Queue. It can be used again when its Grant
// has been taken or Leave was true.
type Waiter struct {
	granted chan struct{} // capacity 1: the one who grants does not wait
	grant   Grant         // written before the send

	ask        *Ask   // of the request, which waits
	arrived    uint64 // its number
	line       *line
	prev, next *Waiter
}

// Grant is what a waiter gets: an attempt that has begun at an endpoint.
type Grant struct {
	Split             *Split // nil: there is none, nothing is usable any more
	Version, Endpoint int
}

// End ends the attempt that was granted, which then was none.
func (g Grant) End() {
	if g.Split != nil {
		g.Split.shares[g.Version].Group.endpoints[g.Endpoint].Live.End()
	}
}

// NewWaiter returns a place that is in no queue.
func NewWaiter() *Waiter { return &Waiter{granted: make(chan struct{}, 1)} }

// Granted is ready once when the waiter is granted something.
func (w *Waiter) Granted() <-chan struct{} { return w.granted }

// Grant is what was granted; after Granted was ready.
func (w *Waiter) Grant() Grant { return w.grant }

// Len returns how many wait.
func (q *Queue) Len() int { return int(q.waiting.Load()) }

// Join puts w behind those who wait for the version of s; false when most wait
// already, for whatever version, and there is no room for w. It may be granted a
// place at once, also beside a full queue: those who wait for another version, whose
// endpoints are slow, must not keep requests from one that has room.
func (q *Queue) Join(w *Waiter, ask *Ask, s *Split, version, most int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.follow(s)
	full := q.waiting.Load() >= int64(most)
	if full && q.mu.lines[version].first != nil {
		return false // those before it in its own line have found no room
	}
	q.mu.count++
	w.arrived, w.ask = q.mu.count, ask
	q.mu.lines[version].insert(w)
	q.waiting.Add(1)
	// An attempt that ended after this request found no room, and before it was
	// counted here, has seen nobody to hand its place to.
	q.serve()
	if full && w.line != nil {
		q.leave(w)
		return false
	}
	return true
}

// Leave takes w out; false when it has been granted something before.
func (q *Queue) Leave(w *Waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.line == nil {
		return false
	}
	q.leave(w)
	return true
}

func (q *Queue) leave(w *Waiter) {
	w.line.remove(w)
	w.ask = nil
	q.waiting.Add(-1)
}

// Follow goes on with the split of another generation: versions are chosen anew
// for all who wait, in their order.
func (q *Queue) Follow(s *Split) {
	if q.Len() == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.follow(s)
	q.serve()
}

// Serve hands out what room there is. It is for whoever has ended an attempt, and
// for whoever sees to it that room is found which no attempt has left.
func (q *Queue) Serve() {
	if q.Len() == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.serve()
}

// follow chooses the versions of all who wait by another split.
func (q *Queue) follow(s *Split) {
	if q.mu.split == s {
		return
	}
	old := q.mu.lines
	q.mu.split, q.mu.lines = s, make([]*line, len(s.shares))
	for v := range q.mu.lines {
		q.mu.lines[v] = new(line)
	}
	q.redo(old)
}

// redo chooses a version again for everyone in the lines, who came first first.
func (q *Queue) redo(lines []*line) {
	for {
		var w *Waiter
		for i := range lines {
			if f := lines[i].first; f != nil && (w == nil || f.arrived < w.arrived) {
				w = f
			}
		}
		if w == nil {
			return
		}
		w.line.remove(w)
		if v := q.mu.split.Choose(w.ask); v >= 0 {
			q.mu.lines[v].insert(w)
		} else {
			q.grant(w, Grant{})
		}
	}
}

// serve hands out what room there is, to who came first in each line.
func (q *Queue) serve() {
	s := q.mu.split
	for v := range q.mu.lines {
		if l := q.mu.lines[v]; l.first != nil && !s.usable(v) {
			q.mu.lines[v] = new(line)
			q.redo([]*line{l})
		}
	}
	for v := range q.mu.lines {
		l := q.mu.lines[v]
		for w := l.first; w != nil; w = l.first {
			e := s.Enter(v, w.ask)
			if e < 0 {
				break
			}
			l.remove(w)
			q.grant(w, Grant{Split: s, Version: v, Endpoint: e})
		}
	}
}

// grant is for a waiter that is in no line any more.
func (q *Queue) grant(w *Waiter, g Grant) {
	q.waiting.Add(-1)
	w.grant, w.ask = g, nil
	w.granted <- struct{}{}
}
