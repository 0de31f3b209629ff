package admin

import (
	"container/list"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"weir/proxy/admin/access"
)

// The bounds of the answers that are kept for a repeated request. What goes beyond is
// the oldest.
const (
	replaysMost  = 4096           // answers
	replaysBytes = 32 << 20       // of their bodies and headers, about
	replaysFor   = 24 * time.Hour // after it was given
)

// replays are answers to requests with an Idempotency-Key. They are kept in memory: a
// restart forgets them.
type replays struct {
	most  int
	bytes int
	mu    struct {
		sync.Mutex
		by   map[replayKey]*replay
		done list.List // of *replay with an answer, the oldest first
		size int       // bytes of those
	}
}

// replayKey is a key of one caller. Callers that have no name are one, of each role.
type replayKey struct {
	who access.Who
	key string
}

// fingerprint is what makes two requests the same.
type fingerprint [sha256.Size]byte

// replay is one request and what was answered.
type replay struct {
	key    replayKey
	of     fingerprint
	answer *kept // nil: it is under way
	at     time.Time
	in     *list.Element
}

// kept is an answer.
type kept struct {
	status int
	header http.Header
	body   []byte
}

func (k *kept) size() int {
	n := len(k.body)
	for name, values := range k.header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

func newReplays(most, bytes int) *replays {
	p := &replays{most: most, bytes: bytes}
	p.mu.by = map[replayKey]*replay{}
	return p
}

// begun is what there is of a request that comes.
type begun uint8

const (
	fresh   begun = iota // it is to be served, and then ended
	again                // it has been answered
	running              // the same one is under way
	another              // the key is that of another request
)

// begin looks for the key, and takes it for this request if it is free.
func (p *replays) begin(key replayKey, of fingerprint, now time.Time) (begun, *kept) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	switch r := p.mu.by[key]; {
	case r == nil:
		p.mu.by[key] = &replay{key: key, of: of}
		return fresh, nil
	case r.of != of:
		return another, nil
	case r.answer == nil:
		return running, nil
	default:
		return again, r.answer
	}
}

// end keeps the answer of a request that was fresh. A nil answer, and one that there is
// no room for, gives its key back.
func (p *replays) end(key replayKey, answer *kept, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.forget(now)
	r := p.mu.by[key]
	if answer == nil || answer.size() > p.bytes {
		delete(p.mu.by, key)
		return
	}
	r.answer, r.at = answer, now
	r.in = p.mu.done.PushBack(r)
	p.mu.size += answer.size()
}

// forget keeps to the bounds. Requests under way are not forgotten, or they could be
// served twice; there are no more of them than connections. The caller holds the lock.
func (p *replays) forget(now time.Time) {
	for e := p.mu.done.Front(); e != nil; e = p.mu.done.Front() {
		r := e.Value.(*replay)
		if p.mu.done.Len() <= p.most && p.mu.size <= p.bytes && now.Sub(r.at) < replaysFor {
			return
		}
		p.mu.done.Remove(e)
		p.mu.size -= r.answer.size()
		delete(p.mu.by, r.key)
	}
}
