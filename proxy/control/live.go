package control

import (
	"context"
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health"
	"weir/health/dns"
	"weir/health/outcome"
	"weir/proxy"
	"weir/proxy/control/series"
)

// Live things are the opposite of a generation: counters, words, connections
// and positions, keyed by upstream, version and address. Each generation takes
// over from the one before what it still has; what it no longer has is retired.

// liveUpstream lives as long as the upstream is in the file.
type liveUpstream struct {
	sequence  *balancer.Sequence
	engine    *rollout.Engine
	known     func() map[dns.Name]dns.State // what DNS has said of the file's names
	stop      func()                        // ends the engine's Run; nil while it does not run. The writer's.
	ctx       context.Context               // of the engine's Run; nil like stop. The writer's.
	peak      peak                          // what there was to do
	schema    atomic.Pointer[schemaSource]  // that asks for the version of the schema; nil: nobody has to be asked. Stored by the writer.
	asker     *asker                        // of the gates
	hooks     rollHooks                     // of the rolling rollout that runs
	preparer  atomic.Pointer[preparer]      // of the blue_green rollout that runs or is kept warm; nil: none. Stored by the writer.
	aftercare atomic.Pointer[aftercare]     // of the rollout that succeeded last; nil: it needs none. Stored by the writer.
	contract  atomic.Pointer[aftercare]     // that has had after_finish asked, a group's leader's; nil: none yet. Stored by aftercares.
	leaving   atomic.Pointer[[]leaver]      // endpoints that are gone; nil: there never was one. Stored by the writer.
	copies    *mirroring                    // who sends those of a step that mirrors; nil: there are none. The writer's.

	users   *outcome.UsersWindow            // nil before the first request; the sampler's
	summary atomic.Pointer[outcome.Summary] // of users, for everybody; nil like users
	series  series.Series                   // the sampler pushes

	rollouts, judgements endings // how rollouts, and guards, have ended
}

// liveVersion lives as long as the version is in the file.
type liveVersion struct {
	stats    *outcome.Version
	shield   *proxy.ShieldStats
	failures *proxy.Failures
	mirrored *proxy.MirrorStats
	cursor   *balancer.Cursor
	apart    *balancer.Load // in flight, and not by the split's choice
	judged   atomic.Bool    // by a rollout or a guard, as last published

	window  outcome.Window                  // the sampler's
	summary atomic.Pointer[outcome.Summary] // of window, for everybody; nil before the first sample
	ended   uint64                          // attempts, at the last sample; the sampler's
	seen    atomic.Int64                    // when there last was one, as the sampler found; 0: never
}

// liveEndpoint lives as long as the endpoint is in the file.
type liveEndpoint struct {
	live  *balancer.Live
	stats *outcome.Endpoint
	care  *outcome.Care
	fails *balancer.Fails // counts in passive mode nginx
	proxy *proxy.Endpoint
	name  string // what it is called, host:port; "": its address

	announced *announcement
	found     *health.Found
	asked     *atomic.Int64 // when its state became another one, in nanoseconds; 0: it never has

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
	return &liveVersion{stats: outcome.NewVersion(), shield: &proxy.ShieldStats{}, failures: &proxy.Failures{}, mirrored: &proxy.MirrorStats{}, cursor: &balancer.Cursor{}, apart: &balancer.Load{}}
}

func newLiveEndpoint(address, name string, checking bool) *liveEndpoint {
	e := &liveEndpoint{live: balancer.NewLive(checking), stats: &outcome.Endpoint{}, care: &outcome.Care{}, name: name, announced: &announcement{}, asked: &atomic.Int64{}}
	e.shown = e.live.Health()
	now := time.Now()
	e.found = health.NewFound(e.shown, now)
	// Their seconds begin together, so that the monitor wakes up for all at a time.
	e.fails = balancer.NewFails(e.live, now.Add(-time.Duration(now.Nanosecond())))
	e.connect(address)
	return e
}

// connect begins without connections.
func (e *liveEndpoint) connect(address string) {
	e.proxy = proxy.NewEndpoint(address, e.live, e.stats, proxy.EndpointOptions{Name: e.name})
	e.proxy.Fails = e.fails
}

// renamed is the same endpoint called otherwise: its connections were made to another
// name, all else is known of it still.
func (e *liveEndpoint) renamed(name string) *liveEndpoint {
	n := *e
	n.name = name
	n.connect(e.proxy.Address)
	return &n
}
