package outcome

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// The buckets are those of Prometheus native histograms with schema 3: eight per
// doubling, bucket i holding latencies up to and including 2^(i/8 + MinExp)
// seconds. One histogram so serves verdicts, dashboard and exposition.
const (
	// BucketsPerDoubling is how many buckets lie between x and 2x.
	BucketsPerDoubling = 8
	// MinExp is where the buckets begin: 2^-13 s, 0.122 ms.
	MinExp = -13
	// MaxExp is where the buckets end: 2^7 s, 128 s.
	MaxExp = 7
	// NumBuckets counts all buckets: index 0 holds everything up to 2^MinExp
	// seconds, the last one everything above 2^MaxExp seconds.
	NumBuckets = (MaxExp-MinExp)*BucketsPerDoubling + 2
)

// Histogram is a distribution of latencies in plain values: a reading of live
// counters, or the difference of two readings. The zero value is empty.
// It is not safe for concurrent use.
type Histogram struct {
	Counts [NumBuckets]uint64 // not cumulative; see MinExp, MaxExp and NumBuckets
	Sum    uint64             // nanoseconds; wraps around, differences stay right
}

// Sub takes prev, an earlier reading of the same counters, away from h, so that
// h holds what came in between.
func (h *Histogram) Sub(prev *Histogram) {
	for i, n := range prev.Counts {
		h.Counts[i] -= n
	}
	h.Sum -= prev.Sum
}

// merge adds what other holds.
func (h *Histogram) merge(other *Histogram) {
	for i, n := range other.Counts {
		h.Counts[i] += n
	}
	h.Sum += other.Sum
}

// Count is how many latencies h holds.
func (h *Histogram) Count() uint64 {
	var n uint64
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Quantile estimates the latency that a share q (0 to 1, clamped) of those in h
// does not exceed; 0 when h is empty. The latency of rank q*Count is looked up,
// and inside its bucket ranks are spread evenly on a logarithmic scale (evenly on
// a linear scale, from 0, in the first bucket). So the estimate lies in the true
// one's bucket: within a factor of 2^(1/8), 9 %. A rank beyond the last bound
// answers that bound, 128 s.
func (h *Histogram) Quantile(q float64) time.Duration {
	total := h.Count()
	if total == 0 {
		return 0
	}
	rank := min(max(q, 0), 1) * float64(total)
	var below float64
	for i, c := range h.Counts {
		if c == 0 || below+float64(c) < rank {
			below += float64(c)
			continue
		}
		return within(i, (rank-below)/float64(c))
	}
	return time.Duration(bounds[NumBuckets-2]) // rounding put the rank behind the last latency
}

// within is the point at fraction f (0 to 1) of bucket i.
func within(i int, f float64) time.Duration {
	switch i {
	case 0:
		return time.Duration(f * float64(bounds[0]))
	case NumBuckets - 1:
		return time.Duration(bounds[NumBuckets-2])
	}
	lower, upper := float64(bounds[i-1]), float64(bounds[i])
	return time.Duration(lower * math.Pow(upper/lower, f))
}

// CumulativeBelow is how many latencies in h are at most 2^exp seconds: exact,
// for the buckets of a classic histogram. exp is clamped to MinExp..MaxExp; the
// bucket +Inf is Count.
func (h *Histogram) CumulativeBelow(exp int) uint64 {
	exp = min(max(exp, MinExp), MaxExp)
	var n uint64
	for _, c := range h.Counts[:(exp-MinExp)*BucketsPerDoubling+1] {
		n += c
	}
	return n
}

// bounds[i] is bucket i's upper bound, rounded down to whole nanoseconds: as
// latencies are whole nanoseconds too, comparing with it is exact.
var bounds = func() (b [NumBuckets - 1]uint64) {
	for i := range b {
		exp, part := MinExp+i/BucketsPerDoubling, i%BucketsPerDoubling
		b[i] = uint64(math.Ldexp(1e9*math.Pow(2, float64(part)/BucketsPerDoubling), exp))
	}
	return b
}()

// A cell is a latency's length in bits together with the cellBits bits that follow
// its leading one. A cell spans at most 1/32 of a doubling, less than a bucket, so
// it meets at most one bound: cells holds the bucket of its smallest latency, and
// one comparison decides between that and the next.
const (
	cellBits = 5
	minBits  = 17 // of 2^MinExp seconds in nanoseconds: 122 070
	maxBits  = 37 // of 2^MaxExp seconds in nanoseconds: 128 000 000 000
)

var cells = func() (c [(maxBits - minBits + 1) << cellBits]uint8) {
	bucket := 0
	for i := range c {
		smallest := uint64(1<<cellBits+i&(1<<cellBits-1)) << (minBits + i>>cellBits - 1 - cellBits)
		for bucket < len(bounds) && smallest > bounds[bucket] {
			bucket++
		}
		c[i] = uint8(bucket)
	}
	return c
}()

// Bucket is the index of the bucket that holds d.
func Bucket(d time.Duration) int { return bucketOf(d) }

// bucketOf is the index of the bucket that holds d.
func bucketOf(d time.Duration) int {
	n := uint64(max(d, 0))
	if n <= bounds[0] {
		return 0
	}
	if n > bounds[len(bounds)-1] {
		return NumBuckets - 1
	}
	length := bits.Len64(n)
	cell := (length-minBits)<<cellBits | int(n>>(length-1-cellBits))&(1<<cellBits-1)
	bucket := int(cells[cell])
	if n > bounds[bucket] {
		bucket++
	}
	return bucket
}

// liveHistogram is one shard's histogram under concurrent writers. Negative
// latencies count as 0.
type liveHistogram struct {
	counts [NumBuckets]atomic.Uint64
	sum    atomic.Uint64 // nanoseconds
}

// add adds d, which bucketOf has put there.
func (l *liveHistogram) add(bucket int, d time.Duration) {
	l.counts[bucket].Add(1)
	l.sum.Add(uint64(max(d, 0)))
}

// addTo adds a reading of l to h.
func (l *liveHistogram) addTo(h *Histogram) {
	for i := range l.counts {
		h.Counts[i] += l.counts[i].Load()
	}
	h.Sum += l.sum.Load()
}
