package control

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"weir/balancer/rollout"
	"weir/config"
	"weir/health"
	"weir/health/dns"
	"weir/proxy"
	"weir/proxy/control/notify"
	"weir/proxy/control/state"
)

// Options says what a Control works with.
type Options struct {
	// Config is the first configuration, as loaded. Required.
	Config *config.Config
	// Store keeps runtime state; Control owns it from New on and closes it when
	// Run ends. nil without StoreErr: state lives in memory only.
	Store state.Store
	// StoreErr says why the configured store is not in use. With it, changes
	// that could not be kept are refused until Reopen succeeds.
	StoreErr error
	// Reopen opens the configured store; it is called in the background, with
	// back-off, while there is none. nil: never.
	Reopen func() (state.Store, error)
	// Publish makes a snapshot serve. Called by New once and then by the writer
	// only. Required.
	Publish func(*proxy.Snapshot)
	// Open keeps so many connections to an endpoint ready, each dialled within the
	// timeout; it is proxy.Server's. nil: none is opened before requests need it.
	Open func(ctx context.Context, e *proxy.Endpoint, connections int, timeout time.Duration) error
	// Mirror sends the copies of a queue until ctx ends, and returns then; it is
	// proxy.Server's. nil: what is to be copied is dropped when the queue is full.
	Mirror func(ctx context.Context, q *proxy.MirrorQueue)
	// Lookup finds out where names are. nil: DNS is asked.
	Lookup dns.Lookup
	// Emit gets one event per change, from any goroutine, and must not block:
	// whoever reads them slowly is the receiver's affair. nil: nobody wants them.
	Emit func(Event)
	// Log gets one line per change. The zero value logs nothing.
	Log zerolog.Logger
}

// Meta is what comes with a change.
type Meta struct {
	IfMatch uint64 // the revision the caller saw; 0: any
	Author  string // as the caller calls himself; may be empty
	From    string // where he is: an address, or unix; may be empty
	Source  Source // "": SourceAPI
	Reason  string // may be empty
	// Override makes an undo or a split go past what guards the database: a point of no
	// return, and a schema that a version which gets more cannot run on.
	Override bool
}

func (m Meta) source() Source {
	if m.Source == "" {
		return SourceAPI
	}
	return m.Source
}

// Control is the control plane of one proxy. Make one with New, then Run it.
// All other methods may be called from any goroutine. Those that change an
// upstream answer with it as the change left it, or with a *Refusal, or with
// ctx's error if the caller gave up (the change may still be made then); they
// wait while Run has not been started.
type Control struct {
	opts    Options
	current atomic.Pointer[world]
	monitor *health.Monitor
	names   *dns.Watcher
	status  status
	// askSchema asks a URL for the version of the schema; only tests have another one.
	askSchema func(ctx context.Context, url string) (int, error)
	flips     flips
	notifier  *notify.Notifier
	seen      flagsSeen
	linkKey   atomic.Pointer[[]byte] // that links of approvals are signed with
	// askAfter has the gates of after_finish asked for a rollout, in the background, and
	// done told what came of it; only tests have another one.
	askAfter func(u *upstream, s *rollout.State, done func(rollout.GateReport))

	commands chan command
	reopened chan reopening // capacity 1: one reopening at a time
	moves    chan struct{}  // capacity 1: names have other addresses
	ended    chan struct{}  // closed when the writer takes no more commands

	firstRound chan struct{} // closed by the writer

	// The writer's own:
	keeper    *keeper
	reopening bool
	located   <-chan struct{} // closed when names have been looked up once; nil: they have, or there were none
	loops     sync.WaitGroup  // everything that Run has started
	running   context.Context // of Run; nil before
}

// New loads the persisted state, decides by semantics §7 what serves, publishes
// the first snapshot, and starts nothing. Trouble with the store or with what it
// holds is never an error: it is logged and shown by Status. The error says what
// in the configuration cannot be built.
func New(o Options) (*Control, error) {
	if o.Store == nil && o.StoreErr == nil {
		o.Store = state.NewMemory()
	}
	c := &Control{
		opts:     o,
		commands: make(chan command),
		reopened: make(chan reopening, 1),
		moves:    make(chan struct{}, 1),
		ended:    make(chan struct{}),

		firstRound: make(chan struct{}),

		keeper:    newKeeper(o.Store, o.StoreErr),
		notifier:  notify.New(o.Log),
		askSchema: askSchema,
		askAfter:  askAfter,
		flips:     flips{wake: make(chan struct{}, 1)},
	}
	c.names = dns.NewWatcher(dns.WatcherOptions{Lookup: o.Lookup, Log: o.Log, Changed: c.noteMoves})
	c.monitor = health.NewMonitor(health.MonitorOptions{Log: o.Log, Changed: c.flips.note})
	if err := c.start(); err != nil {
		return nil, err
	}
	return c, nil
}

// Run does the work until ctx ends: commands, rollouts, health, sampling and
// saving. It returns after everything it started has ended and the store is
// closed; the error is what the store could not take at the very end.
func (c *Control) Run(ctx context.Context) error {
	c.running = ctx
	c.loops.Go(func() { _ = c.monitor.Run(ctx) }) // nil when ctx ends
	c.loops.Go(func() { _ = c.names.Run(ctx) })   // the same
	c.loops.Go(func() { c.sample(ctx) })
	c.loops.Go(func() { _ = c.notifier.Run(ctx) }) // nil when ctx ends
	for _, u := range c.current.Load().upstreams {
		c.startEngine(u)
	}
	c.followRamps(nil, c.current.Load().flags)
	c.write(ctx)
	close(c.ended)
	c.loops.Wait()
	if c.reopening { // what waits for a store has one more chance
		c.opened(<-c.reopened)
	}
	return c.keeper.close()
}

// startEngine starts judging an upstream, until it is removed or Run ends.
func (c *Control) startEngine(u *upstream) {
	ctx, stop := context.WithCancel(c.running)
	u.live.ctx, u.live.stop = ctx, stop
	engine := u.live.engine
	c.prepare(u)
	c.followSchema(u)
	u.followGates()
	c.runHooks(u)
	c.lookAfter(u)
	c.sendCopies(u)
	c.loops.Go(func() {
		defer stop()
		select {
		case <-c.FirstRound(): // before it, all endpoints of a candidate look unusable
			_ = engine.Run(ctx) // nil when ctx ends
		case <-ctx.Done():
		}
	})
}

// FirstRound is closed when every endpoint with an active check has had its
// first answer or timeout and requests see what came of it: the time to open
// listeners.
func (c *Control) FirstRound() <-chan struct{} { return c.firstRound }

// Config returns the configuration in force; the caller must not change it.
func (c *Control) Config() *config.Config { return c.current.Load().config }
