package control

import (
	"slices"
	"sync"
	"time"

	"weir/health"
)

// flips collects the upstreams in which an endpoint's word has flipped, until
// the writer rebuilds their eligible sets.
type flips struct {
	wake chan struct{} // capacity 1: the set is not empty
	mu   struct {
		sync.Mutex
		upstreams map[string]struct{}
	}
	last time.Time // of the last rebuild; the writer's
}

// note never blocks; any goroutine may call it.
func (f *flips) note(upstream string) {
	f.mu.Lock()
	if f.mu.upstreams == nil {
		f.mu.upstreams = map[string]struct{}{}
	}
	f.mu.upstreams[upstream] = struct{}{}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // already awake
	}
}

func (f *flips) take() map[string]struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.mu.upstreams
	f.mu.upstreams = nil
	return out
}

func (f *flips) waiting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.mu.upstreams) > 0
}

// flipped is what requests call that have ejected an endpoint of the upstream, or
// brought one back.
func (c *Control) flipped(upstream string) func() {
	return func() {
		c.flips.note(upstream)
		c.monitor.Failed()
	}
}

// rebuild rebuilds the eligible sets of the upstreams that flipped, at most every
// eligibleEvery. It returns when it wants to be called again, zero for never.
func (c *Control) rebuild(now time.Time) time.Time {
	if !c.flips.waiting() {
		return time.Time{}
	}
	if next := c.flips.last.Add(eligibleEvery); now.Before(next) {
		return next
	}
	c.rebuildNow(now)
	return time.Time{}
}

// rebuildNow is rebuild without its patience.
func (c *Control) rebuildNow(now time.Time) {
	c.flips.last = now
	w := c.current.Load()
	leaving := false
	for name := range c.flips.take() {
		u := w.upstreams[name]
		if u == nil {
			continue // removed meanwhile
		}
		for _, v := range u.versions {
			v.group.Rebuild()
		}
		c.announceHealth(u)
		leaving = leaving || slices.ContainsFunc(u.versions, func(v *version) bool { return v.lingering })
	}
	if leaving {
		c.relocate()
	}
}

// announceHealth sends an event for each endpoint whose health is another than
// last said.
func (c *Control) announceHealth(u *upstream) {
	for _, v := range u.versions {
		for _, e := range v.endpoints {
			health := e.live.live.Health()
			if health == e.live.shown {
				continue
			}
			e.live.shown = health
			c.emit(Event{
				Kind: EventEndpoint, Upstream: u.name(), Version: v.name, Address: e.address,
				Revision: u.record.Revision, State: health, Reason: e.live.found.Get().Cause(health),
			})
		}
	}
}

// targets are all endpoints, for the monitor.
func (c *Control) targets(w *world) []health.Target {
	var out []health.Target
	w.ordered(func(u *upstream) {
		check := newChecks(u.config.Health.Active, w.keys.of(u.name()))
		for _, v := range u.versions {
			for _, e := range v.endpoints {
				t := health.Target{
					Upstream: u.name(), Version: v.name, Address: e.address,
					Live: e.live.live, Stats: e.live.stats, Care: e.live.care, Found: e.live.found,
					Candidate: v.live.judged.Load, SlowStart: e.slowStart,
				}
				if u.countsFails() {
					t.Fails = e.live.fails
				}
				if check != nil {
					t.Probe, t.Check = check.probe(e.address, e.live.name, e.live.announced.hear), check.options()
				}
				out = append(out, t)
			}
		}
	})
	return out
}
