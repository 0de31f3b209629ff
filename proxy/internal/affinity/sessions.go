package affinity

import (
	"hash/maphash"
	"sync"
	"time"
)

// Sessions remembers the endpoints of sessions that answers have begun: a bounded
// table, whose least recently used sessions make room for new ones. It outlives
// generations. The zero value is empty. Safe for concurrent use:
// a request holds one lock of many, for some ten nanoseconds.
type Sessions struct {
	shards [sessionShards]sessionShard
}

const sessionShards = 64

// Key stands for a session within a version: 64 bits of a hash with a secret seed, so
// that nobody can make two sessions share one.
type Key uint64

var sessionSeed = maphash.MakeSeed()

// KeyOf is the key of a session.
func KeyOf(version string, session []byte) Key {
	return Key(maphash.Bytes(sessionSeed, session) ^ maphash.String(sessionSeed, version))
}

// Bounds say how many sessions there may be, at least 64, and how long one is
// remembered after its last request.
type Bounds struct {
	Size    int
	Timeout time.Duration
}

// Find returns the route of a session and takes it for used now; "" when it is not
// known.
func (s *Sessions) Find(k Key, b Bounds, now time.Duration) string {
	h := s.of(k)
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.find(k, b, now); e != nil {
		return e.route
	}
	return ""
}

// Bind lets a session be at a route from now on. With begin one that is not known
// begins; else nothing is done for such a one.
func (s *Sessions) Bind(k Key, route string, begin bool, b Bounds, now time.Duration) {
	h := s.of(k)
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.find(k, b, now); e != nil {
		e.route = route
	} else if begin {
		h.begin(k, route, b, now)
	}
}

// Len counts the sessions, also those that have timed out and were not looked for
// since: for metrics.
func (s *Sessions) Len() int {
	n := 0
	for i := range s.shards {
		s.shards[i].mu.Lock()
		n += len(s.shards[i].mu.at)
		s.shards[i].mu.Unlock()
	}
	return n
}

// Clear forgets all sessions.
func (s *Sessions) Clear() {
	for i := range s.shards {
		s.shards[i].mu.Lock()
		s.shards[i].mu.at, s.shards[i].mu.entries = nil, nil
		s.shards[i].mu.Unlock()
	}
}

func (s *Sessions) of(k Key) *sessionShard { return &s.shards[k%sessionShards] }

// sessionShard is a part of the table. Its sessions are a ring through entries[0],
// which is none: the most recently used one comes behind it.
type sessionShard struct {
	mu struct {
		sync.Mutex
		at      map[Key]int32 // in entries
		entries []session
	}
	_ [24]byte // a cache line each
}

type session struct {
	key          Key
	route        string
	used         time.Duration
	newer, older int32
}

// find returns a session that has not timed out and puts it to the front.
func (h *sessionShard) find(k Key, b Bounds, now time.Duration) *session {
	i, ok := h.mu.at[k]
	if !ok {
		return nil
	}
	e := &h.mu.entries[i]
	h.unlink(i)
	if now-e.used > b.Timeout {
		h.forget(i)
		return nil
	}
	h.link(i)
	e.used = now
	return e
}

// begin adds a session, in the place of those that are one too many or have timed
// out: no more than two, so that it takes no longer for one client than for another.
func (h *sessionShard) begin(k Key, route string, b Bounds, now time.Duration) {
	if h.mu.at == nil {
		h.mu.at = make(map[Key]int32)
		h.mu.entries = make([]session, 1, 8)
	}
	most := max(1, b.Size/sessionShards)
	for range 2 {
		oldest := h.mu.entries[0].newer
		if oldest == 0 || len(h.mu.at) < most && now-h.mu.entries[oldest].used <= b.Timeout {
			break
		}
		h.unlink(oldest)
		h.forget(oldest)
	}
	i := int32(len(h.mu.entries))
	h.mu.entries = append(h.mu.entries, session{key: k, route: route, used: now})
	h.mu.at[k] = i
	h.link(i)
}

// link puts an entry to the front.
func (h *sessionShard) link(i int32) {
	e := h.mu.entries
	front := e[0].older
	e[i].newer, e[i].older = 0, front
	e[front].newer, e[0].older = i, i
}

func (h *sessionShard) unlink(i int32) {
	e := h.mu.entries
	newer, older := e[i].newer, e[i].older
	e[newer].older, e[older].newer = older, newer
}

// forget takes out an entry that is not linked. The last one moves into its place.
func (h *sessionShard) forget(i int32) {
	e := h.mu.entries
	delete(h.mu.at, e[i].key)
	last := int32(len(e) - 1)
	if i != last {
		e[i] = e[last]
		e[e[i].newer].older, e[e[i].older].newer = i, i
		h.mu.at[e[i].key] = i
	}
	e[last] = session{}
	h.mu.entries = e[:last]
}
