package balancer

// Sample takes an even part of what it is asked about, by a sequence that outlives it.
// The zero value takes nothing. Safe for concurrent use.
type Sample struct {
	last uint64 // position, inclusive
	seq  *Sequence
}

// NewSample returns a sample of that part, above 0, to 1.
func NewSample(part float64, seq *Sequence) Sample { return Sample{last: position(part), seq: seq} }

// Next takes the next position, and reports whether it is in the sample.
func (s *Sample) Next() bool { return s.seq != nil && s.seq.next() <= s.last }
