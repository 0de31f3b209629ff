package proxy

import (
	"sync/atomic"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// Upstream is one upstream as one generation sees it. Nothing in it changes
// after it is published, except what its pointers lead to.
type Upstream struct {
	Name     string
	Split    *balancer.Split
	Versions []*Version // same order as the split's shares
	Timeouts Timeouts
	Retry    Retry
	Errors   outcome.StatusSet // statuses that make an attempt an error
	Affinity *Affinity         // nil: any endpoint of the version
	Sticky   *Sticky           // nil: a request's version is nobody's; else the split is Keyed
	Pins     []Pin             // the first that knows a request has its version; before the split
	Mirror   *Mirror           // nil: no request is copied
	Wrote    *Wrote            // remembers who has written, where the split pins writes; nil: nobody does
	Writes   Writes            // which requests are writes, and whether they are served
	Queue    Queue             // used where endpoints bound their attempts in flight
	Live     *UpstreamLive
	HoldBody int // bytes of a request body that are read before an endpoint is chosen; 0: none
	// CountFails has the endpoints' Fails decide which of them may be picked, by NGINX's
	// rules, and refuses with 502 where Weir says 503. Their versions' shares are Strict.
	CountFails    bool
	InService     int  // with CountFails: endpoints that are not down, a request makes no more attempts
	ExposeVersion bool // name the version to the client: X-Weir-Version

	// Host is what endpoints get as Host; "" is what the client said, "$endpoint" the
	// endpoint's name. X-Forwarded-Host is always what the client said.
	Host string

	// HashKey is what requests with the same endpoint have in common, where the groups'
	// algorithm goes by that. The variables are those of a Part, without an attempt's.
	HashKey []Part

	algorithm algorithm // of the groups; found by NewSnapshot

	bounded bool // endpoints bound their attempts in flight; found by NewSnapshot
}

// HostOfEndpoint is the Upstream.Host that stands for the endpoint's name.
const HostOfEndpoint = "$endpoint"

// host is the Host to send to an endpoint; "" is the client's.
func (u *Upstream) host(e *Endpoint) string {
	if u.Host == HostOfEndpoint {
		return e.Name
	}
	return u.Host
}

// Timeouts of one upstream. Zero means the default, which NewSnapshot puts in;
// never "no limit".
type Timeouts struct {
	// Connect bounds the dialling of an endpoint. Default 2 s.
	Connect time.Duration
	// Response bounds the time from the last request byte sent to the end of the
	// answer's head, for each attempt; an interim answer starts it anew. Default 30 s.
	Response time.Duration
	// Idle is the longest silence of an endpoint within a body, in either
	// direction. Default 60 s.
	Idle time.Duration
	// Tunnel is the longest silence of both ends of an upgraded connection; one that
	// is open keeps what was in force when it began. Default 1 h.
	Tunnel time.Duration
	// Total bounds the time from the first attempt to the head of the answer that the
	// client gets, over all attempts and the sending of the body. Unlike the others
	// it has no default: 0 is no bound.
	Total time.Duration
}

func (t *Timeouts) setDefaults() {
	setDefault(&t.Connect, 2*time.Second)
	setDefault(&t.Response, 30*time.Second)
	setDefault(&t.Idle, 60*time.Second)
	setDefault(&t.Tunnel, time.Hour)
}

// Retry says which failed attempts may be repeated, apart from the shield.
type Retry struct {
	Tries  int // attempts of one request, the first included; below 1 means 1
	On     RetryOn
	Budget *outcome.Budget // outlives generations; nil: no bound
	// TryTimeout bounds what one attempt takes to connect and to wait for the
	// answer's head; the sending of a body does not count. 0: no bound of its own.
	TryTimeout time.Duration
	// Timeout is how long after the first attempt another one may begin; what has begun
	// goes on. 0: no bound.
	Timeout time.Duration
	// NonIdempotent also repeats, under the shield too, what may have reached an
	// endpoint and has not the same effect twice.
	NonIdempotent bool
}

// UpstreamLive is the state of an upstream that outlives generations: keyed by
// the upstream's name. All fields are set before the first publish.
type UpstreamLive struct {
	Users        *outcome.Users  // what users saw, each request once
	ShieldBudget *outcome.Budget // of retries under the shield; nil: no bound
	Queue        *balancer.Queue // of requests that wait for room; nil where nothing is bounded
	Sessions     Sessions        // that Affinity has learnt
	Writes       WriteGate       // that all writes go through
	Retries      RetryStats      // further attempts
	// Wake gets one non-blocking send after a failed or overdue first attempt has
	// been counted. Capacity 1; the evaluator receives.
	Wake chan struct{}
	// OverdueAfter is how long, in nanoseconds after its last request byte was
	// sent, an attempt may stay without a first byte before it counts as a
	// failure; 0 turns that off. Stored by the control plane.
	OverdueAfter atomic.Int64
	// Failed is called after a failed attempt has been counted, so that ejection
	// looks at once. It must not block; nil means nobody listens.
	Failed func()
	// Flipped is called after a request has ejected an endpoint or brought one back, so
	// that the sets of those that are eligible are made anew. It must not block; nil
	// means nobody listens.
	Flipped func()
}

// flipped tells that the word of an endpoint is another.
func (l *UpstreamLive) flipped() {
	if l.Flipped != nil {
		l.Flipped()
	}
}

// failed tells those who watch the upstream that an attempt has failed; first
// says whether it was a request's first one, which the verdict counts.
func (l *UpstreamLive) failed(first bool) {
	if first {
		select {
		case l.Wake <- struct{}{}:
		default: // a wake-up is already waiting: it covers this failure too
		}
	}
	if l.Failed != nil {
		l.Failed()
	}
}

// Version is one version of an upstream as one generation sees it.
type Version struct {
	Name      string
	Endpoints []*Endpoint // same order as the version's balancer.Group
	Stats     *outcome.Version
	// Shielded says that the version is judged: its failed first attempts are
	// retried on stable.
	Shielded bool
	Shield   *ShieldStats // never nil when Shielded
	Failures *Failures    // nil: nobody wants to know
	// Apart counts the attempts in flight that the split did not choose for: writes, and
	// reads of those who wrote, where it pins them. It outlives generations; nil: not counted.
	Apart *balancer.Load

	load *balancer.Load // nil: not counted; found by NewSnapshot
}

// ShieldStats counts what the shield did for one version: failed first attempts
// repeated on stable, when the repetition has ended. One that the client did not
// wait for says nothing. It outlives generations. The zero value is ready.
type ShieldStats struct {
	Retries atomic.Uint64
	OK      atomic.Uint64 // those that succeeded; written after Retries, to be read before
}

func (s *ShieldStats) count(k outcome.Kind) {
	if k == outcome.Canceled {
		return
	}
	s.Retries.Add(1)
	if k == outcome.OK {
		s.OK.Add(1)
	}
}
