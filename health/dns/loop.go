package dns

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"
)

const (
	// firstAtMost is how long a start waits for DNS: a name that cannot be found must
	// not keep those from being served that can.
	firstAtMost = 5 * time.Second
	// atOnce is how many names are looked up at a time.
	atOnce = 32
	// soonest is the least time between two look-ups of a name.
	soonest = time.Second
)

// loop is all that Watcher.Run owns. Only its goroutine touches it; the look-ups it
// starts send what they found to results.
type loop struct {
	watcher *Watcher
	ctx     context.Context // of Run: the look-ups' parent
	options Options

	entries map[Name]*entry
	running int // look-ups
	results chan result
	lookups sync.WaitGroup

	firstEnd time.Time // when the first round is over, whatever is missing; zero: it is
}

// entry is when to look a name up.
type entry struct {
	due     time.Time
	running bool
	again   bool          // the running look-up is by options that are no longer wanted
	pause   time.Duration // before the next attempt after a failure
	waited  bool          // the first round waits for it
}

// result is how one look-up ended.
type result struct {
	name   Name
	entry  *entry
	answer Answer
	err    error
}

// Run works until ctx ends, then waits for the look-ups it started and returns nil.
func (w *Watcher) Run(ctx context.Context) error {
	l := &loop{watcher: w, ctx: ctx, results: make(chan result), firstEnd: time.Now().Add(firstAtMost)}
	defer l.lookups.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(l.advance(time.Now())))
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
			l.apply(time.Now())
		case r := <-l.results:
			l.finish(r, time.Now())
		case <-timer.C:
		}
	}
}

// apply takes over what the last Set wants.
func (l *loop) apply(now time.Time) {
	w := l.watcher
	w.mu.Lock()
	o, states := w.mu.options, w.mu.states
	w.mu.Unlock()
	anew := !reflect.DeepEqual(o, l.options)
	l.options = o

	first := l.entries == nil
	old := l.entries
	l.entries = make(map[Name]*entry, len(states))
	for n, s := range states {
		e := old[n]
		switch {
		case e == nil:
			e = &entry{due: now, waited: first}
			if !s.At.IsZero() { // learned a moment ago; how long it is good for is not known
				e.due = now.Add(soonest)
			}
		case anew:
			e.due, e.again = now, e.running
		}
		l.entries[n] = e
	}
}

// advance starts the look-ups that are due and returns when something is due again.
// It looks at all names: there are far fewer of them than endpoints.
func (l *loop) advance(now time.Time) time.Time {
	l.endFirst(now)
	next := now.Add(time.Hour)
	if !l.firstEnd.IsZero() {
		next = l.firstEnd
	}
	for n, e := range l.entries {
		switch {
		case e.running, l.running == atOnce: // its result is what we wake up for
		case !now.Before(e.due):
			l.start(n, e)
		case e.due.Before(next):
			next = e.due
		}
	}
	return next
}

func (l *loop) start(n Name, e *entry) {
	e.running, e.again = true, false
	l.running++
	o := l.options
	l.lookups.Go(func() {
		a, err := l.watcher.lookup(l.ctx, o, n)
		select {
		case l.results <- result{name: n, entry: e, answer: a, err: err}:
		case <-l.ctx.Done():
		}
	})
}

// finish takes what a look-up found.
func (l *loop) finish(r result, now time.Time) {
	e := r.entry
	e.running = false
	l.running--
	if l.entries[r.name] != e || l.ctx.Err() != nil {
		return // not wanted any more, or it only failed because all ends
	}
	if e.again {
		e.due = now
		return
	}
	was := l.watcher.States()[r.name]
	is := was.after(r.answer, r.err, now)
	e.plan(&r, is.Err, l.options, now)
	e.waited = false
	l.watcher.put(r.name, is)
	l.say(r.name, was, is)
	if l.watcher.changed != nil && !slices.Equal(was.Addresses, is.Addresses) {
		l.watcher.changed()
	}
}

// plan says when the name is due again: when its answer is no longer good; after a
// failure soon, and then less and less often, down to once in the time that a
// look-up may take.
func (e *entry) plan(r *result, fault error, o Options, now time.Time) {
	good := r.answer.TTL
	if o.Valid > 0 {
		good = o.Valid
	}
	good = max(good, soonest)
	if fault == nil {
		e.pause, e.due = 0, now.Add(good)
		return
	}
	e.pause = max(soonest, min(2*e.pause, o.Timeout))
	if r.err == nil { // a part of it is good
		e.due = now.Add(min(good, e.pause))
		return
	}
	e.due = now.Add(e.pause)
}

// endFirst ends the first round when nothing is waited for, or for too long.
func (l *loop) endFirst(now time.Time) {
	if l.firstEnd.IsZero() || l.entries == nil {
		return
	}
	if now.Before(l.firstEnd) {
		for _, e := range l.entries {
			if e.waited {
				return
			}
		}
	}
	l.firstEnd = time.Time{}
	close(l.watcher.first)
}
