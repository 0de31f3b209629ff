package proxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// maxCompared bounds the headers that are compared.
const maxCompared = 16

// Mirror has a part of the safe requests copied to a version that may have no share,
// when stable has answered them. Nobody gets the answers: they are compared with
// stable's. Users pay for it with the copy of a head, after their answer has gone.
//
// Copies are GET and HEAD without a body, neither pinned nor conditional (whose
// validators are stable's). They count for no user and no version, and take no place
// in flight; an endpoint's health only learns whether it can be reached.
type Mirror struct {
	Version int     // whose endpoints get the copies: an index of Upstream.Versions
	Share   float64 // of the requests that can be copied: above 0, to 1
	Headers []string
	Ignore  []string // paths whose requests are not copied, with what is below them
	// Body has the bodies compared, as far as they have no more than MaxBody bytes; of a
	// longer one nothing is known but that it is longer.
	Body    bool
	MaxBody int64
	Timeout time.Duration // from the dialling to the last byte of the answer; above 0
	Queue   *MirrorQueue  // outlives generations
	Stats   *MirrorStats  // of the version; outlives generations

	sample balancer.Sample // found by check
}

// check makes sure of what the hot path takes for granted, and finds the sample.
func (m *Mirror) check(up *Upstream) error {
	upper := func(s string) bool { return s != strings.ToLower(s) }
	switch {
	case m.Version < 0 || m.Version >= len(up.Versions) || m.Version == up.Split.Stable():
		return fmt.Errorf("mirror to version %d: no such version but stable", m.Version)
	case m.Queue == nil || m.Stats == nil:
		return errors.New("mirror without live state")
	case !(m.Share > 0 && m.Share <= 1) || m.Timeout <= 0:
		return fmt.Errorf("mirror %v for at most %v: want more than 0", m.Share, m.Timeout)
	case slices.Contains(m.Ignore, ""):
		return errors.New("mirror: an empty path to ignore")
	case len(m.Headers) > maxCompared || slices.ContainsFunc(m.Headers, upper):
		return fmt.Errorf("mirror: headers %q: want at most %d, in lower case", m.Headers, maxCompared)
	}
	if sample := balancer.NewSample(m.Share, &m.Queue.sequence); sample != m.sample {
		m.sample = sample // else not written: it may be published already
	}
	return nil
}

// pick takes the request into the sample, or returns nil.
func (m *Mirror) pick(x Exchange, a *attempt) *pair {
	if !a.first || a.version != a.upstream.Versions[a.upstream.Split.Stable()] || !x.Mirrorable() || m.ignores(x.Path()) {
		return nil
	}
	if !m.sample.Next() || conditional(x) {
		return nil
	}
	p := takePair()
	p.x, p.mirror, p.upstream, p.route = x, m, a.upstream, a.route
	if m.Body {
		p.stable.most = m.MaxBody
	}
	return p
}

func (m *Mirror) ignores(path []byte) bool {
	for _, begin := range m.Ignore {
		n := len(begin)
		if len(path) >= n && string(path[:n]) == begin && (len(path) == n || path[n] == '/' || begin[n-1] == '/') {
			return true
		}
	}
	return false
}

// validators are the headers by which a request asks for an answer only if the client's
// own copy of it is an old one, or is still the same (RFC 9110 §13.1).
var validators = [...]string{"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"}

func conditional(x Exchange) bool {
	for _, name := range validators {
		if _, next := x.Header(name, 0); next > 0 {
			return true
		}
	}
	return false
}

// Mirrorable says whether the request may be sent to another version, too.
func (x *exchange) Mirrorable() bool {
	method := string(x.req.Method)
	return (method == "GET" || method == "HEAD") && x.req.Framing == http1.NoBody && !x.req.Upgrade
}

// CopyTo writes down what the request was. It is over, and its head is still there.
func (x *exchange) CopyTo(p *pair) {
	c := x.c
	p.head = append(p.head[:0], c.in.unread()[:x.headSize]...)
	p.policy, p.peer = c.policy, http1.Peer{Addr: c.peer, Text: c.clientIP, Scheme: c.scheme()}
	p.flags = append(p.flags[:0], x.flagLines(p.route.request)...)
	p.trace = x.trace
	if p.trace.parent != nil {
		p.trace.parent = p.trace.room[:len(p.trace.parent)]
	}
}

// answeredBy opens the account of the answer at hand, stable's.
func (p *pair) answeredBy(x Exchange) {
	p.answered = x.Status() != 101
	p.stable.open(x.Status(), p.mirror.Headers, x.AnswerHeader)
}

// over ends stable's part of the pair: what follows is the mirror's. One of which stable
// has nothing to say, as the client has left, is none; nor is one that took stable so
// long that the copy would not have the same time.
func (p *pair) over(a *attempt) {
	p.failed = a.kind.Failed()
	known := p.failed || p.answered && a.kind == outcome.OK
	if !known || sock.Now()-a.beganAt > p.mirror.Timeout/2 {
		p.give()
		return
	}
	if !p.failed {
		p.mirror.Queue.answered.Store(int64(a.beganAt))
	}
	p.x.CopyTo(p)
	p.x = nil
	p.mirror.Queue.put(p)
}
