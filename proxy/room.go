package proxy

import (
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// Queue is where requests wait while the endpoints of their version have as many
// in flight as they may. The zero value refuses them at once.
type Queue struct {
	Size    int           // how many may wait
	Timeout time.Duration // how long one may wait; above 0 when Size is
}

// place chooses where a first attempt goes, or the answer when it goes nowhere.
func (s *Server) place(x Exchange, w *worker, rt *route) (target, *reply) {
	if rt.upstream.bounded {
		return s.enter(x, w, rt)
	}
	to, ok := choose(x, w, rt)
	if !ok {
		return to, s.unplaced(w, rt.upstream, to.version)
	}
	return to, nil
}

// unplaced is the answer to a request that the split gave that in place of a version.
func (s *Server) unplaced(w *worker, up *Upstream, version int) *reply {
	if version == balancer.Full {
		return s.limited(up.refusal(replyMaxConns))
	}
	return up.nowhere(w)
}

// enter is place where attempts in flight are bounded: the attempt has begun when
// it returns a target. Version and endpoint are of the generation of that moment,
// however long the request has waited (semantics §1.5).
func (s *Server) enter(x Exchange, w *worker, rt *route) (target, *reply) {
	waitBy := time.Duration(0)
	for rt.upstream.bounded {
		up := rt.upstream
		q := up.Live.Queue
		to := target{route: rt, up: up, version: up.version(x, w, rt.pinned)}
		if to.version < 0 {
			return to, s.unplaced(w, up, to.version)
		}
		up.seek(x, w, to.version)
		if up.Queue.Size == 0 || q.Len() == 0 { // else those who wait go first
			to.endpoint = up.Split.Enter(to.version, &w.ask)
			switch {
			case to.endpoint >= 0:
				return to, nil
			case to.endpoint != balancer.Full:
				return to, up.nowhere(w) // the last one went between the two
			case up.Queue.Size == 0:
				return to, s.limited(up.refusal(replyMaxConns))
			}
		}
		if waitBy == 0 {
			waitBy = sock.Now() + up.Queue.Timeout
		}
		if !q.Join(w.place(), &w.ask, up.Split, to.version, up.Queue.Size) {
			return to, s.limited(up.refusal(replyQueueFull))
		}
		if refused := s.await(w, up, waitBy); refused != nil {
			return to, refused
		}
		got := w.waiter.Grant()
		now := s.sameUpstream(x, up)
		if now != nil && !w.rekey(x, up, now.upstream) && now.upstream.bounded && now.upstream.Split == got.Split {
			return target{route: now, up: now.upstream, version: got.Version, endpoint: got.Endpoint}, nil
		}
		got.End() // of another generation, or by the key of one
		q.Serve()
		if now == nil {
			return to, up.nowhere(w)
		}
		rt = now
	}
	return s.place(x, w, rt)
}

// replyToNobody stands for no answer at all: the client has left.
var replyToNobody = &reply{status: outcome.StatusClientLeft}

// await waits for a place, which it has got when it returns nil.
func (s *Server) await(w *worker, up *Upstream, by time.Duration) *reply {
	p := w.waiter
	patience := time.NewTimer(by - sock.Now())
	defer patience.Stop()
	var refused *reply
	select {
	case <-p.Granted():
		return nil
	case <-patience.C:
		refused = up.refusal(replyQueueTimeout)
	case <-w.leave.wait():
		refused = replyToNobody
	case <-s.closing.Done():
		refused = replyToNobody // the connection is cut
	}
	if up.Live.Queue.Leave(p) {
		if refused != replyToNobody {
			s.rejects.count(refused.reason)
		}
		return refused
	}
	<-p.Granted() // that came at the same time
	return nil
}

// limited counts a request that a limit refuses.
func (s *Server) limited(r *reply) *reply {
	s.rejects.count(r.reason)
	return r
}

// take begins a further attempt where attempts in flight are bounded, if there is room.
func (t *target) take() bool {
	return !t.up.bounded || t.up.Split.Take(t.version, t.endpoint)
}

// serveQueues finds room that no attempt has left: an endpoint came back, or a
// reload brought one or raised a bound.
func (s *Server) serveQueues() {
	snap := s.snap.Load()
	if snap == nil {
		return
	}
	for _, up := range snap.upstreams {
		if q := up.Live.Queue; q != nil {
			q.Follow(up.Split)
		}
	}
}
