package proxy

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"weir/proxy/internal/accesslog"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
	"weir/proxy/internal/watch"
)

// Server is the data plane. Make one with New, give it a Snapshot with Publish,
// start Run, then Serve each listener.
type Server struct {
	opts   Options
	engine *fasthttp.Server
	snap   atomic.Pointer[Snapshot]
	access *accesslog.Log

	tracing atomic.Pointer[Tracing] // nil: no request is sampled

	conns   set[conn]
	slots   set[slot]
	connSeq atomic.Uint64
	door    door  // connections that are served
	crowd   crowd // listeners and connections
	rejects rejects
	answers rejects // of routes' own answers
	panics  atomic.Uint64
	tunnels atomic.Int64

	watch    *watch.Watcher // of all connections, both sides; nil: the kernel gave none
	draining atomic.Bool
	closing  context.Context // ends with the hard close
	hardStop context.CancelFunc
	mu       struct {
		sync.Mutex
		listeners []net.Listener
	}
}

// New returns a server that has no snapshot yet and listens nowhere. It starts
// nothing.
func New(o Options) *Server {
	setDefault(&o.ContinueAfter, 5*time.Millisecond)
	s := &Server{opts: o, access: accesslog.New(o.Log)}
	s.closing, s.hardStop = context.WithCancel(context.Background())
	s.rejects.expect(append(http1.Reasons(), refusals...)...)
	s.answers.expect(answerRedirect, answerRespond)
	s.engine = newEngine(s)
	var err error
	if s.watch, err = watch.New(); err != nil {
		s.opts.Log.Warn().Err(err).Msg("clients that leave and endpoints that hang up are noticed late")
	}
	return s
}

// Publish serves next to new attempts; those in flight finish on the generation
// they loaded. Only proxy/control calls it.
func (s *Server) Publish(next *Snapshot) { s.snap.Store(next) }

// Snapshot returns the generation in force, nil before the first Publish.
func (s *Server) Snapshot() *Snapshot { return s.snap.Load() }

// reapEvery is how often connections to endpoints are looked over for those idle
// too long.
const reapEvery = 5 * time.Second

// Run scans for overdue attempts and for room in full upstreams every 100 ms, closes
// upstream connections that were idle too long, watches all connections for the other
// end's close, and writes the access log, until ctx ends; then it writes what is left
// of that. It returns nil.
func (s *Server) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { _ = s.access.Run(ctx) })
	beside.Go(func() {
		if err := s.watch.Run(ctx); err != nil {
			s.opts.Log.Error().Err(err).Msg("connections are no longer watched")
		}
	})
	scan := time.NewTicker(scanEvery)
	defer scan.Stop()
	reap := time.NewTicker(reapEvery)
	defer reap.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-scan.C:
			s.scanOverdue()
			s.serveQueues()
		case <-reap.C:
			s.reapIdle()
		}
	}
}

// reapIdle visits the endpoints of the generation in force; those that left it
// were retired and keep nothing.
func (s *Server) reapIdle() {
	snap := s.snap.Load()
	if snap == nil {
		return
	}
	now := sock.Now()
	for _, up := range snap.upstreams {
		for _, v := range up.Versions {
			for _, e := range v.Endpoints {
				e.pool.Reap(now)
			}
		}
	}
}

// Inflight returns the number of requests being served now.
func (s *Server) Inflight() int64 {
	var n int64
	s.slots.each(func(sl *slot) {
		if sl.serving() {
			n++
		}
	})
	return n
}

// Tunnels returns the number of upgraded connections open now. They are in flight
// at their endpoints, and no requests any more.
func (s *Server) Tunnels() int64 { return s.tunnels.Load() }

// Connections returns the number of client connections open now.
func (s *Server) Connections() int { return s.conns.len() }

// Rejects returns how many requests Weir answered itself before a route was
// known or because a limit was reached, by reason word: those too that never came.
func (s *Server) Rejects() map[string]uint64 { return s.rejects.read() }

// Answers returns how many requests got an answer that their route gives itself,
// by what that is: redirect or respond.
func (s *Server) Answers() map[string]uint64 { return s.answers.read() }

// Panics returns how many client connections a fault in Weir has ended.
func (s *Server) Panics() uint64 { return s.panics.Load() }
