package control

import (
	"context"
	"slices"

	"weir/balancer/rollout"
	"weir/proxy"
)

// mirroring is who sends the copies of one step that mirrors.
type mirroring struct {
	of    mirrorKey
	queue *proxy.MirrorQueue
	stop  context.CancelFunc
}

// mirrorKey is what another queue is made for.
type mirrorKey struct {
	rollout       string // its id
	step          int
	size, atATime int
}

// mirrors is the percentage of requests that the record's rollout has copied.
func (r *record) mirrors() float64 {
	if run := r.running(); run != nil {
		return run.Mirrors()
	}
	return 0
}

// mirror is what requests see of the rollout's mirror; nil: none is copied. It makes
// the queue for one that begins, which nobody runs before it serves.
func (u *upstream) mirror() *proxy.Mirror {
	share := u.record.mirrors()
	if share <= 0 {
		return nil
	}
	run, m := u.record.running(), &u.config.Rollout.Mirror
	to := slices.IndexFunc(u.versions, func(v *version) bool { return v.name == run.Plan.To })
	if to < 0 || run.Plan.To == u.record.Split.Stable {
		return nil
	}
	return &proxy.Mirror{
		Version: to,
		Share:   min(share/100, 1),
		Headers: m.Headers,
		Ignore:  m.Ignore,
		Body:    m.Body,
		MaxBody: m.MaxBody,
		Timeout: m.Timeout,
		Queue:   u.live.queueFor(mirrorKey{run.ID, run.Step, m.Queue, m.Concurrency}),
		Stats:   u.versions[to].live.mirrored,
	}
}

// queueFor is the queue that is in use for the same, or a new one.
func (l *liveUpstream) queueFor(k mirrorKey) *proxy.MirrorQueue {
	if m := l.copies; m != nil && m.of == k {
		return m.queue
	}
	return proxy.NewMirrorQueue(k.size, k.atATime)
}

// sendCopies has somebody send what the upstream's requests have copied now, and ends
// what another step has needed. It runs on the writer, after the upstream has been
// published: nothing is put any more into the queue that ends, but by the requests of
// a moment ago.
func (c *Control) sendCopies(u *upstream) {
	l := u.live
	var queue *proxy.MirrorQueue
	if m := u.proxied.Mirror; m != nil {
		queue = m.Queue
	}
	if m := l.copies; m != nil && m.queue != queue {
		m.stop()
		l.copies = nil
	}
	if queue == nil || l.copies != nil || l.ctx == nil || c.opts.Mirror == nil {
		return
	}
	ctx, stop := context.WithCancel(l.ctx)
	run, m := u.record.running(), &u.config.Rollout.Mirror
	l.copies = &mirroring{of: mirrorKey{run.ID, run.Step, m.Queue, m.Concurrency}, queue: queue, stop: stop}
	c.loops.Go(func() {
		defer stop()
		c.opts.Mirror(ctx, queue)
	})
}

// mirrorCounts are what the copies for a version have come to.
func mirrorCounts(s *proxy.MirrorStats) rollout.MirrorCounts {
	t := s.Totals()
	return rollout.MirrorCounts{
		Pairs:          t.Pairs(),
		Mismatches:     t.Counts[proxy.MirrorMismatched],
		CandidateWorse: t.Counts[proxy.MirrorFailed],
		StableWorse:    t.Counts[proxy.MirrorStableFailed],
		Unclear:        t.Counts[proxy.MirrorUnclear],
		Dropped:        t.Counts[proxy.MirrorDropped],
		Example:        t.Example,
	}
}
