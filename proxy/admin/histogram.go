package admin

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"weir/health/outcome"
)

// histogramMetric shows a histogram in both ways that Prometheus has. The classic
// buckets end at powers of two: every eighth of those kept, which is exact and enough
// for a dashboard. The native ones, which only a scraper that asks for protobuf gets,
// are all of them, as they are kept: Prometheus' schema 3 is where they come from.
type histogramMetric struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	h      *outcome.Histogram // not written any more
}

// nativeSchema has eight buckets per doubling.
const nativeSchema = int32(3)

// Desc implements prometheus.Metric.
func (m histogramMetric) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m histogramMetric) Write(out *dto.Metric) error {
	count, sum := m.h.Count(), float64(m.h.Sum)/float64(time.Second)
	schema, zero := nativeSchema, math.Ldexp(1, outcome.MinExp)
	h := &dto.Histogram{
		SampleCount: &count, SampleSum: &sum,
		// The first bucket is all that is too short to be told apart, which is what a native
		// histogram has its zero bucket for.
		Schema: &schema, ZeroThreshold: &zero, ZeroCount: &m.h.Counts[0],
	}
	for exp := outcome.MinExp; exp <= outcome.MaxExp; exp++ {
		bound, below := math.Ldexp(1, exp), m.h.CumulativeBelow(exp)
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: &bound, CumulativeCount: &below})
	}
	h.PositiveSpan, h.PositiveDelta = native(m.h.Counts[1:])
	out.Label, out.Histogram = m.labels, h
	return nil
}

// native are the buckets after the first as Prometheus writes them: runs of buckets, by
// how far they lie from the one before, and in them what each has more than the one
// before. The last, of all that is beyond the longest bound, is the one after that.
func native(counts []uint64) (spans []*dto.BucketSpan, deltas []int64) {
	const bound1 = int32(outcome.MinExp*outcome.BucketsPerDoubling + 1) // Prometheus' number for counts[0]
	var before int64
	next := int32(0) // the number after the last bucket written
	for i, n := range counts {
		if n == 0 {
			continue
		}
		number := bound1 + int32(i)
		if last := len(spans) - 1; last >= 0 && number == next {
			*spans[last].Length++
		} else {
			offset, length := number-next, uint32(1)
			spans = append(spans, &dto.BucketSpan{Offset: &offset, Length: &length})
		}
		deltas = append(deltas, int64(n)-before)
		before, next = int64(n), number+1
	}
	return spans, deltas
}
