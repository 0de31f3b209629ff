package health

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// MonitorOptions is what a Monitor works with.
type MonitorOptions struct {
	Log zerolog.Logger // one line per change of an endpoint's state; the zero value logs nothing

	// Changed is called after a word of one of the upstream's endpoints has flipped,
	// from Monitor's goroutine; it must not block. nil: nobody is told.
	Changed func(upstream string)
}

// Monitor runs the active checks and the outlier ejection of all endpoints. Use
// NewMonitor; all methods may be called by any goroutine at any time, Run once.
type Monitor struct {
	log     zerolog.Logger
	changed func(upstream string)

	mu struct {
		sync.Mutex
		next []Target // what Set asked for and Run has not yet taken over
		set  bool     // next is valid
	}
	wake   chan struct{} // capacity 1: mu.next is waiting
	failed chan struct{} // capacity 1: an attempt failed
	first  chan struct{} // closed after the first round
}

// NewMonitor returns a monitor without targets. It starts nothing: see Run.
func NewMonitor(o MonitorOptions) *Monitor {
	return &Monitor{
		log:     o.Log,
		changed: o.Changed,
		wake:    make(chan struct{}, 1),
		failed:  make(chan struct{}, 1),
		first:   make(chan struct{}),
	}
}

// Set replaces the targets, soon after it returned; before Run it only notes them.
// A target whose Live was there before keeps its history, a new one is checked at
// once, and a removed one is left alone with its word as it is. Those of the first
// Set are taken for endpoints that were serving before the process started: one
// passed check brings them up, later ones need Rise. Of several targets with the
// same Live only the first counts.
func (m *Monitor) Set(targets []Target) {
	m.mu.Lock()
	m.mu.next, m.mu.set = slices.Clone(targets), true
	m.mu.Unlock()
	notify(m.wake)
}

// Failed says that an attempt, already recorded in its endpoint's Stats, has failed, or
// that an endpoint's Fails have ejected it or brought it back: the ejector looks within
// 5 ms. It never blocks and costs next to nothing when called often.
func (m *Monitor) Failed() { notify(m.failed) }

// FirstRound is closed as soon as each target of the first Set that has a probe was
// checked once, or its check timed out, or it was removed. Needs Run.
func (m *Monitor) FirstRound() <-chan struct{} { return m.first }

// Run works until ctx ends, then waits for the probes it started and returns nil.
func (m *Monitor) Run(ctx context.Context) error {
	l := newLoop(ctx, m, time.Now())
	defer l.workers.all.Wait()

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(l.advance(time.Now())))
		failed := m.failed
		if l.scanWanted { // already planned: let further hints wait in their channel
			failed = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.wake:
			if targets, ok := m.take(); ok {
				l.apply(targets, time.Now())
			}
		case <-failed:
			l.scanWanted = true
		case r := <-l.workers.results:
			l.finish(r, time.Now())
		case <-timer.C:
		}
	}
}

// take hands over what the last Set asked for, once.
func (m *Monitor) take() (targets []Target, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	targets, ok = m.mu.next, m.mu.set
	m.mu.next, m.mu.set = nil, false
	return targets, ok
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}
