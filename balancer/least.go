package balancer

import "math/bits"

// exact is up to how many endpoints the least one is found by looking at all. Above
// that it is the best of four draws, which is nearly as good (Mitzenmacher, The power
// of two choices in randomized load balancing, 2001) and does not grow.
const exact = 64

// least picks the endpoint with the least of a measure; equal ones take turns.
type least struct {
	order schedule
	by    measure
}

func (l *least) pick(f *fit, turn uint64) int32 {
	best, cost, tied := int32(-1), 0.0, uint64(0)
	for _, i := range l.order.members {
		if !f.ok(i) {
			continue
		}
		switch c := l.by.of(f, i); {
		case best < 0 || c < cost:
			best, cost, tied = i, c, uint64(f.at(i).weight)
		case c == cost:
			tied += uint64(f.at(i).weight)
		}
	}
	if best < 0 || tied == uint64(f.at(best).weight) {
		return best
	}
	// The turn is that of an equal one, or falls to the equal ones by their weights:
	// together that is by their weights, and NGINX's order where all are equal.
	equal := func(i int32) bool { return f.ok(i) && l.by.of(f, i) <= cost }
	if i := l.order.walk()[l.order.at(turn)]; equal(i) {
		return i
	}
	rest, _ := bits.Mul64(turn*golden, tied)
	for _, i := range l.order.members {
		if !equal(i) {
			continue
		}
		if w := uint64(f.at(i).weight); rest >= w {
			rest -= w
			continue
		}
		return i
	}
	return best // the others have taken something meanwhile
}
