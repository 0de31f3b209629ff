package control

import (
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
	"weir/proxy"
)

// Live things are the opposite of a generation: counters, words, connections
// and positions, keyed by upstream, version and address. Each generation takes
// over from the one before what it still has; what it no longer has is retired.

// liveUpstream lives as long as the upstream is in the file.
type liveUpstream struct {
	sequence *balancer.Sequence
	engine   *rollout.Engine
	stop     func() // ends the engine's Run; nil while it does not run. The writer's.
}

// liveVersion lives as long as the version is in the file.
type liveVersion struct {
	stats  *outcome.Version
	shield *proxy.ShieldStats
	cursor *balancer.Cursor
	judged atomic.Bool // by a rollout or a guard, as last published

	window  outcome.Window                  // the sampler's
	summary atomic.Pointer[outcome.Summary] // of window, for everybody; nil before the first sample
}

// liveEndpoint lives as long as the endpoint is in the file.
type liveEndpoint struct {
	live  *balancer.Live
	stats *outcome.Endpoint
	fails *balancer.Fails // counts in passive mode nginx
	proxy *proxy.Endpoint

	shown string // health as last announced by an event; the writer's
}

// The retry budget outside rollouts: a fifth of the requests (or as configured),
// and never less than a few a second, so that a service with few requests can
// retry at all. The burst covers what breaks at once with one endpoint.
const (
	retryBurst = 128
	retryFloor = 10 // per second
)

// The budget of the shield, semantics §5.
const (
	shieldBurst = 256
	shieldRatio = 0.5
)

// newShared returns the part of an upstream's live state that requests see.
func newShared(failed, flipped func()) *proxy.UpstreamLive {
	l := &proxy.UpstreamLive{
		Users:        outcome.NewUsers(),
		ShieldBudget: outcome.NewBudget(shieldBurst, shieldRatio, 0),
		Queue:        &balancer.Queue{},
		Wake:         make(chan struct{}, 1),
		Failed:       failed,
		Flipped:      flipped,
	}
	l.OverdueAfter.Store(int64(outcome.OverdueAfter(0)))
	return l
}

func retryBudget(r config.Retry) *outcome.Budget {
	if r.Budget == 0 {
		return outcome.NewBudget(0, 0, 0)
	}
	return outcome.NewBudget(retryBurst, r.Budget, retryFloor)
}

func newLiveVersion() *liveVersion {
	return &liveVersion{stats: outcome.NewVersion(), shield: &proxy.ShieldStats{}, cursor: &balancer.Cursor{}}
}

func newLiveEndpoint(address string, checking bool) *liveEndpoint {
	e := &liveEndpoint{live: balancer.NewLive(checking), stats: &outcome.Endpoint{}}
	e.shown = e.live.Health()
	now := time.Now()
	// Their seconds begin together, so that the monitor wakes up for all at a time.
	e.fails = balancer.NewFails(e.live, now.Add(-time.Duration(now.Nanosecond())))
	e.proxy = proxy.NewEndpoint(address, e.live, e.stats, proxy.EndpointOptions{})
	e.proxy.Fails = e.fails
	return e
}
