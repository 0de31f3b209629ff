package proxy

import (
	"net/netip"
	"slices"

	"weir/balancer"
	"weir/proxy/internal/http1"
)

// algorithm is what an upstream's algorithm asks of the requests and of attempts.
type algorithm struct {
	of       *balancer.Split
	balance  balancer.Balance
	times    balancer.Times // of attempts
	inflight bool           // and of those under way
	keyed    bool           // it goes by a key of the request:
	key      http1.Text     // this one; none: the client's address
}

// algorithmOf finds out; the versions of an upstream have the same algorithm.
func algorithmOf(u *Upstream) (a algorithm, err error) {
	a.of = u.Split
	for _, s := range u.Split.Shares() {
		a.balance = s.Group.Balance()
	}
	a.times, a.keyed = a.balance.Times(), a.balance.Hashes()
	a.inflight = a.balance.Inflight && a.times != balancer.NoTimes
	a.key, err = http1.NewText(u.HashKey)
	return a, err
}

// findAlgorithm is for a new upstream. One that is published already has it, and
// nothing of it may be written.
func (u *Upstream) findAlgorithm() (err error) {
	if u.algorithm.of == u.Split {
		return nil
	}
	if u.algorithm, err = algorithmOf(u); err != nil {
		return err
	}
	for i, s := range u.Split.Shares() {
		if load := s.Group.Load(); u.Versions[i].load != load {
			u.Versions[i].load = load // else not written: generations may share a version
		}
	}
	return nil
}

// rekey makes the request's key for another generation of its upstream, if that goes by
// another one than the generation that it was made for, and finds whether it goes where
// writes go, if they are pinned in one of the two. It reports whether there was anything
// to do.
func (w *worker) rekey(x Exchange, was, now *Upstream) bool {
	if was == now {
		return false
	}
	other := was.Split.PinsWrites() != now.Split.PinsWrites()
	if other {
		now.pinWrites(x, w)
	}
	if was.algorithm.keysAs(&now.algorithm) {
		return other
	}
	w.ask.Key = nil
	if now.algorithm.keyed {
		w.ask.Key = x.Key(now)
	}
	return true
}

// keysAs reports whether requests have the same keys by both.
func (a *algorithm) keysAs(b *algorithm) bool {
	if !a.keyed || !b.keyed {
		return a.keyed == b.keyed
	}
	return a.byNetwork() == b.byNetwork() && slices.Equal(a.key, b.key)
}

// byNetwork says that the key is not a text, but the client's network.
func (a *algorithm) byNetwork() bool { return a.balance.Algorithm == balancer.IPHash }

// Key is what the upstream's algorithm knows the request by.
func (x *exchange) Key(u *Upstream) []byte {
	x.key = x.key[:0]
	if u.algorithm.byNetwork() {
		x.key = appendNetwork(x.key, x.Client())
		return x.key
	}
	f := x.ownFacts()
	f.LowerHost = true
	x.key = u.algorithm.key.Append(x.key, &f)
	return x.key
}

// appendNetwork appends what NGINX hashes of an address: the first three bytes of an
// IPv4 one, all of an IPv6 one, and zeros for a client without.
func appendNetwork(dst []byte, a netip.Addr) []byte {
	switch a = a.Unmap(); {
	case a.Is4():
		b := a.As4()
		return append(dst, b[:3]...)
	case a.Is6():
		b := a.As16()
		return append(dst, b[:]...)
	}
	return append(dst, 0, 0, 0)
}
