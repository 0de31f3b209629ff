package balancer

import "sync/atomic"

// golden is 2^64 divided by the golden ratio, made odd. Multiples of it modulo
// 2^64 are the Weyl sequence of lowest discrepancy (Knuth, The Art of Computer
// Programming vol. 3, §6.4): every run of n requests, and every run of each
// k-th request for small k, falls on all shares evenly.
const golden = 0x9E3779B97F4A7C15

// Sequence is the position of an upstream's unkeyed split. One atomic add per
// request; it outlives generations, so that a weight change does not restart
// it. The zero value is ready. Safe for concurrent use.
type Sequence struct {
	_   [cacheLine]byte
	pos atomic.Uint64
	_   [cacheLine - 8]byte
}

// next returns the next position in [0, 2^64).
func (s *Sequence) next() uint64 { return s.pos.Add(golden) }
