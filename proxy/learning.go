package proxy

import (
	"time"

	"weir/proxy/internal/affinity"
	"weir/proxy/internal/sock"
)

// Learn watches the sessions that a service begins itself.
type Learn struct {
	Create  []AffinitySource // of the answer (or the request), the first that is not empty begins a session
	Lookup  []AffinitySource // of the request, the first that is not empty is its session
	Timeout time.Duration    // how long one is remembered after its last request
	Size    int              // how many are, at most
}

// learning is a Learn made ready.
type learning struct {
	create, lookup affinity.Sources
	bounds         affinity.Bounds
}

func newLearning(o *Learn) (l *learning, err error) {
	l = &learning{bounds: affinity.Bounds{Size: o.Size, Timeout: o.Timeout}}
	if l.create, err = affinity.NewSources(o.Create); err != nil {
		return nil, err
	}
	l.lookup, err = affinity.NewSources(o.Lookup)
	return l, err
}

// find appends the route of the request's session in a version; nothing where it has
// none that is known.
func (l *learning) find(x Exchange, u *Upstream, version int, dst []byte) []byte {
	session := l.lookup.Value(x)
	if len(session) == 0 {
		return dst
	}
	k := affinity.KeyOf(u.Versions[version].Name, session)
	return append(dst, u.Live.Sessions.Find(k, l.bounds, sock.Now())...)
}

// hear learns from an answer: a session that it begins, or that the request's is
// somewhere else now.
func (l *learning) hear(x Exchange, at *attempt) {
	session := l.create.Value(x)
	begins := len(session) > 0
	if !begins {
		if session = l.lookup.Value(x); len(session) == 0 {
			return
		}
	}
	k := affinity.KeyOf(at.version.Name, session)
	at.upstream.Live.Sessions.Bind(k, at.called, begins, l.bounds, sock.Now())
}
