package balancer

import "math/bits"

// ranges are endpoints side by side, each as wide as its weight. They are immutable.
type ranges struct {
	members []int32 // indices into the group's endpoints
	ends    []end   // of the members' ranges; nil where each is above 0, as guide
	// The whole is cut into parts of 1<<shift, as many as there are members or up to
	// twice that, and guide says in which member each begins; then the last member. A
	// search looks at the few members of one part, not at log n of all, each in another
	// cache line.
	guide []int32
	shift uint
	whole uint32
	each  uint32 // the weight of every member, where that is the same: then a place is a quotient; else 0
}

// end is where the range of an endpoint ends.
type end struct {
	at     uint32
	member int32
}

func newRanges(endpoints []Endpoint, members []int32) ranges {
	r := ranges{members: members}
	if w := endpoints[members[0]].Weight; allWeigh(endpoints, members, w) {
		r.each, r.whole = uint32(w), uint32(w*len(members))
		return r
	}
	r.ends = make([]end, len(members))
	for i, m := range members {
		r.whole += uint32(endpoints[m].Weight)
		r.ends[i] = end{at: r.whole, member: m}
	}
	r.shift = uint(bits.Len32(r.whole/uint32(len(members)))) - 1
	parts := (r.whole-1)>>r.shift + 1
	r.guide = make([]int32, 0, parts+1)
	at := int32(0)
	for part := range parts {
		for r.ends[at].at <= part<<r.shift {
			at++
		}
		r.guide = append(r.guide, at)
	}
	r.guide = append(r.guide, int32(len(members)-1))
	return r
}

func allWeigh(endpoints []Endpoint, members []int32, weight int) bool {
	for _, m := range members {
		if endpoints[m].Weight != weight {
			return false
		}
	}
	return true
}

// find returns the place among the members of the one whose range has at, which is
// below the whole.
func (r *ranges) find(at uint32) int {
	switch r.each {
	case 0:
	case 1:
		return int(at)
	default:
		return int(at / r.each)
	}
	part := at >> r.shift
	low, high := r.guide[part], r.guide[part+1]
	for low < high {
		if middle := (low + high) / 2; r.ends[middle].at > at {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return int(low)
}

// scaled is find for a position in [0, 2^64).
func (r *ranges) scaled(position uint64) int {
	at, _ := bits.Mul64(position, uint64(r.whole))
	return r.find(uint32(at))
}

// member is the endpoint at a place that was found: beside its end, which is in the
// cache by then.
func (r *ranges) member(place int) int32 {
	if r.each > 0 {
		return r.members[place]
	}
	return r.ends[place].member
}

// draw returns an endpoint by its weight, for numbers that are scattered.
func (r *ranges) draw(n uint64) int32 { return r.member(r.scaled(n)) }

// modulo returns the endpoint that has a number modulo the whole.
func (r *ranges) modulo(n uint32) int32 { return r.member(r.find(n % r.whole)) }
