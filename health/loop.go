package health

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"weir/balancer"
)

const (
	tickEvery = time.Second          // windows move on, ejected endpoints return
	scanGap   = 5 * time.Millisecond // least time between two scans for failures
)

// loop is all that Monitor.Run owns. Only its goroutine touches it; its workers get
// checks from it and give it their results.
type loop struct {
	log     zerolog.Logger
	changed func(upstream string)
	ctx     context.Context // of Run: the probes' parent
	start   time.Time       // where the grid of checks begins

	watches map[*balancer.Live]*watch
	set     bool // there was a first Set

	// Active checks.
	workers   *workers
	idle      queue // by when their next check is due
	silent    queue // the same, of those whose last check took all of its time
	running   queue // by when their check times out
	hanging   int   // of the running, those that were in silent
	spare     int   // how many of silent may run at a time
	fresh     int   // first checks planned by the present apply
	unchecked int   // targets of the first Set not yet checked once
	first     chan struct{}

	// Ejection.
	rows       []row
	scans      uint64 // scans so far: tells whether a group's tally is of this one
	scanned    time.Time
	scanWanted bool
	tickAt     time.Time

	// Ejection by NGINX's rules; see counted.go.
	counted []*watch
	trialAt time.Time // when a trial is due; zero: none is

	// Slow start.
	warmed []*watch
	warmAt time.Time // when their next step is due; zero: there are none
}

// watch is one target and what is known about it.
type watch struct {
	Target
	group *group

	// Active checks; see check.go.
	phase     phase
	state     riseFall
	at        time.Time          // in loop.idle and silent: next check due; in loop.running: check timed out
	index     int                // in that queue
	began     time.Time          // last check started
	running   bool               // a check holds a slot
	silent    bool               // the last check took all of its time
	busy      bool               // Check has not returned, though it may have timed out
	cancel    context.CancelFunc // of the running check
	void      bool               // the running check's result does not count
	unchecked bool               // counted in loop.unchecked
	gone      bool               // no target any more

	// Ejection; see ejector.go.
	ejection ejection
	recent   recent
	out      bool // ejected by its Fails, as last told

	warming warming
}

func newLoop(ctx context.Context, m *Monitor, now time.Time) *loop {
	return &loop{
		log:     m.log,
		changed: m.changed,
		ctx:     ctx,
		start:   now,
		workers: newWorkers(ctx),
		first:   m.first,
		scanned: now.Add(-scanGap),
		tickAt:  now.Add(tickEvery),
	}
}

// apply makes targets the ones to look after.
func (l *loop) apply(targets []Target, now time.Time) {
	old := l.watches
	l.watches = make(map[*balancer.Live]*watch, len(targets))
	l.rows = make([]row, 0, len(targets)) // new ones: the old hold on to removed targets
	l.counted = nil
	l.idle, l.silent = make(queue, 0, len(targets)), nil
	l.spare = spareFor(len(targets))
	l.fresh = 0
	groups := make(map[[2]string]*group)

	for _, t := range targets {
		if l.watches[t.Live] != nil {
			continue
		}
		t.Check = t.Check.withDefaults()
		w := old[t.Live]
		if w == nil {
			w = l.meet(t, now)
		} else {
			l.update(w, t, now)
		}
		l.watches[t.Live] = w
		if w.Probe != nil && !w.running {
			if w.silent {
				l.silent = append(l.silent, w)
			} else {
				l.idle = append(l.idle, w)
			}
		}

		name := [2]string{t.Upstream, t.Version}
		if groups[name] == nil {
			groups[name] = &group{}
		}
		w.group = groups[name]
		w.group.members = append(w.group.members, w)
		switch {
		case w.Fails != nil:
			l.counted = append(l.counted, w)
		case w.Stats != nil:
			l.rows = append(l.rows, row{watch: w, stats: w.Stats})
		}
	}
	l.follow(now)
	l.idle.init()
	l.silent.init()

	for live, w := range old {
		if l.watches[live] == nil {
			w.gone = true
			l.stopCheck(w)
		}
	}
	if !l.set {
		l.set = true
		l.announce() // there may be nothing to wait for
	}
}

// meet starts the history of a new target.
func (l *loop) meet(t Target, now time.Time) *watch {
	w := &watch{Target: t, phase: phaseOf(&t)}
	w.watchStats()
	if w.Fails == nil && w.Stats != nil && w.Live.Ejected() { // it was a target once before
		w.ejection = w.ejection.begin(now, roll())
	}
	if w.Live.Share() > 0 { // it was one then
		w.Live.SetShare(0)
		l.warm(w, now)
	}
	l.startChecks(w, now)
	if !l.set && w.Probe != nil {
		w.state.first, w.unchecked = true, true
		l.unchecked++
	}
	return w
}

// update goes on with the history of a known target.
func (l *loop) update(w *watch, t Target, now time.Time) {
	had, check, stats, counted := w.Probe != nil, w.Check, w.Stats, w.Fails != nil
	w.Target, w.phase = t, phaseOf(&t)
	if counted != (t.Fails != nil) {
		l.changeMode(w)
	}
	if w.Stats != stats {
		w.watchStats()
	}
	switch {
	case t.Probe == nil:
		l.stopCheck(w)
		l.startChecks(w, now)
	case !had:
		l.startChecks(w, now)
	case t.Check != check:
		l.trust(w)
		if !w.running {
			w.at = l.next(w, now)
		}
	}
}

// watchStats starts the history of the target's counters.
func (w *watch) watchStats() {
	if w.Stats != nil {
		w.recent.restart(w.Stats.Counts())
	}
}

// advance does all that is due at now and returns when something is due again.
func (l *loop) advance(now time.Time) time.Time {
	if !now.Before(l.tickAt) {
		l.tick(now)
		l.tickAt = now.Add(tickEvery)
	}
	if l.scanWanted && now.Sub(l.scanned) >= scanGap {
		l.scanWanted, l.scanned = false, now
		l.scan(now)
	}
	if !l.trialAt.IsZero() && !now.Before(l.trialAt) {
		l.follow(now)
	}
	l.runChecks(now)
	if !l.warmAt.IsZero() && !now.Before(l.warmAt) {
		l.warmUp(now)
	}

	next := l.tickAt
	for _, at := range []time.Time{l.trialAt, l.warmAt} {
		if !at.IsZero() {
			next = earlier(next, at)
		}
	}
	if l.scanWanted {
		next = earlier(next, l.scanned.Add(scanGap))
	}
	if q := l.due(); q != nil {
		next = earlier(next, (*q)[0].at)
	}
	if len(l.running) > 0 {
		next = earlier(next, l.running[0].at)
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
