package balancer

import "math/bits"

// ranges are endpoints side by side, each as wide as its weight. They are immutable.
type ranges struct {
	members []int32 // indices into the group's endpoints
	all     bool    // a member's place is its index: one load less for a pick
	whole   uint32  // the sum of the weights
	unit    uint32  // what all weights are multiples of
	slots   []int32 // the place of each unit among the members; nil when there are too many

	// Without slots: the end of each member's range. The whole is cut into parts of
	// 1<<shift, as many as there are members or up to twice that, and guide says in which
	// member each begins; then the last member. A search looks at the few members of one
	// part, not at log n of all, each in another cache line.
	ends  []uint32
	guide []int32
	shift uint
}

// mostSlots bounds the memory of one set of ranges, at 256 KiB.
const mostSlots = 1 << 16

func newRanges(endpoints []Endpoint, members []int32) ranges {
	r := ranges{members: members, all: true}
	unit := 0
	for place, m := range members {
		r.all = r.all && int(m) == place
		r.whole += uint32(endpoints[m].Weight)
		unit = gcd(unit, endpoints[m].Weight)
	}
	r.unit = uint32(unit)
	if r.whole/r.unit > mostSlots {
		r.divide(endpoints)
		return r
	}
	r.slots = make([]int32, 0, r.whole/r.unit)
	for place, m := range members {
		for range endpoints[m].Weight / unit {
			r.slots = append(r.slots, int32(place))
		}
	}
	return r
}

// divide makes what a search goes by.
func (r *ranges) divide(endpoints []Endpoint) {
	r.ends = make([]uint32, len(r.members))
	sum := uint32(0)
	for i, m := range r.members {
		sum += uint32(endpoints[m].Weight)
		r.ends[i] = sum
	}
	r.shift = uint(bits.Len32(r.whole/uint32(len(r.members)))) - 1
	parts := (r.whole-1)>>r.shift + 1
	r.guide = make([]int32, 0, parts+1)
	at := int32(0)
	for part := range parts {
		for r.ends[at] <= part<<r.shift {
			at++
		}
		r.guide = append(r.guide, at)
	}
	r.guide = append(r.guide, int32(len(r.members)-1))
}

// find returns the place among the members of the one whose range has at, which is
// below the whole.
func (r *ranges) find(at uint32) int {
	if r.slots != nil {
		if r.unit > 1 { // nearly never, and a division takes as long as a load
			at /= r.unit
		}
		return int(r.slots[at])
	}
	part := at >> r.shift
	low, high := r.guide[part], r.guide[part+1]
	for low < high {
		if middle := (low + high) / 2; r.ends[middle] > at {
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

// member returns the endpoint at a place.
func (r *ranges) member(place int) int32 {
	if r.all {
		return int32(place)
	}
	return r.members[place]
}

// draw returns an endpoint by its weight, for numbers that are scattered.
func (r *ranges) draw(n uint64) int32 { return r.member(r.scaled(n)) }

// modulo returns the endpoint that has a number modulo the whole.
func (r *ranges) modulo(n uint32) int32 { return r.member(r.find(n % r.whole)) }
