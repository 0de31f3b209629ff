package health

import (
	"context"
	"sync"
)

// standing is how many workers stay when they have nothing to do. As checks are
// spread over their interval, so many do for 10 000 endpoints that answer within
// 25 ms and are asked every two seconds.
const standing = 64

// workers run checks: as many goroutines as checks take long at a time, not one
// per endpoint and not one per check. Only the loop calls their methods.
type workers struct {
	ctx     context.Context // of Run
	jobs    chan job
	results chan result
	free    int // workers that wait for a job, or are about to
	all     sync.WaitGroup
}

// job is one check to run.
type job struct {
	watch  *watch
	probe  Probe // nil: the worker is to end
	ctx    context.Context
	cancel context.CancelFunc
}

// result is how one check ended.
type result struct {
	watch *watch
	err   error
}

func newWorkers(ctx context.Context) *workers {
	return &workers{ctx: ctx, jobs: make(chan job), results: make(chan result)}
}

// start hands a check to a worker that is free, else to a new one.
func (w *workers) start(j job) {
	if w.free == 0 {
		w.all.Go(func() { w.work(j) })
		return
	}
	w.free--
	w.hand(j)
}

// returned notes that a result was taken from a worker, which then is free. Those
// that only hanging endpoints have called for end.
func (w *workers) returned() {
	if w.free == standing {
		w.hand(job{})
		return
	}
	w.free++
}

// hand waits for nothing but a worker's way from its result to its next job.
func (w *workers) hand(j job) {
	select {
	case w.jobs <- j:
	case <-w.ctx.Done():
	}
}

func (w *workers) work(j job) {
	for j.probe != nil {
		r := result{watch: j.watch, err: safely(j.ctx, j.probe)}
		j.cancel()
		select {
		case w.results <- r:
		case <-w.ctx.Done():
			return
		}
		select {
		case j = <-w.jobs:
		case <-w.ctx.Done():
			return
		}
	}
}
