package access

import (
	"net/netip"
	"sync"
	"time"
)

// The pace at which tokens may be tried.
const (
	wrongMost   = 20          // wrong tokens of an address
	wrongWithin = time.Minute // in which that many are too many
	blockedFor  = time.Minute // is what they cost
)

// maxAddresses bounds the table of addresses, some 2 MiB.
const maxAddresses = 4096

// Limiter counts wrong tokens by address. An address with too many is blocked, for
// right ones too: otherwise it could go on guessing and would only have to look which
// one is answered otherwise. Its methods may be called from any goroutine.
type Limiter struct {
	mu struct {
		sync.Mutex
		by map[netip.Addr]*attempts
	}
}

// attempts is what an address has tried.
type attempts struct {
	wrong [wrongMost]time.Time // when, as a ring; zero: never
	next  int                  // the oldest in the ring
	until time.Time            // of the block; zero: there was none
}

// NewLimiter has seen nobody.
func NewLimiter() *Limiter {
	l := &Limiter{}
	l.mu.by = map[netip.Addr]*attempts{}
	return l
}

// Blocked is how long an address is still blocked; 0: it is not.
func (l *Limiter) Blocked(a netip.Addr, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.mu.by[network(a)]
	if t == nil {
		return 0
	}
	return max(0, t.until.Sub(now))
}

// Wrong counts a wrong token. It reports whether it was the first of its address within
// a minute, and whether it has blocked the address.
func (l *Limiter) Wrong(a netip.Addr, now time.Time) (first, blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a = network(a)
	t := l.mu.by[a]
	if t == nil {
		if len(l.mu.by) >= maxAddresses {
			l.forget(now)
		}
		t = &attempts{}
		l.mu.by[a] = t
	}
	first = !t.within(t.last(), now)
	t.wrong[t.next] = now
	t.next = (t.next + 1) % wrongMost
	if t.within(t.wrong[t.next], now) { // the oldest of the latest twenty
		*t = attempts{until: now.Add(blockedFor)}
		return first, true
	}
	return first, false
}

func (t *attempts) last() time.Time { return t.wrong[(t.next+wrongMost-1)%wrongMost] }

func (t *attempts) within(then, now time.Time) bool {
	return !then.IsZero() && now.Sub(then) < wrongWithin
}

// looked is how many addresses are looked at to make room for one.
const looked = 16

// forget makes room: of some addresses, chosen by the map, those that did nothing lately
// go, else the one that would be free of its past the soonest.
func (l *Limiter) forget(now time.Time) {
	var soonest netip.Addr
	var free time.Time
	n := 0
	for a, t := range l.mu.by {
		at := t.free()
		if !at.After(now) {
			delete(l.mu.by, a)
		} else if free.IsZero() || at.Before(free) {
			soonest, free = a, at
		}
		if n++; n == looked {
			break
		}
	}
	if len(l.mu.by) >= maxAddresses {
		delete(l.mu.by, soonest)
	}
}

// free is when nothing of an address's past counts any more.
func (t *attempts) free() time.Time {
	if last := t.last(); !last.IsZero() && last.Add(wrongWithin).After(t.until) {
		return last.Add(wrongWithin)
	}
	return t.until
}

// network is what one attacker has: of IPv6 a subnet of 64 bits.
func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() && !a.IsLoopback() {
		p, _ := a.Prefix(64) // cannot fail: 64 bits are in range
		return p.Addr()
	}
	return a
}
