package accesslog

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Log takes entries from requests and writes them as lines. Make one with New,
// say with Use what to write, and start Run.
type Log struct {
	rule   atomic.Pointer[rule] // nil: off
	shards []shard

	next     atomic.Pointer[Plan] // to be used from the owner's next turn on
	rotated  atomic.Bool          // the file is to be reopened
	wake     chan struct{}        // capacity 1
	lines    atomic.Uint64
	dropped  atomic.Uint64
	lost     atomic.Uint64
	troubled atomic.Bool
	log      zerolog.Logger // of Weir itself
	zone     *time.Location
	every    time.Duration // of the owner's turns when nobody calls
	patience time.Duration // at the end, for the last lines
}

// New returns a log that is off. log gets what the operator must know: that the
// log cannot be written, or can again. It starts nothing.
func New(log zerolog.Logger) *Log {
	l := &Log{
		shards: make([]shard, shardCount()),
		wake:   make(chan struct{}, 1),
		log:    log,
		zone:   time.Local,
		every:  flushEvery, patience: stopWait,
	}
	step := ^uint64(0)/uint64(len(l.shards)) + 1
	for i := range l.shards {
		l.shards[i].sampled.Store(uint64(i) * step) // else all would begin with the same decisions
	}
	return l
}

// On says whether entries are wanted: the one thing a request asks while the log
// is off.
func (l *Log) On() bool { return l.rule.Load() != nil }

// Record takes an entry; shard is any number that spreads those who call at the
// same time. It never waits and allocates nothing, but for the first entries
// after the log was off: what finds no room is dropped.
func (l *Log) Record(shard int, e *Entry) {
	r := l.rule.Load()
	if r == nil || !r.wants(e) {
		return
	}
	mask := len(l.shards) - 1
	shard &= mask
	if !r.takes(&l.shards[shard]) {
		return
	}
	for i := range l.shards {
		added, half := l.shards[(shard+i)&mask].add(e)
		if half || !added {
			l.call()
		}
		if added {
			return
		}
	}
	l.dropped.Add(1)
}

// call asks the owner to come.
func (l *Log) call() {
	select {
	case l.wake <- struct{}{}:
	default: // it is called already
	}
}

// Use makes p the log from now on, nil none; one call at a time. What was
// recorded before is written as before, apart from entries that meet the change.
// The log closes p in the end.
func (l *Log) Use(p *Plan) {
	if p == nil {
		p = &Plan{}
	}
	if unused := l.next.Swap(p); unused != nil {
		unused.Close()
	}
	l.rule.Store(p.rule) // after the above: what it lets in has somewhere to go
	l.call()
}

// Reopen opens the file anew, as after a rotation. It does not wait for that.
func (l *Log) Reopen() {
	l.rotated.Store(true)
	l.call()
}

// Stats are the counts of a log since the process started.
type Stats struct {
	Lines   uint64 // formatted for the output, those lost included
	Dropped uint64 // entries that found no room
	Lost    uint64 // lines that the output did not take
	OK      bool   // lines go where they should, or the log is off
}

// Stats reads the counts.
func (l *Log) Stats() Stats {
	lost := l.lost.Load() // before the lines, so that it is never more
	return Stats{Lines: l.lines.Load(), Dropped: l.dropped.Load(), Lost: lost, OK: !l.troubled.Load()}
}

const (
	flushEvery = time.Second
	// stopWait is how long the last lines may take: a reader of the log that takes
	// nothing must not keep the process.
	stopWait = 5 * time.Second
)

// Run writes until ctx ends, and then what is left. It returns nil.
func (l *Log) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.own(ctx)
	}()
	<-ctx.Done()
	late := time.NewTimer(l.patience)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		l.log.Error().Msg("access log: nobody takes the last lines, they are lost")
	}
	return nil
}

// own is the owner's goroutine.
func (l *Log) own(ctx context.Context) {
	o := &owner{Log: l, writer: writer{log: l.log}, clock: clock{zone: l.zone}}
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			o.turn()
			o.flush() // for a log that this turn has only begun
			o.writer.use(nil)
			return
		case <-l.wake:
		case <-tick.C:
		}
		o.turn()
	}
}
