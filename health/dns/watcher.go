package dns

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// State is what is known of a name. Nobody changes its addresses.
type State struct {
	// Addresses are the last good answer's; none as well when DNS says that there are
	// none, and before the first answer.
	Addresses []Address
	Err       error     // why the latest look-up gave no answer, or not a whole one; nil: it did
	At        time.Time // of the latest look-up's end; zero: there was none
}

// Lookup asks for one name once; see Client.Lookup. It may be called from many
// goroutines at a time, and must return soon after ctx ends.
type Lookup func(ctx context.Context, o Options, n Name) (Answer, error)

// WatcherOptions is what a Watcher works with.
type WatcherOptions struct {
	Lookup Lookup         // nil: that of a new Client
	Log    zerolog.Logger // one line per change of what is known of a name; the zero value logs nothing

	// Changed is called when a name has other addresses than before, from Watcher's
	// goroutine; it must not block. nil: nobody is told.
	Changed func()
}

// Watcher looks names up again whenever their answers are no longer good. Use
// NewWatcher; all methods may be called by any goroutine at any time, Run once.
type Watcher struct {
	lookup  Lookup
	log     zerolog.Logger
	changed func()

	mu struct {
		sync.Mutex
		options Options
		states  map[Name]State // of the names to look after, and of those just learned; not written again: a change makes a new one
	}
	wake  chan struct{} // capacity 1: there was a Set
	first chan struct{} // closed after the first round
}

// NewWatcher returns a watcher without names. It starts nothing: see Run.
func NewWatcher(o WatcherOptions) *Watcher {
	if o.Lookup == nil {
		o.Lookup = new(Client).Lookup
	}
	w := &Watcher{lookup: o.Lookup, log: o.Log, changed: o.Changed, wake: make(chan struct{}, 1), first: make(chan struct{})}
	w.mu.states = map[Name]State{}
	return w
}

// Set replaces the names and how they are looked up. What is known of a name stays; a
// new one is looked up at once.
func (w *Watcher) Set(o Options, names []Name) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := make(map[Name]State, len(names))
	for _, n := range names {
		next[n] = w.mu.states[n]
	}
	w.mu.options, w.mu.states = o, next
	notify(w.wake)
}

// States is what is known of every name of the last Set, and of those learned since. The caller must not change it.
func (w *Watcher) States() map[Name]State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.states
}

// FirstRound is closed as soon as each name of the first Set was looked up once,
// whatever came of it, or was taken out again, or after five seconds. Needs Run.
func (w *Watcher) FirstRound() <-chan struct{} { return w.first }

// Learn looks up those of the names that nothing is known of, for a Set that will
// want them, and waits for that at most five seconds.
func (w *Watcher) Learn(ctx context.Context, o Options, names []Name) {
	ctx, cancel := context.WithTimeout(ctx, firstAtMost)
	defer cancel()
	known := w.States()
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, n := range names {
		if _, ok := known[n]; ok {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			a, err := w.lookup(ctx, o, n)
			if err == nil {
				w.put(n, State{}.after(a, nil, time.Now()))
			}
		})
	}
	wg.Wait()
}

// after is what is known after a look-up.
func (s State) after(a Answer, err error, now time.Time) State {
	s.At, s.Err = now, err
	if err == nil {
		a = a.with(s.Addresses)
		s.Addresses, s.Err = a.Addresses, a.Err
	}
	return s
}

// put makes what is known of a name another one.
func (w *Watcher) put(n Name, s State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := maps.Clone(w.mu.states)
	next[n] = s
	w.mu.states = next
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}
