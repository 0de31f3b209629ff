package accesslog

import "time"

// Rule says which requests get a line: those that Only lets pass, and of these
// a share. The zero value wants none: Sample is needed.
type Rule struct {
	// Sample is the share of the lines that are written, above 0 to 1. It is kept
	// exactly over the long run, by counting.
	Sample float64
	// Status has the statuses that get a line, as ranges with both ends included.
	Status [][2]int
	// SlowerThan gives a line to requests that took that long or longer, whatever
	// their status; 0: duration gives none.
	SlowerThan time.Duration
}

// rule is a Rule as requests read it.
type rule struct {
	every  bool   // no sampling
	share  uint64 // of 2^64
	all    bool   // no filter
	status statusSet
	slow   time.Duration // 0: none is
}

func newRule(r Rule) *rule {
	c := &rule{every: r.Sample >= 1, all: len(r.Status) == 0 && r.SlowerThan == 0, slow: r.SlowerThan}
	if !c.every {
		c.share = uint64(r.Sample * (1 << 63) * 2)
	}
	for _, s := range r.Status {
		c.status.add(s[0], s[1])
	}
	return c
}

// wants says whether the filter lets the entry pass: by either of its parts.
func (r *rule) wants(e *Entry) bool {
	return r.all || r.status.has(e.Status) || r.slow > 0 && e.Duration >= r.slow
}

// golden is the fraction of the golden ratio: its multiples spread evenly, so
// that any run of them has the share to within a few (Weyl's sequence).
const golden = 0x9E3779B97F4A7C15

// takes says whether the next entry at the shard is one of the share.
func (r *rule) takes(s *shard) bool {
	return r.every || s.sampled.Add(golden) < r.share
}

// statusSet has one bit per status up to 599.
type statusSet [10]uint64

func (s *statusSet) add(from, to int) {
	for code := max(from, 0); code <= min(to, len(s)*64-1); code++ {
		s[code/64] |= 1 << (code % 64)
	}
}

func (s *statusSet) has(code int) bool {
	return code >= 0 && code < len(s)*64 && s[code/64]&(1<<(code%64)) != 0
}
