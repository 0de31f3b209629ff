package control

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

const (
	// prepareEvery is how often a candidate on its way to the switch is looked at.
	prepareEvery = 100 * time.Millisecond
	// openEvery is how often its connections are.
	openEvery = time.Second
	// preparedAtOnce bounds the endpoints that are warmed up and checked at a time.
	preparedAtOnce = 8
)

// preparer makes the candidate of one blue_green rollout ready for the switch, and
// keeps connections to what takes everything at the next one: to the candidate
// before it, to the version before as long as that is the way back. It goes by the
// file that the rollout was started, or found at a start, with.
type preparer struct {
	host *host
	id   string // of the rollout
	to   string
	plan *config.BlueGreen

	said   atomic.Pointer[said] // never nil
	stop   context.CancelFunc
	opened time.Time
	ready  map[*balancer.Live]bool // endpoints that are warm and checked, and have been usable since
}

// said is how far a preparer is, and how many endpoints are ready.
type said struct {
	rollout.Preparation
	ready int
}

// prepare starts what the upstream's rollout needs, and ends what another one has
// needed. It runs on the writer.
func (c *Control) prepare(u *upstream) {
	r, p := u.record.Rollout, u.live.preparer.Load()
	wanted := u.record.prepares(time.Now())
	if p != nil && !(wanted && p.id == r.ID) {
		p.stop()
		u.live.preparer.Store(nil)
		p = nil
	}
	if !wanted || p != nil || u.live.ctx == nil {
		return
	}
	ctx, stop := context.WithCancel(u.live.ctx)
	p = &preparer{
		host: &host{control: c, name: u.name(), live: u.live},
		id:   r.ID, to: r.Plan.To, plan: &u.config.Rollout.BlueGreen,
		stop: stop, ready: map[*balancer.Live]bool{},
	}
	p.said.Store(&said{})
	u.live.preparer.Store(p)
	c.loops.Go(func() {
		defer stop()
		p.run(ctx)
	})
}

// prepares reports whether the rollout has a preparer: one of blue_green has while it
// runs, and then as long as the version before is kept warm and the way back to it is
// not taken.
func (r *record) prepares(now time.Time) bool {
	run := r.Rollout
	if run == nil || run.Plan.BlueGreen == nil {
		return false
	}
	return !run.Phase.Ended() || r.Split.Stable == run.Plan.To && now.Before(run.WarmUntil())
}

// run works until ctx ends, or the rollout and what it keeps warm.
func (p *preparer) run(ctx context.Context) {
	tick := time.NewTicker(prepareEvery)
	defer tick.Stop()
	for {
		u := p.host.upstream()
		if u == nil {
			return
		}
		if !u.record.prepares(time.Now()) || u.record.Rollout.ID != p.id {
			return
		}
		next := p.next(u.record.Rollout)
		early := u.record.Rollout.Asked.Point == rollout.BeforeStart // what it needs may not be there yet
		if next == p.to && !early {
			p.prepare(ctx, u)
		}
		if !early && u.record.Split.Weights[next] == 0 { // else requests keep theirs
			p.open(ctx, u.version(next))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// next is the version that a switch would give everything now.
func (p *preparer) next(r *rollout.State) string {
	if r.Bake || r.Phase.Ended() {
		return r.Plan.From
	}
	return p.to
}

// prepare warms up and checks the endpoints that have become usable, as soon as
// there are enough.
func (p *preparer) prepare(ctx context.Context, u *upstream) {
	v := u.version(p.to)
	if v == nil || p.said.Load().Failed != "" {
		return
	}
	fresh := p.fresh(v)
	if short := p.short(v); short != "" {
		p.say(rollout.Preparation{Doing: short})
		return
	}
	if len(fresh) == 0 {
		p.say(rollout.Preparation{Done: true})
		return
	}
	p.say(rollout.Preparation{Doing: fmt.Sprintf("warming up and checking %d of the %d endpoints of %s", len(fresh), len(v.endpoints), v.name)})
	failed := make([]string, len(fresh))
	var all sync.WaitGroup
	free := make(chan struct{}, preparedAtOnce)
	for i, e := range fresh {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			p.warmUp(ctx, u, e)
			failed[i] = p.smoke(ctx, u, e)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return
	}
	for i, e := range fresh {
		if failed[i] != "" {
			p.say(rollout.Preparation{Failed: failed[i]})
			return
		}
		p.ready[e.live.live] = true
	}
}

// fresh are the usable endpoints that are not ready yet. One that is no longer
// usable is as good as new when it comes back.
func (p *preparer) fresh(v *version) []*endpoint {
	var out []*endpoint
	for i := range v.endpoints {
		e := &v.endpoints[i]
		switch {
		case !e.live.live.Usable():
			delete(p.ready, e.live.live)
		case !p.ready[e.live.live]:
			out = append(out, e)
		}
	}
	return out
}

// short says that too few endpoints are usable, or "".
func (p *preparer) short(v *version) string {
	return v.short(p.plan.MinUsable, "blue_green.min_usable")
}

// say tells how far it is.
func (p *preparer) say(now rollout.Preparation) {
	next := said{now, len(p.ready)}
	if *p.said.Load() == next {
		return
	}
	p.said.Store(&next)
	log := p.host.control.opts.Log.Info().Str(keyUpstream, p.host.name).Str(keyRollout, p.id).Str(keyTo, p.to)
	switch {
	case now.Failed != "":
		log = log.Str(keyReason, now.Failed)
	case now.Done:
		log = log.Str(keyReason, "ready for the switch")
	default:
		log = log.Str(keyReason, now.Doing)
	}
	log.Msg("preparation")
}

// preparation is how far the candidate is on its way to the switch. Endpoints are
// counted anew: there is no switch to a version that has just lost them, nor to one
// that has just got some which the preparer has not seen.
func (h *host) preparation(v *version) rollout.Preparation {
	p := h.live.preparer.Load()
	if p == nil || p.to != v.name {
		return rollout.Preparation{}
	}
	said := *p.said.Load()
	if !said.Done {
		return said.Preparation
	}
	if short := p.short(v); short != "" {
		return rollout.Preparation{Doing: short}
	}
	if more := v.group.Usable() - said.ready; more > 0 {
		return rollout.Preparation{Doing: fmt.Sprintf("%d more of the %d endpoints of %s are to be warmed up and checked", more, len(v.endpoints), v.name)}
	}
	return said.Preparation
}
