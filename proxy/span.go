package proxy

import (
	"math/rand/v2"
	"time"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// Tracing is what becomes of requests that are sampled: those that a trusted peer says so
// of in traceparent, and a part of those that none says anything of. What others say is
// not asked: a client could have each of its requests recorded.
type Tracing struct {
	// Sample is that part, 0 to 1.
	Sample float64
	// Take gets a sampled request that is over. It must not block; the span is its own.
	Take func(*Span)
}

// UseTracing makes t what becomes of sampled requests from now on, nil nothing.
func (s *Server) UseTracing(t *Tracing) { s.tracing.Store(t) }

// Span is one sampled request.
type Span struct {
	TraceID    [32]byte // these three in hexadecimal digits
	ID, Parent [16]byte
	Root       bool // there is no Parent: the trace begins here
	Start, End time.Time
	Method     string
	Target     string // as the client sent it
	Host       string
	Scheme     string
	Client     string
	UserAgent  string
	Route      string // "" where none takes it
	Upstream   string // "" where the route answers itself
	Status     int    // that the user saw; 499: the client left
	Reason     string // why Weir answered itself; "" when it did not
	Attempts   []AttemptSpan
}

// AttemptSpan is one attempt of it.
type AttemptSpan struct {
	ID                [16]byte
	Start, End        time.Time
	Version, Endpoint string
	// By is who made it: first, retry, shield or hedge.
	By      string
	Outcome string
	Status  int    // of the answer; 0: there was none
	Error   string // why there was none, without addresses
}

// sample begins a span if the request is to have one. What is not sampled costs nothing.
func (s *Server) sample(x Exchange, w *worker, t *Tracing) {
	parent := x.TraceParent()
	if parent != nil && x.Trusted() {
		if !http1.Sampled(parent) {
			return
		}
	} else if t.Sample <= 0 || rand.Float64() >= t.Sample {
		return
	}
	sp := &Span{Start: time.Now(), Root: parent == nil}
	if sp.Root {
		var room [http1.TraceParentSize]byte
		parent = http1.AppendTraceParent(room[:0], rand.Uint64(), rand.Uint64(), rand.Uint64())
	}
	copy(sp.TraceID[:], http1.TraceID(parent))
	copy(sp.Parent[:], parent[36:52])
	sp.ID = spanID()
	w.span, w.tracing = sp, t
	x.Traced(sp)
}

func spanID() (id [16]byte) {
	copy(id[:], http1.AppendSpanID(id[:0], rand.Uint64()))
	return id
}

// parent is the traceparent that the attempt under way has, in room.
func (sp *Span) parent(room []byte) []byte {
	room = append(append(room[:0], "00-"...), sp.TraceID[:]...)
	room = append(append(room, '-'), sp.Attempts[len(sp.Attempts)-1].ID[:]...)
	return append(room, "-01"...)
}

// begin opens the span of an attempt.
func (sp *Span) begin(a *attempt, to *target) {
	by := "first"
	switch {
	case to.hedged:
		by = "hedge"
	case to.sheltered:
		by = "shield"
	case len(sp.Attempts) > 0:
		by = "retry"
	}
	sp.Attempts = append(sp.Attempts, AttemptSpan{
		ID: spanID(), Start: sp.at(a.w, a.beganAt), Version: a.version.Name, Endpoint: a.endpoint.Address, By: by,
	})
}

// judged notes what an attempt came to, as far as that is known.
func (sp *Span) judged(r result) {
	a := &sp.Attempts[len(sp.Attempts)-1]
	a.Status = r.status
	if r.fail != nil {
		a.Error = r.fail.Op
	}
}

// end closes the span of an attempt.
func (sp *Span) end(a *attempt) {
	n := &sp.Attempts[len(sp.Attempts)-1]
	n.End, n.Outcome = sp.at(a.w, sock.Now()), a.kind.String()
}

// at is a time of the worker's clock.
func (sp *Span) at(w *worker, t time.Duration) time.Time { return sp.Start.Add(t - w.startedAt) }

// traced hands the span over.
func (s *Server) traced(x Exchange, w *worker, rt *route, status int, end time.Duration) {
	sp, t, e := w.span, w.tracing, x.Entry()
	w.span, w.tracing = nil, nil
	x.Traced(nil)
	sp.End, sp.Status = sp.at(w, end), status
	sp.Method, sp.Target, sp.Host, sp.Scheme = string(e.Method), string(e.Target), string(e.Host), e.Scheme
	sp.Client, sp.UserAgent, sp.Reason = string(e.Client), string(e.UserAgent), e.Reason
	if rt != nil {
		sp.Route = rt.name
		if rt.upstream != nil {
			sp.Upstream = rt.upstream.Name
		}
	}
	t.Take(sp)
}
