package proxy

import (
	"net/netip"

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

// Key is what the upstream's algorithm knows the request by.
func (x *exchange) Key(u *Upstream) []byte {
	x.key = x.key[:0]
	if u.algorithm.balance.Algorithm == balancer.IPHash {
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
