package proxy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// shadow sends copies, one after the other: the other half of a pair. It is the
// worker of a MirrorQueue, and has nothing to do with a client's connection.
type shadow struct {
	srv   *Server
	using using
	turn  int // of the endpoints

	req    http1.Request
	origin http1.Origin
	out    []byte
	trace  [http1.TraceParentSize]byte
	id     []byte // of the trace, in trace; nil: it is in none

	up     *pool.Conn
	resp   http1.Response
	answer answer
	coding http1.ChunkDecoder
	got    account
}

func newShadow(s *Server) *shadow {
	return &shadow{srv: s, turn: rand.IntN(1 << 20), answer: answer{buf: make([]byte, answerSize)}}
}

// run sends what comes until ctx ends, which also ends what is under way.
func (h *shadow) run(ctx context.Context, pairs <-chan *pair) {
	stop := context.AfterFunc(ctx, h.using.interrupt)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-pairs:
			became := MirrorDropped
			if ctx.Err() == nil { // else both were there
				p.mirror.Queue.sending.Add(1)
				became = h.complete(ctx, p)
				p.mirror.Queue.sending.Add(-1)
			}
			p.mirror.Stats.count(became)
			p.give()
		}
	}
}

// complete asks the mirror's version and says how the answer compares.
func (h *shadow) complete(ctx context.Context, p *pair) (became Mirrored) {
	defer func() {
		if v := recover(); v != nil { // which must not end the process
			h.srv.panicked(v)
			h.part(false)
			became = MirrorCut
		}
	}()
	m, v := p.mirror, p.upstream.Versions[p.mirror.Version]
	began := sock.Now()
	err := h.ask(ctx, p, v)
	switch {
	case errors.Is(err, errCut):
		return MirrorCut
	case errors.Is(err, errNobody):
		return MirrorDropped
	case err != nil && p.failed:
		return MirrorBothFailed
	case p.failed:
		return MirrorStableFailed
	case err != nil:
		return h.failed(ctx, p, v, err, began)
	}
	what := h.got.differs(&p.stable, m)
	if what != "" {
		return h.differs(ctx, p, v, what)
	}
	if m.Body && h.got.long() {
		m.Stats.unseen.Add(1)
	}
	return MirrorMatched
}

// failed says what the failure of a copy is worth. Time has passed since stable's
// answer: what both have in common, a database, may have failed meanwhile. So stable is
// asked once more, now; and a failure that took long to come counts only if stable has
// answered others meanwhile, or all that waited for the same pause would be the
// candidate's failures.
func (h *shadow) failed(ctx context.Context, p *pair, v *Version, err error, began time.Duration) Mirrored {
	if slow := sock.Now()-began >= p.mirror.Timeout/2; slow && !p.mirror.Queue.answeredSince(began) {
		return MirrorBothFailed
	}
	switch again := h.ask(ctx, p, p.stableVersion()); {
	case errors.Is(again, errCut):
		return MirrorCut
	case again != nil:
		return MirrorBothFailed
	}
	h.example(p, v, err.Error())
	return MirrorFailed
}

// differs says what a difference is worth: stable is asked once more. It may answer as
// the candidate does by now, or differ from itself, as with a time in its answers.
func (h *shadow) differs(ctx context.Context, p *pair, v *Version, what string) Mirrored {
	got := h.got
	again := h.ask(ctx, p, p.stableVersion())
	switch {
	case errors.Is(again, errCut):
		return MirrorCut
	case again != nil:
		return MirrorUnclear
	case h.got.differs(&got, p.mirror) == "":
		return MirrorMatched
	case h.got.differs(&p.stable, p.mirror) != "":
		return MirrorUnclear
	}
	if what == "status" {
		what = fmt.Sprintf("status %d, not %d", got.status, p.stable.status)
	}
	h.example(p, v, what)
	return MirrorMismatched
}

var (
	errCut    = errors.New("ended by Weir")
	errNobody = errors.New("no endpoint")
)

// endpoint takes the next of those that serve: all in turn, whatever the version's
// algorithm, whose state is for users' requests.
func (h *shadow) endpoint(v *Version) *Endpoint {
	n := len(v.Endpoints)
	for range n {
		h.turn++
		if e := v.Endpoints[h.turn%n]; e.Live.Well() {
			return e
		}
	}
	return nil
}

// ask sends the copy to an endpoint of the version and reads the answer into h.got,
// within the mirror's timeout. The error says how that failed: errCut and errNobody
// mean that the version has nothing to do with it.
func (h *shadow) ask(ctx context.Context, p *pair, v *Version) error {
	e := h.endpoint(v)
	if e == nil {
		return errNobody
	}
	err := h.send(ctx, p, v, e)
	switch {
	case err == nil && p.upstream.Errors.Contains(h.got.status):
		return fmt.Errorf("status %d", h.got.status)
	case err == nil:
		return nil
	case ctx.Err() != nil || ownShortage(err):
		return errCut
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no answer within %s", p.mirror.Timeout)
	}
	return err
}

// send is ask for one endpoint. As with any request, a copy that finds its connection
// closed goes again on a fresh one.
func (h *shadow) send(ctx context.Context, p *pair, v *Version, e *Endpoint) error {
	now := sock.Now()
	by := now + p.mirror.Timeout
	h.write(p, v, e)
	conn := e.pool.Get(now, true)
	for {
		if conn == nil {
			var err error
			if conn, err = e.pool.Dial(ctx, min(p.upstream.Timeouts.Connect, by-sock.Now()), h.srv.watch); err != nil {
				h.unreachable(ctx, p.upstream, e, err)
				return err
			}
		}
		h.hold(ctx, conn)
		ended, err := h.exchange(p, by)
		if err != nil && conn.WasCut() {
			err = errCut
		}
		stale := err != nil && conn.Reused && h.answer.untouched() && brokenOff(err)
		h.part(err == nil && ended)
		if err == nil {
			e.Stats.Record(outcome.OK, false)
		}
		if !stale {
			return err
		}
		conn = nil
	}
}

// unreachable tells the endpoint's health that no connection can be made: of several
// endpoints one that is gone is to be ejected, and says nothing about its version. All
// else that a copy finds is the pair's alone.
func (h *shadow) unreachable(ctx context.Context, up *Upstream, e *Endpoint, err error) {
	if ctx.Err() != nil || ownShortage(err) {
		return
	}
	e.Stats.Record(outcome.Connect, false)
	up.Live.failed(false)
}

// write makes the head to be sent, from the one that came.
func (h *shadow) write(p *pair, v *Version, e *Endpoint) {
	if refused := h.req.Parse(p.head, p.policy.head()); refused != nil {
		panic("BUG: a request that was served is none: " + refused.Reason)
	}
	f := http1.Forward{
		ClientIP:     p.peer.Text,
		Proto:        p.peer.Scheme,
		Version:      v.Name,
		FallbackHost: e.Name,
		Host:         p.upstream.host(e),
		Prefix:       p.route.prefix,
		Edits:        p.route.request,
		Flags:        p.flags,
		Upstream:     p.upstream.Name,
		Shadow:       true,
	}
	if http1.Contains(p.policy.Trusted, p.peer.Addr) {
		h.origin.Read(&h.req, p.peer, p.policy.Trusted)
		f.Origin, f.ClientIP, f.Proto = &h.origin, h.origin.Text, h.origin.Proto
	}
	h.id = nil
	if parent := p.parent(&h.req); parent != nil {
		f.TraceParent = http1.AppendChildTrace(h.trace[:0], parent, rand.Uint64())
		h.id = http1.TraceID(f.TraceParent)
		h.req.DropTrace()
	}
	h.out = http1.AppendRequest(h.out[:0], &h.req, f)
}

// parent is the traceparent that the request had at stable; nil: it was in no trace.
func (p *pair) parent(r *http1.Request) []byte {
	if p.trace.parent != nil {
		return p.trace.parent
	}
	return r.TraceParent()
}

func (h *shadow) hold(ctx context.Context, conn *pool.Conn) {
	h.up = conn
	h.using.begin(conn)
	if ctx.Err() != nil {
		h.using.interrupt() // the end may have looked before the line above
	}
	h.answer.clear()
}

// part ends the use of the connection, which is kept when the answer has ended as its
// framing says.
func (h *shadow) part(ended bool) {
	conn := h.up
	if conn == nil {
		return
	}
	h.up = nil
	if mine := h.using.end(conn); mine && ended && h.resp.KeepAlive && len(h.answer.unread()) == 0 {
		conn.Release(sock.Now(), h.resp.Framing != http1.NoBody)
	} else {
		conn.Discard()
	}
}

// example tells operators of a pair that was no match.
func (h *shadow) example(p *pair, v *Version, what string) {
	const most = 100 // bytes of a path
	path := h.req.Path
	if len(path) > most {
		path = path[:most]
	}
	text := fmt.Sprintf("%s %s: %s: %s", h.req.Method, path, v.Name, what)
	if h.id != nil {
		text += ", trace " + string(h.id)
	}
	p.mirror.Stats.example.Store(&text)
}
