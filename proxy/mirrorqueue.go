package proxy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"weir/balancer"
)

// MirrorQueue is where copies wait to be sent, and says how many are at a time. One
// that finds it full is dropped: a slow version costs copies, and nobody time. Make it
// with NewMirrorQueue; somebody has to run it, with Server.Mirror.
type MirrorQueue struct {
	pairs    chan *pair
	workers  int
	sequence balancer.Sequence // of what could be copied
	sending  atomic.Int64      // copies under way
	answered atomic.Int64      // sock.Now when a request began that stable has answered, about the latest
}

// NewMirrorQueue returns a queue for so many copies, of which so many are sent at a
// time; both above 0.
func NewMirrorQueue(size, workers int) *MirrorQueue {
	return &MirrorQueue{pairs: make(chan *pair, size), workers: workers}
}

// answeredSince reports that stable has answered a request that began after that time,
// or that there is too little to tell by.
func (q *MirrorQueue) answeredSince(at time.Duration) bool {
	return time.Duration(q.answered.Load()) > at || q.sending.Load() <= 1
}

// Waiting is how many copies wait.
func (q *MirrorQueue) Waiting() int { return len(q.pairs) }

func (q *MirrorQueue) put(p *pair) {
	select {
	case q.pairs <- p:
	default:
		p.mirror.Stats.count(MirrorDropped)
		p.give()
	}
}

// Mirror sends the queue's copies until ctx ends, and returns when none is under way
// any more. What waits then is dropped, and so is what comes later: when it has left
// the snapshot, or with it. It is called once for a queue.
func (s *Server) Mirror(ctx context.Context, q *MirrorQueue) {
	var all sync.WaitGroup
	for range q.workers {
		all.Go(func() { newShadow(s).run(ctx, q.pairs) })
	}
	all.Wait()
}
