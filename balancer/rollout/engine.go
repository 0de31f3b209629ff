package rollout

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// lookEvery is how often a subject is looked at when nothing wakes the engine.
	lookEvery = 100 * time.Millisecond
	// keepEvery is how often evidence is persisted between transitions.
	keepEvery = 10 * time.Second
	// retryAfter is the pause after a change that could not be kept.
	retryAfter = time.Second
)

// Engine judges and moves the rollouts of one upstream: at most one explicit
// rollout and the guards of other versions with weight. Make it with NewEngine.
type Engine struct {
	host    Host
	wake    <-chan struct{}
	notify  chan struct{}
	calls   chan *call
	stopped chan struct{}
	states  atomic.Pointer[[]State]
}

// NewEngine returns an engine for the upstream behind h. wake gets a
// non-blocking send for each failed first attempt; without it the engine looks
// every 100 ms. It starts nothing; see Run.
func NewEngine(h Host, wake <-chan struct{}) *Engine {
	return &Engine{
		host: h, wake: wake,
		notify:  make(chan struct{}, 1),
		calls:   make(chan *call),
		stopped: make(chan struct{}),
	}
}

// Run judges until ctx ends, then returns nil when everything it started has
// ended. It is called once. It begins with what Brief says: a rollout found
// there goes on at its step.
func (e *Engine) Run(ctx context.Context) error {
	defer close(e.stopped)
	l := &loop{engine: e, ctx: ctx, results: make(chan error, 1)}
	defer l.running.Wait()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	ticking := true

	l.reread()
	for {
		now := time.Now()
		l.look(now)
		l.proceed(now)
		l.publish(now)
		if judging := l.judging(); judging != ticking {
			if ticking = judging; judging {
				ticker.Reset(lookEvery)
			} else {
				ticker.Stop()
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		case <-ticker.C:
		case <-e.notify:
			if l.pending == nil { // else its result is near, and says more
				l.reread()
			}
		case c := <-e.calls:
			l.queue = append(l.queue, c)
		case err := <-l.results:
			l.settle(err, time.Now())
		}
	}
}

// Notify says that Brief changed. It never blocks; any goroutine may call it.
func (e *Engine) Notify() {
	select {
	case e.notify <- struct{}{}:
	default:
	}
}

// Start begins an explicit rollout and returns its state once the first change
// is published. Errors: ErrActive while one runs, ErrStopped, ctx's, or the
// writer's. When ctx ends first the rollout may have begun all the same.
func (e *Engine) Start(ctx context.Context, id string, p Plan, m Meta) (State, error) {
	return e.call(&call{ctx: ctx, start: true, id: id, plan: p, meta: m})
}

// Command applies an operator's command to the explicit rollout and returns its
// state once the change is published. Errors: ErrWrongPhase when it does not fit
// or there is no rollout, ErrStopped, ctx's, or the writer's. An abort takes
// effect before it is handed to the writer, and is never refused by it.
func (e *Engine) Command(ctx context.Context, c Command, m Meta) (State, error) {
	return e.call(&call{ctx: ctx, command: c, meta: m})
}

// States returns the current or last explicit rollout, if there was one in this
// process, and the guards; phases as they are, numbers at most 100 ms old. The
// slice is not written again. Any goroutine may call it.
func (e *Engine) States() []State {
	if s := e.states.Load(); s != nil {
		return *s
	}
	return nil
}

// call is a request to the engine's goroutine.
type call struct {
	ctx     context.Context
	start   bool
	id      string
	plan    Plan
	command Command
	meta    Meta
	stale   int        // how often its change was stale
	reply   chan reply // capacity 1: a caller who left blocks nobody
}

type reply struct {
	state State
	err   error
}

func (c *call) answer(s State, err error) { c.reply <- reply{s, err} }

func (e *Engine) call(c *call) (State, error) {
	c.reply = make(chan reply, 1)
	select {
	case e.calls <- c:
	case <-c.ctx.Done():
		return State{}, c.ctx.Err()
	case <-e.stopped:
		return State{}, ErrStopped
	}
	select {
	case r := <-c.reply:
		return r.state, r.err
	case <-c.ctx.Done():
		return State{}, c.ctx.Err()
	case <-e.stopped:
	}
	select {
	case r := <-c.reply: // the last thing it did
		return r.state, r.err
	default:
		return State{}, ErrStopped
	}
}
