package control

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/health/outcome"
)

const (
	// careEvery is how often an old version is looked at that is to retire.
	careEvery = 200 * time.Millisecond
	// quietFor is how long it has to have been without a request: one that was chosen
	// from an older snapshot is on its way for less.
	quietFor = time.Second
	// careAgain is the pause after something that could not be kept.
	careAgain = time.Second
)

// aftercare sees to what comes after one rollout that has succeeded: when keep_warm is
// over it bounds what its old version still has in flight, says when that is gone, and
// then has the gates of after_finish asked.
type aftercare struct {
	host *host
	id   string // of the rollout
	stop context.CancelFunc

	contracts bool // it has gates of after_finish
	retiring  bool
	asked     atomic.Bool // the gates are
	requests  uint64      // of the old version so far
	seen      time.Time   // when one was last in flight or ended
	totals    outcome.Totals
}

// lookAfter starts what the upstream's last rollout needs, and ends what another one
// did. It runs on the writer.
func (c *Control) lookAfter(u *upstream) {
	s, a := u.record.unfinished(), u.live.aftercare.Load()
	if a != nil && (s == nil || a.id != s.ID) {
		a.stop()
		u.live.aftercare.Store(nil)
		if !a.asked.Load() && a.contracts && u.record.running() != nil {
			c.opts.Log.Warn().Str(keyUpstream, u.name()).Str(keyRollout, a.id).
				Msg("another rollout has begun before the old version retired: the gates of after_finish are not asked")
		}
		a = nil
	}
	if s == nil || a != nil || u.live.ctx == nil {
		return
	}
	ctx, stop := context.WithCancel(u.live.ctx)
	a = &aftercare{host: &host{control: c, name: u.name(), live: u.live}, id: s.ID, stop: stop, contracts: len(contracts(s)) > 0}
	u.live.aftercare.Store(a)
	c.loops.Go(func() {
		defer stop()
		a.run(ctx)
	})
}

// run works until ctx ends, or nothing is left to be done.
func (a *aftercare) run(ctx context.Context) {
	var wait time.Duration
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		u := a.host.upstream()
		if u == nil {
			return
		}
		s := u.record.unfinished()
		if s == nil || s.ID != a.id {
			return
		}
		wait = careEvery
		if err := a.look(ctx, u, s, time.Now()); err != nil {
			wait = careAgain
		}
	}
}

// look does what it is time for.
func (a *aftercare) look(ctx context.Context, u *upstream, s *rollout.State, now time.Time) error {
	switch {
	case u.record.aftermath(s) != nil:
		a.contract(u, s)
		return nil
	case now.Before(s.WarmUntil()):
		return nil
	case len(u.led(s.Plan.From)) > 0: // more is to come
		a.retiring = false
		return nil
	case !a.retiring:
		a.retiring, a.seen = true, now
		return a.write(ctx, func(u *upstream, s *rollout.State) error {
			u.retire(s.Plan.From)
			return nil
		})
	}
	n, inflight := u.load(s.Plan.From, &a.totals)
	if n != a.requests || inflight > 0 {
		a.requests, a.seen = n, now
	}
	if now.Sub(a.seen) < quietFor {
		return nil
	}
	return a.write(ctx, a.retired)
}

// write has the writer do something, as long as the rollout is still to be looked after.
func (a *aftercare) write(ctx context.Context, f func(*upstream, *rollout.State) error) error {
	return a.host.control.do(ctx, func() error {
		u := a.host.upstream()
		if u == nil {
			return rollout.ErrStale
		}
		s := u.record.unfinished()
		if s == nil || s.ID != a.id {
			return rollout.ErrStale
		}
		return f(u, s)
	})
}

// retired keeps that the old version has, and then tells everybody: once, for what was
// kept is not found again. It runs on the writer.
func (a *aftercare) retired(u *upstream, s *rollout.State) error {
	if u.record.aftermath(s) != nil {
		return nil
	}
	if _, inflight := u.load(s.Plan.From, &outcome.Totals{}); inflight > 0 || len(u.led(s.Plan.From)) > 0 {
		return nil
	}
	last := u.record.weightless(s.Plan.From)
	if seen := u.lastSeen(s.Plan.From); seen.After(last) {
		last = seen
	}
	c := a.host.control
	steps := []step{{was: u, record: u.record.retired(s, last, time.Now())}}
	if err := c.note(steps); err != nil {
		return err
	}
	after := steps[0].record.After
	c.opts.Log.Info().Str(keyUpstream, u.name()).Str(keyRollout, s.ID).Str(keyVersion, after.Version).
		Time(keyLastRequest, after.LastRequestAt).Msg("version retired")
	c.emit(Event{
		Kind: EventRetired, Upstream: u.name(), Group: s.Plan.GroupName, Version: after.Version, Revision: u.record.Revision, State: "retired",
		Reason: after.proof(), Retired: &Retired{LastRequestAt: after.LastRequestAt}, Move: moveOf(s),
	})
	return nil
}

// proof is why the version can be done without, for people.
func (a *aftermath) proof() string {
	return fmt.Sprintf("%s has retired: last request at %s, 0 in flight, not warm", a.Version, a.LastRequestAt.Local().Format(time.RFC3339))
}

// load is how many requests a version has had and has, those of endpoints that it no
// longer has included.
func (u *upstream) load(name string, totals *outcome.Totals) (requests uint64, inflight int64) {
	if v := u.version(name); v != nil {
		v.live.stats.Totals(totals)
		requests, inflight = endedAttempts(totals), v.inflight()
	}
	if gone := u.live.leaving.Load(); gone != nil {
		for _, e := range *gone {
			if e.version == name {
				inflight += e.live.Inflight()
			}
		}
	}
	return requests, inflight
}

// endedAttempts is how many there have been.
func endedAttempts(t *outcome.Totals) uint64 {
	var n uint64
	for k := range t.First {
		n += t.First[k] + t.Later[k] + t.Repeated[k] + t.Writes[k]
	}
	return n
}

func (v *version) inflight() int64 {
	var n int64
	for i := range v.endpoints {
		n += v.endpoints[i].live.live.Inflight()
	}
	return n
}

// leaver is an endpoint that its version no longer has, and that may still have
// requests.
type leaver struct {
	version string
	live    *balancer.Live
	at      time.Time // when it left
}

// leave notes endpoints that are gone, and forgets those that have finished. It runs
// on the writer.
func (l *liveUpstream) leave(gone []leaver, now time.Time) {
	out := gone
	if was := l.leaving.Load(); was != nil {
		for _, e := range *was {
			if e.live.Inflight() > 0 || now.Sub(e.at) < quietFor {
				out = append(out, e)
			}
		}
	}
	l.leaving.Store(&out)
}

// see notes whether the version has had a request since it was last looked at.
func (v *version) see(now time.Time, t *outcome.Totals) {
	n := endedAttempts(t)
	if n != v.live.ended || v.inflight() > 0 {
		v.live.seen.Store(now.UnixNano())
	}
	v.live.ended = n
}

// lastSeen is when a request of the version was last seen, to a second; zero: in this
// process none was, or the file has the version no longer.
func (u *upstream) lastSeen(name string) time.Time {
	v := u.version(name)
	if v == nil || v.live.seen.Load() == 0 {
		return time.Time{}
	}
	return time.Unix(0, v.live.seen.Load())
}
