package proxy

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"strings"
	"sync/atomic"

	"weir/health/outcome"
	"weir/proxy/internal/affinity"
)

// Sticky is what users are known by, so that each stays in a version until a split moves
// him (semantics §1.3). The split is Keyed then.
type Sticky struct {
	cookie *affinity.Cookie
	header string // in lower case
	live   *StickyLive
	once   bool // the verdict counts one failure of a user
}

// StickyOptions is one way to know a user: one of the first three is set.
type StickyOptions struct {
	Cookie *AffinityCookie // Weir gives one, with 128 random bits
	Header string          // its first line; a request without it takes its turn
	IP     bool            // the client's address, an IPv6 one with its /64

	Live *StickyLive // outlives generations; required
}

// StickyLive is what is known of the users of one upstream. The zero value is ready.
type StickyLive struct {
	// Unkeyed counts the requests that nothing was known by.
	Unkeyed atomic.Uint64

	seen             outcome.Keys
	failed, mistaken outcome.Dedupe // users with a failure, and with a 4xx
}

// Forget lets everybody come, and fail, for the first time: for the beginning of a
// rollout.
func (l *StickyLive) Forget() {
	l.seen.Forget()
	l.failed.Forget()
	l.mistaken.Forget()
}

// NewSticky makes the options ready.
func NewSticky(o StickyOptions) (*Sticky, error) {
	// A failure of an address is one of many users', behind a load balancer of all: they
	// are never counted as one (semantics §3.4).
	s := &Sticky{header: strings.ToLower(o.Header), live: o.Live, once: !o.IP}
	if o.Cookie != nil {
		s.cookie = affinity.NewCookie(*o.Cookie)
	}
	if s.live == nil || s.cookie == nil && s.header == "" && !o.IP {
		return nil, errors.New("sticky without a way to know users, or without what is known of them")
	}
	return s, nil
}

// user is who has sent the request under way, where that is asked.
type user struct {
	key    []byte // in memory of its own
	hash   uint64 // of the key; 0: nothing is known of him
	minted bool   // key is a cookie's that he does not have yet
	asked  bool
}

func (u *user) forget() { u.hash, u.minted, u.asked = 0, false, false }

var userSeed = maphash.MakeSeed()

// key is what the user is known by; empty when that is nothing. A request may ask more
// than once, in several generations.
func (s *Sticky) key(x Exchange, w *worker) []byte {
	u := &w.user
	key := s.find(x, u)
	if u.hash = 0; len(key) > 0 {
		u.hash = max(1, maphash.Bytes(userSeed, key))
	} else if !u.asked {
		s.live.Unkeyed.Add(1)
	}
	u.asked = true
	return key
}

func (s *Sticky) find(x Exchange, u *user) []byte {
	switch {
	case s.cookie != nil:
		if value := s.cookie.Value(x); wellMinted(value) {
			u.minted = false
			return value
		}
		if !u.minted {
			u.mint()
		}
		return u.key
	case s.header != "":
		u.minted = false
		value, _ := x.Header(s.header, 0)
		return value
	}
	u.minted, u.key = false, u.key[:0]
	if a := household(x.Client()); a.IsValid() {
		u.key = a.AppendTo(u.key)
	}
	return u.key
}

// mintedLen is how long the value of a cookie is.
const mintedLen = 32

// mint makes a key for somebody new.
func (u *user) mint() {
	var random [mintedLen / 2]byte
	rand.Read(random[:]) // never fails
	u.key = hex.AppendEncode(u.key[:0], random[:])
	u.minted = true
}

// wellMinted says whether a cookie's value can be one of Weir's. Others are replaced: a
// key that is not random would put users where others want them.
func wellMinted(value []byte) bool {
	if len(value) != mintedLen {
		return false
	}
	for _, c := range value {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// appendCookie appends the line that gives a new user his key.
func (s *Sticky) appendCookie(dst []byte, x Exchange, u *user) []byte {
	if s.cookie == nil || !u.minted {
		return dst
	}
	dst = append(s.cookie.Begin(dst), u.key...)
	return s.cookie.End(dst, x.Scheme() == "https")
}
