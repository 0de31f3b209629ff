package rollout

import (
	"math"
	"time"

	"weir/balancer/verdict"
)

const (
	// Buckets is how many buckets a Latency has: eight for each doubling from 2^-13
	// seconds, which the first ends with, to 2^7 seconds, above which is the last.
	Buckets = (maxExp-minExp)*perDoubling + 2

	minExp, maxExp, perDoubling = -13, 7, 8
)

// Latency is how many first attempts took how long to the first byte, by bucket.
type Latency [Buckets]uint64

// Add counts an answer; it is for those who make traffic up.
func (l *Latency) Add(d time.Duration) { l[bucketFor(d)]++ }

// bucketFor is the bucket that holds d.
func bucketFor(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	i := math.Ceil((math.Log2(d.Seconds()) - minExp) * perDoubling)
	return int(min(max(i, 0), Buckets-1))
}

// boundOf is what no latency in the bucket is above. The last has no such bound;
// its name is where it begins.
func boundOf(bucket uint8) time.Duration {
	exp := minExp + float64(min(int(bucket), Buckets-2))/perDoubling
	return time.Duration(math.Exp2(exp) * float64(time.Second))
}

func (l *Latency) count() (n uint64) {
	for _, c := range l {
		n += c
	}
	return n
}

// above counts those beyond a bucket.
func (l *Latency) above(bucket uint8) (n uint64) {
	for _, c := range l[min(int(bucket)+1, Buckets):] {
		n += c
	}
	return n
}

// quantile is the first bucket that a part q lies at or below.
func (l *Latency) quantile(q float64) uint8 {
	most := uint64(math.Ceil(q * float64(l.count())))
	var n uint64
	for i, c := range l {
		if n += c; n >= most && n > 0 {
			return uint8(i)
		}
	}
	return Buckets - 1
}

// since is the growth from base; ok is false when a counter went backwards.
func (l *Latency) since(base *Latency) (d Latency, ok bool) {
	for i, n := range l {
		if n < base[i] {
			return Latency{}, false
		}
		d[i] = n - base[i]
	}
	return d, true
}

// Slowness is what was seen of latencies besides the tests. The zero value has seen
// nothing.
type Slowness struct {
	// Warm is for how long the candidate has had answers, until WarmUp.
	Warm time.Duration `json:"warm,omitempty"`
	// Known is set once there were enough answers of stable for its quantiles. Bounds
	// are their buckets by what stable did before; CandidateBounds those that a
	// candidate may still reach which is as slow as is tolerated.
	Known           bool                      `json:"known,omitempty"`
	Bounds          [verdict.Thresholds]uint8 `json:"bounds,omitzero"`
	CandidateBounds [verdict.Thresholds]uint8 `json:"candidate_bounds,omitzero"`
	// Candidate and Stable are the answers compared, and those above the bounds.
	Candidate Slow `json:"candidate,omitzero"`
	Stable    Slow `json:"stable,omitzero"`
}

// Slow are answers, and those of them that were above each bound.
type Slow struct {
	Answers uint64                     `json:"answers,omitempty"`
	Above   [verdict.Thresholds]uint64 `json:"above,omitzero"`
}

func (s *Slow) add(o Slow) {
	s.Answers += o.Answers
	for i, n := range o.Above {
		s.Above[i] += n
	}
}

// without takes away what was counted by others, which may be more.
func (s Slow) without(o Slow) Slow {
	s.Answers = grown(o.Answers, s.Answers)
	for i := range s.Above {
		s.Above[i] = min(grown(o.Above[i], s.Above[i]), s.Answers)
	}
	return s
}

func (s *Slow) floats() (above [verdict.Thresholds]float64) {
	for i, n := range s.Above {
		above[i] = float64(n)
	}
	return above
}

// slow counts what lies above bounds.
func (l *Latency) slow(bounds [verdict.Thresholds]uint8) Slow {
	s := Slow{Answers: l.count()}
	for i, b := range bounds {
		s.Above[i] = l.above(b)
	}
	return s
}

// leastSlower is what a candidate may be slower in any case: nobody reverts a
// release for the way to another machine.
const leastSlower = 2 * time.Millisecond

// tolerated is the bucket that a candidate's latency may reach where stable's
// reaches another.
func tolerated(bucket uint8, tolerate float64) uint8 {
	d := boundOf(bucket)
	d = max(time.Duration(float64(d)*max(1, tolerate)), d+leastSlower)
	return uint8(min(bucketFor(d), Buckets-1))
}
