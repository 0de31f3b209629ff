package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"weir/cmd/internal/app/systemd"
	"weir/config"
	"weir/proxy"
	"weir/proxy/admin"
	"weir/proxy/admin/access"
	"weir/proxy/admin/audit"
	"weir/proxy/control"
)

// adminStop bounds how long the admin API may take to finish its last answers.
const adminStop = 2 * time.Second

// Options says what to run.
type Options struct {
	ConfigFile string    // path of weir.yaml; required
	NGINX      *NGINX    // nil; else ConfigFile is NGINX's
	Log        io.Writer // one JSON object a line; nil discards, and so does one that fails
	Version    string    // of Weir, as shown by the API
}

// app is one process while it runs.
type app struct {
	file    string // as given, so that problems name it the same way
	nginx   *NGINX // nil: the file is Weir's
	version string
	started time.Time
	log     zerolog.Logger

	server  *proxy.Server
	control *control.Control
	events  *admin.EventLog
	ready   atomic.Bool
	manager systemd.Manager
	tokens  *tokens              // nil: none are asked for
	clients *access.Certificates // of the API; nil: they say nothing
	audit   *audit.Log
	flags   atomic.Pointer[readyFlags] // for those who evaluate them

	tracer tracer

	reloading    sync.Mutex
	certificates certificates  // under reloading, once it serves
	changed      chan struct{} // capacity 1: a reload is wanted
}

// Run serves until ctx ends, then drains and stops. The error says why it could
// not start, why it could not go on, or, as ErrCut, that the drain timeout cut
// requests off.
func Run(ctx context.Context, o Options) error {
	// Both before the file is read: from here on no wish for a reload is lost.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	watch, watchErr := config.NewWatch(o.ConfigFile)
	if watchErr == nil {
		defer watch.Close()
	}

	cfg, files, err := load(o.ConfigFile, o.NGINX)
	if err != nil {
		return err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	a := &app{
		file:    o.ConfigFile,
		nginx:   o.NGINX,
		version: o.Version,
		started: time.Now(),
		log:     zerolog.New(lossy{o.Log}).With().Timestamp().Logger(),
		events:  admin.NewEventLog(),
		changed: make(chan struct{}, 1),
	}
	a.certificates.changed, a.certificates.failed = a.trigger, a.unwatched
	a.certificates.follow(files)
	defer a.stopCertificates()
	if watchErr != nil {
		a.unwatched(watchErr)
	}
	if a.tokens, err = openTokens(cfg, a.log); err != nil {
		return err
	}
	bound, err := systemd.Inherit()
	if err != nil {
		return err
	}
	defer bound.Close()
	listeners, err := listen(ctx, cfg, bound)
	if err != nil {
		return err
	}
	defer listeners.close() // those that were never served

	a.server = proxy.New(proxy.Options{Log: a.log})
	lines, err := openAccessLog(cfg)
	if err != nil {
		return err
	}
	a.server.UseAccessLog(lines)
	a.audit = a.newAudit(cfg)
	if err := a.checkTracing(cfg); err != nil {
		return err
	}
	if err := a.tracer.use(a.server, cfg.Tracing, a.version); err != nil {
		return err
	}
	defer a.tracer.close()
	if a.control, err = a.newControl(cfg); err != nil {
		return err
	}
	a.clients = newClients(&cfg.Admin)
	a.believe()
	return a.run(ctx, listeners, triggers{hangup, watch})
}

// lossy is a log whose reader may leave: what cannot be written is lost without
// a word, for there is nowhere left to say it.
type lossy struct{ io.Writer }

func (l lossy) Write(line []byte) (int, error) {
	_, _ = l.Writer.Write(line)
	return len(line), nil
}

// newControl opens the state store and builds the control plane on it. A store
// in trouble never stops the proxy.
func (a *app) newControl(cfg *config.Config) (*control.Control, error) {
	o := control.Options{Config: cfg, Publish: a.server.Publish, Open: a.server.Open, Mirror: a.server.Mirror, Emit: a.emit, Log: a.log}
	if cfg.State == "" {
		a.log.Warn().Msg("no state directory: splits and rollouts are forgotten when the process ends")
	} else {
		o.Reopen = reopen(cfg.State)
		o.Store, o.StoreErr = o.Reopen()
	}
	c, err := control.New(o)
	if err != nil {
		return nil, fmt.Errorf("control plane: %w", err)
	}
	return c, nil
}

// emit hands what the control plane reports to the API's readers.
func (a *app) emit(e control.Event) {
	a.auditByItself(&e)
	a.events.Publish(eventView(e))
}

// run starts everything, waits for ctx or for a part that cannot go on, and
// stops in reverse order. The error is what any part could not do, at last or
// while it stopped.
func (a *app) run(ctx context.Context, ls *listeners, t triggers) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed failures
	start := func(parent context.Context, name string, f func(context.Context) error) (stopPart func()) {
		return task(parent, func(ctx context.Context) {
			if err := f(ctx); err != nil {
				failed.add(fmt.Errorf("%s: %w", name, err))
				stop()
			}
		})
	}
	background := context.WithoutCancel(ctx)

	stopBeats := start(background, "watchdog", beat)
	stopAudit := task(background, a.audit.Run)
	stopControl := start(background, "control plane", a.control.Run)
	stopServer := start(background, "data plane", a.server.Run)
	api := admin.NewServer(a.adminOptions(a.control.Config().Admin.Address))
	stopAPI := start(background, "admin API", func(context.Context) error { return serveAPI(api, a.secureAdmin(ls.admin)) })
	stopOFREP := func() {}
	if ls.ofrep != nil {
		server := admin.NewFlagServer(a.adminOptions(ofrepOf(a.control.Config()).Address))
		stop := start(background, "OFREP", func(context.Context) error { return serveAPI(server, a.secureOFREP(ls.ofrep)) })
		stopOFREP = func() { a.stopAPI(server); stop() }
		a.log.Info().Str("address", ls.ofrep.Addr().String()).Msg("OFREP listening")
	}
	stopReloads := task(ctx, func(ctx context.Context) { a.reloads(ctx, t) })
	stopTokens := func() {}
	if a.tokens != nil {
		stopTokens = task(background, a.tokens.run)
	}

	select { // no 503s at the start: endpoints are asked before users are let in
	case <-a.control.FirstRound():
	case <-ctx.Done():
	}
	stopTraffic := make([]func(), 0, len(ls.traffic))
	for _, l := range ls.traffic {
		stopTraffic = append(stopTraffic, start(background, "listener "+l.name, func(context.Context) error {
			return a.server.ServeAs(l.name, proxy.Secure(l.Listener, func() *tls.Config { return a.control.ListenerTLS(l.name) }))
		}))
		a.log.Info().Str("listener", l.name).Str("address", l.Addr().String()).Msg("listening")
	}
	a.log.Info().Str("address", ls.admin.Addr().String()).Str("version", a.version).Msg("admin API listening")
	a.ready.Store(true)
	a.manager.Ready(ls.status())

	<-ctx.Done()
	a.ready.Store(false)
	a.sayInflight("stopping: no new connections, requests in flight finish")
	failed.add(a.drain())
	for _, stop := range stopTraffic {
		stop()
	}
	stopReloads()
	stopOFREP()
	a.stopAPI(api)
	stopAPI()
	stopTokens()
	stopServer()
	stopControl()
	stopAudit()
	stopBeats()
	err := failed.err()
	if err != nil {
		a.log.Error().Err(err).Msg("stopped")
		return err
	}
	a.log.Info().Msg("stopped")
	return nil
}

// ErrCut says that requests or upgraded connections were still in flight at the end
// of the drain timeout and were closed.
var ErrCut = errors.New("drain timeout: what was in flight was cut off")

// drainReport is how often the log says what a drain still waits for.
const drainReport = 5 * time.Second

// drain stops accepting and lets requests in flight finish, for as long as the
// most patient upstream allows.
func (a *app) drain() error {
	ctx := context.Background()
	limit := longestDrain(a.control.Config())
	a.tellDrain(limit)
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	defer task(ctx, a.reportDrain)()
	err := a.server.Shutdown(ctx)
	if cut, ok := errors.AsType[*proxy.CutError](err); ok {
		return fmt.Errorf("%w: %d requests, %d upgraded connections", ErrCut, cut.Requests, cut.Tunnels)
	}
	return err
}

// reportDrain says from time to time what is waited for, until ctx ends.
func (a *app) reportDrain(ctx context.Context) {
	tick := time.NewTicker(drainReport)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.sayInflight("draining")
			a.tellDrain(0)
		}
	}
}

func (a *app) sayInflight(msg string) {
	a.log.Info().Int64("requests", a.server.Inflight()).Int64("tunnels", a.server.Tunnels()).Msg(msg)
}

// longestDrain is the largest timeouts.drain, or 0 if one of them is without
// bound.
func longestDrain(cfg *config.Config) time.Duration {
	longest := time.Duration(0)
	for _, u := range cfg.Upstreams {
		if u.Timeouts.Drain == 0 {
			return 0
		}
		longest = max(longest, u.Timeouts.Drain)
	}
	return longest
}

func serveAPI(s *http.Server, ln net.Listener) error {
	if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (a *app) stopAPI(s *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), adminStop)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		s.Close() // a caller that does not read its answer must not keep the process
	}
}
