package outcome

const minStatus, maxStatus = 100, 599

// StatusSet is a set of HTTP status codes from 100 to 599. It is a plain value:
// copy and compare it freely. The zero value is empty.
type StatusSet struct {
	bits [(maxStatus - minStatus + 64) / 64]uint64
}

// NewStatusSet returns the set of all codes in ranges, each from [0] to [1], both
// included. What lies outside 100..599 is left out, and so is a range that ends
// before it begins.
func NewStatusSet(ranges ...[2]int) StatusSet {
	var s StatusSet
	for _, r := range ranges {
		for code := max(r[0], minStatus); code <= min(r[1], maxStatus); code++ {
			s.bits[(code-minStatus)/64] |= 1 << ((code - minStatus) % 64)
		}
	}
	return s
}

// Contains reports whether code is in the set; false for any code outside 100..599.
func (s *StatusSet) Contains(code int) bool {
	i := uint(code - minStatus)
	return i <= maxStatus-minStatus && s.bits[i/64]>>(i%64)&1 != 0
}
