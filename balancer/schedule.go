package balancer

import "sync/atomic"

// Cursor is the position in the schedule of one version's endpoints, and what else of
// them outlives generations. The zero value is ready. Safe for concurrent use.
type Cursor struct {
	_ [cacheLine]byte
	n atomic.Uint64
	_ [cacheLine - 8]byte

	keyed atomic.Uint64 // turns of first attempts that go by a key
	_     [cacheLine - 8]byte

	retries atomic.Uint64 // their turns, which must not move those of first attempts
	_       [cacheLine - 8]byte

	gaps atomic.Uint64 // turns of endpoints that cannot be picked, which fall to others
	_    [cacheLine - 8]byte

	load   Load
	placed atomic.Pointer[placed]
}

// maxSmooth bounds the work of one table: slots times endpoints. Above it the
// order is the Weyl sequence over cumulative weights, as even.
const maxSmooth = 1 << 20

// schedule is the order in which a set of endpoints takes requests. It is
// immutable. The zero value is the empty set.
type schedule struct {
	members []int32 // indices into the group's endpoints, ascending
	slots   []int32 // one cycle of the smooth order; nil when too long
	ranges  ranges  // of the members where slots is nil
}

// newSchedule orders the members by their weights. Members with equal weights
// take turns; otherwise the order is NGINX's smooth weighted round robin
// (weights 5, 1, 1 give a a b a c a a), computed once instead of per request.
func newSchedule(endpoints []Endpoint, members []int32) schedule {
	s := schedule{members: members}
	if len(members) == 0 {
		return s
	}
	divisor, total := 0, 0
	for _, m := range members {
		divisor = gcd(divisor, endpoints[m].Weight)
		total += endpoints[m].Weight
	}
	cycle := total / divisor
	switch {
	case cycle == len(members):
		s.slots = members
	case cycle <= maxSmooth/len(members):
		s.slots = smooth(endpoints, members, divisor, cycle)
	default:
		s.ranges = newRanges(endpoints, members)
	}
	return s
}

// smooth returns one cycle of NGINX's smooth weighted round robin: each turn
// every member gains its weight, the richest is chosen (the first of equals)
// and pays the sum of all weights.
func smooth(endpoints []Endpoint, members []int32, divisor, cycle int) []int32 {
	slots := make([]int32, 0, cycle)
	current := make([]int, len(members))
	for range cycle {
		best := 0
		for i, m := range members {
			current[i] += endpoints[m].Weight / divisor
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
	return s.ranges.scaled(n * golden) // the turn's Weyl position
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
