package control

import (
	"context"
	"maps"
	"time"

	"weir/balancer/rollout"
)

// eligibleEvery is the least time between two rebuilds of the eligible sets: a
// thousand flapping endpoints cost no more than a few.
const eligibleEvery = 10 * time.Millisecond

// command is one piece of work for the writer. It runs to its end on the
// writer's goroutine; what it answers goes through a channel of its own.
type command func()

// write executes commands one by one until ctx ends. In between it saves what
// is waiting and rebuilds eligible sets, both as often as they may be.
func (c *Control) write(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	asked := c.monitor.FirstRound()
	for {
		now := time.Now()
		c.keep(ctx, now)
		timer.Reset(c.nextDue(c.rebuild(now)))
		select {
		case <-ctx.Done():
			return
		case cmd := <-c.commands:
			cmd()
		case <-c.flips.wake:
		case <-c.moves:
			c.relocate()
		case <-c.located: // or nil
			c.located = nil
			c.relocate()
			c.watch(c.current.Load())
		case <-asked:
			asked = nil
			c.rebuildNow(time.Now()) // or the first requests would find no endpoint for a while
			close(c.firstRound)
		case r := <-c.reopened:
			c.opened(r)
		case <-timer.C:
		}
	}
}

// nextDue is how long the writer may sleep, given when eligible sets are to be
// rebuilt (zero: nothing flipped).
func (c *Control) nextDue(rebuildAt time.Time) time.Duration {
	at := c.keeper.retryAt
	if at.IsZero() || (!rebuildAt.IsZero() && rebuildAt.Before(at)) {
		at = rebuildAt
	}
	if at.IsZero() {
		return time.Hour
	}
	return time.Until(at)
}

// do has f executed by the writer and waits for its answer. When ctx ends first
// f may still be executed, or not: the answer's channel has room for it.
func (c *Control) do(ctx context.Context, f func() error) error {
	answer, err := c.hand(ctx, f)
	if err != nil {
		return err
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hand gives f to the writer, which runs what it has taken to its end.
func (c *Control) hand(ctx context.Context, f func() error) (answer <-chan error, err error) {
	done := make(chan error, 1)
	select {
	case c.commands <- func() { done <- f() }:
		return done, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
		return nil, refuse(Unavailable, "weir is stopping")
	}
}

// change has one upstream replaced by what f makes of it: built, kept, then
// published and, if told is not nil, told. f and told run on the writer; answering
// the upstream itself changes nothing. change answers with the upstream as the
// writer leaves it: a moment later it may be somebody else's.
func (c *Control) change(ctx context.Context, name string, m Meta, f func(*upstream) (*upstream, error), told func(*upstream)) (UpstreamView, error) {
	var view UpstreamView
	err := c.do(ctx, func() error {
		u, err := c.find(name, m.IfMatch)
		if err != nil {
			return err
		}
		next, err := f(u)
		if err != nil {
			return err
		}
		if next != u {
			if err := c.replace(u, next); err != nil {
				return err
			}
			if told != nil {
				told(next)
			}
		}
		view = next.view(next.rollout())
		return nil
	})
	if err != nil {
		return UpstreamView{}, err // view is still the writer's if the caller has left
	}
	return view, nil
}

// find returns the upstream as it is now, if its revision is the one the caller
// saw (0: any).
func (c *Control) find(name string, ifMatch uint64) (*upstream, error) {
	w := c.current.Load()
	u := w.upstreams[name]
	if u == nil {
		if g, err := w.group(name); err == nil {
			return nil, refuse(NotFound, "%s is a group: want one of its upstreams, %s", name, enumerate(g.Upstreams))
		}
		return nil, w.noUpstream(name)
	}
	return u, u.match(ifMatch)
}

func (u *upstream) match(ifMatch uint64) error {
	if ifMatch != 0 && ifMatch != u.record.Revision {
		return refuse(Stale, "upstream %s: is at revision %d, not %d", u.name(), u.record.Revision, ifMatch)
	}
	return nil
}

// replace builds the generation in which next is in u's place, keeps its record
// and publishes it. After an error nothing has changed.
func (c *Control) replace(u, next *upstream) error {
	return c.replaceIf(func() bool { return true }, step{was: u, record: next.record, next: next})
}

// replaceIf is replace, for upstreams that change together, of a change that may have
// been withdrawn by the time it is kept: then what was kept is taken back, and nothing
// is published.
func (c *Control) replaceIf(stands func() bool, steps ...step) error {
	w, err := c.current.Load().with(made(steps)...)
	if err != nil {
		return err
	}
	if err := c.persist(records(steps)); err != nil {
		return err
	}
	if !stands() {
		had := make(map[string][]byte, len(steps))
		for _, s := range steps {
			had[upstreamKey(s.was.name())] = s.was.record.encode()
		}
		c.keeper.later(had, time.Now())
		return rollout.ErrStale
	}
	c.publish(w)
	return nil
}

// replaceAtOnce is replace for safety moves: it publishes first, and the store
// follows when it can.
func (c *Control) replaceAtOnce(steps ...step) error {
	w, err := c.current.Load().with(made(steps)...)
	if err != nil {
		return err
	}
	c.publish(w)
	c.keeper.later(records(steps), time.Now())
	return nil
}

// note keeps records that mean nothing to requests: what serves stays.
func (c *Control) note(steps []step) error {
	if err := c.persist(records(steps)); err != nil {
		return err
	}
	c.exchange(steps)
	return nil
}

// exchange puts records that mean nothing to requests in the place of those before.
func (c *Control) exchange(steps []step) {
	w := *c.current.Load()
	w.upstreams = maps.Clone(w.upstreams)
	for i := range steps {
		s := &steps[i]
		next := *s.was
		next.record = s.record
		s.next = &next
		w.upstreams[next.name()] = &next
	}
	c.current.Store(&w)
	for i := range steps {
		c.prepare(steps[i].next)
		steps[i].next.followGates()
		c.runHooks(steps[i].next)
		c.lookAfter(steps[i].next)
		if i > 0 { // the first one's engine has asked for it
			steps[i].next.live.engine.Notify()
		}
	}
}

// made are the upstreams that the steps make.
func made(steps []step) []*upstream {
	out := make([]*upstream, len(steps))
	for i := range steps {
		out[i] = steps[i].next
	}
	return out
}

// records are what the steps have to be kept as.
func records(steps []step) map[string][]byte {
	out := make(map[string][]byte, len(steps))
	for _, s := range steps {
		out[upstreamKey(s.was.name())] = s.record.encode()
	}
	return out
}

// publish makes w serve. Nothing in here can fail.
func (c *Control) publish(w *world) {
	w.instruct()
	old := c.current.Swap(w)
	if old.config != w.config {
		c.notifier.Set(targets(w.config.Notify))
	}
	w.bringUp(old)
	c.opts.Publish(w.snapshot)
	c.takeOver(old, w)
	c.followRamps(old.flags, w.flags)
	c.seen.tell(w.flags)
	w.ordered(func(u *upstream) {
		was := old.upstreams[u.name()]
		if was == u {
			return
		}
		u.arm()
		c.prepare(u)
		c.followSchema(u)
		u.goOn(was)
		u.followGates()
		c.runHooks(u)
		c.lookAfter(u)
		c.sendCopies(u)
		u.live.engine.Notify()
		c.announce(was, u)
	})
}

// announce logs and sends what is different about an upstream.
func (c *Control) announce(was, u *upstream) {
	if was != nil && was.record.Revision == u.record.Revision {
		return
	}
	rev := &u.record.History[0]
	log := c.opts.Log.Info().Str(keyUpstream, u.name()).Uint64(keyRevision, rev.Revision).Str(keySource, string(rev.Source)).
		Str(keyStable, rev.Stable).Interface(keySplit, rev.Split)
	if was != nil {
		log = log.Interface(keyWas, was.record.Split.Weights)
	}
	log.Str(keyAuthor, rev.Author).Str(keyReason, rev.Reason).Msg("split")
	if was == nil || was.drift() == "" {
		c.warnDrift(u)
	}
	group := ""
	if rev.Rollout != nil {
		group = rev.Rollout.Plan.GroupName
	}
	c.emit(Event{Kind: EventRevision, Upstream: u.name(), Group: group, Revision: rev.Revision, State: string(rev.Source), Reason: rev.Reason})
}

func (c *Control) warnDrift(u *upstream) {
	if d := u.drift(); d != "" {
		c.opts.Log.Warn().Str(keyUpstream, u.name()).Str(keyReason, d).Msg("drift")
	}
}

// Keys of log lines.
const (
	keyUpstream    = "upstream"
	keyVersion     = "version"
	keyEndpoint    = "endpoint"
	keyRevision    = "revision"
	keySource      = "source"
	keyStable      = "stable"
	keySplit       = "split"
	keyWas         = "was"
	keyAuthor      = "author"
	keyReason      = "reason"
	keyRollout     = "rollout"
	keyPhase       = "phase"
	keyFrom        = "from"
	keyTo          = "to"
	keyFile        = "file"
	keyWeight      = "weight"
	keyStep        = "step"
	keyPercent     = "percent"
	keyAdded       = "added"   // addresses
	keyRemoved     = "removed" // addresses
	keyGroup       = "group"
	keyAside       = "set_aside" // a key of the state file
	keySchema      = "schema"
	keyURL         = "url"
	keyGate        = "gate"
	keyPoint       = "point" // of a rollout, at which gates are asked
	keyState       = "state"
	keySaid        = "said" // by a command, the end of it
	keyLastRequest = "last_request"
	keyContract    = "contract"
	keyFlag        = "flag"
)
