package jwt

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
)

// The size of a cache: places, and how many of them a token may be in.
const (
	cacheSets = 1024
	cacheWays = 4
)

// Cache is a Verifier that remembers what tokens came to, so that one costs a signature
// once and not with each request. T is what is made of the claims. It is bounded, and has
// no lock: a token that finds its places taken has the oldest one of them. Make one with
// NewCache.
type Cache[T any] struct {
	verifier *Verifier
	make     func(Claims) T
	none     T
	places   []atomic.Pointer[remembered[T]]
}

// remembered is what a token came to. It is not written again.
type remembered[T any] struct {
	sum   [sha256.Size]byte // of the token: no other can be made that has it
	fault Fault
	is    T
	until int64 // in seconds since 1970
}

// How long it is remembered that a token is not believed, in seconds: not long, so that
// those that are keep their places; and hardly at all that it is not valid yet.
const (
	badFor = 60
	notYet = 1
)

// NewCache makes what claims come to by calling of, from any goroutine.
func NewCache[T any](v *Verifier, of func(Claims) T) *Cache[T] {
	return &Cache[T]{verifier: v, make: of, places: make([]atomic.Pointer[remembered[T]], cacheSets*cacheWays)}
}

// Verify is what the token's claims come to, and the zero T of one that is not believed.
// now is the time in seconds since 1970. A token that is known costs no memory.
func (c *Cache[T]) Verify(token []byte, now int64) (T, Fault) {
	if len(token) == 0 || len(token) > MaxToken {
		return c.none, Malformed
	}
	sum := sha256.Sum256(token)
	set := binary.LittleEndian.Uint64(sum[:]) % cacheSets * cacheWays
	places := c.places[set : set+cacheWays]
	for i := range places {
		r := places[i].Load()
		if r == nil || r.sum != sum {
			continue
		}
		switch {
		case now < r.until:
			return r.is, r.fault
		case r.fault == Valid:
			// It is over. The verifier would say so, too.
			places[i].CompareAndSwap(r, &remembered[T]{sum: sum, fault: Expired, until: now + badFor})
			return c.none, Expired
		}
	}
	r := c.learn(string(token), sum, now)
	victim, oldest := 0, int64(0)
	for i := range places {
		was := places[i].Load()
		if was == nil {
			victim = i
			break
		}
		if i == 0 || was.until < oldest {
			victim, oldest = i, was.until
		}
	}
	places[victim].Store(r)
	return r.is, r.fault
}

// learn verifies a token.
func (c *Cache[T]) learn(token string, sum [sha256.Size]byte, now int64) *remembered[T] {
	claims, fault := c.verifier.Verify(token)
	r := &remembered[T]{sum: sum, fault: fault}
	switch fault {
	case Valid:
		r.is, r.until = c.make(claims), claims.Until.Unix()
	case Early:
		r.until = now + notYet
	default:
		r.until = now + badFor
	}
	return r
}
