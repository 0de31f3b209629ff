package balancer

import (
	"math/bits"
	"sync/atomic"
)

// Cursor is the position in the schedule of one version's endpoints. It
// outlives generations. The zero value is ready. Safe for concurrent use.
type Cursor struct {
	_ [cacheLine]byte
	n atomic.Uint64
	_ [cacheLine - 8]byte

	retries atomic.Uint64 // their turns, which must not move those of first attempts
	_       [cacheLine - 8]byte
}

// maxSmooth bounds the work of one table: slots times endpoints. Above it the
// order is the Weyl sequence over cumulative weights, as even.
const maxSmooth = 1 << 20

// schedule is the order in which a set of endpoints takes requests. It is
// immutable. The zero value is the empty set.
type schedule struct {
	members []int32  // indices into the group's endpoints, ascending
	slots   []int32  // one cycle of the smooth order; nil when too long
	bounds  []uint64 // cumulative weight of members; nil when slots is set
	guide   []int32  // where in bounds each of len(bounds) equal parts of the total begins; then the last member
}

// newSchedule orders the members by their weights. Members with equal weights
// take turns; otherwise the order is NGINX's smooth weighted round robin
// (weights 5, 1, 1 give a a b a c a a), computed once instead of per request.
func newSchedule(members []int32, weight func(int32) int) schedule {
	s := schedule{members: members}
	if len(members) == 0 {
		return s
	}
	divisor, total := 0, 0
	for _, m := range members {
		w := weight(m)
		divisor = gcd(divisor, w)
		total += w
	}
	cycle := total / divisor
	switch {
	case cycle == len(members):
		s.slots = members
	case cycle <= maxSmooth/len(members):
		s.slots = smooth(members, weight, divisor, cycle)
	default:
		s.bounds = make([]uint64, len(members))
		sum := uint64(0)
		for i, m := range members {
			sum += uint64(weight(m))
			s.bounds[i] = sum
		}
		s.guide = guideTo(s.bounds)
	}
	return s
}

// guideTo cuts the sequence's range into as many equal parts as there are members
// and notes for each which member it begins in: a turn then looks at the few members
// of its part, not at log n of all, each in another cache line.
func guideTo(bounds []uint64) []int32 {
	n := len(bounds)
	guide := make([]int32, n+1)
	member := int32(0)
	for part := range n {
		first, rest := bits.Div64(uint64(part), 0, uint64(n))
		if rest > 0 {
			first++
		}
		weight, _ := bits.Mul64(first, bounds[n-1])
		for bounds[member] <= weight {
			member++
		}
		guide[part] = member
	}
	guide[n] = int32(n - 1)
	return guide
}

// smooth returns one cycle of NGINX's smooth weighted round robin: each turn
// every member gains its weight, the richest is chosen (the first of equals)
// and pays the sum of all weights.
func smooth(members []int32, weight func(int32) int, divisor, cycle int) []int32 {
	slots := make([]int32, 0, cycle)
	current := make([]int, len(members))
	for range cycle {
		best := 0
		for i, m := range members {
			current[i] += weight(m) / divisor
			if current[i] > current[best] {
				best = i
			}
		}
		current[best] -= cycle
		slots = append(slots, members[best])
	}
	return slots
}

// at returns the index in walk order (see walk) where turn n starts.
func (s *schedule) at(n uint64) int {
	if s.slots != nil {
		return int(n % uint64(len(s.slots)))
	}
	// The turn's Weyl position scaled to the total weight, and to the parts.
	position, n64 := n*golden, uint64(len(s.bounds))
	weight, _ := bits.Mul64(position, s.bounds[n64-1])
	part, _ := bits.Mul64(position, n64)
	low, high := s.guide[part], s.guide[part+1]
	for low < high {
		if middle := (low + high) / 2; s.bounds[middle] > weight {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return int(low)
}

// walk returns the endpoints in the order in which a pick tries them: the
// smooth cycle, or the members where that is too long.
func (s *schedule) walk() []int32 {
	if s.slots != nil {
		return s.slots
	}
	return s.members
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
