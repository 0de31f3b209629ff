package admin

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"weir/health/outcome"
)

// TestNativeBucketsAreThoseThatAreKept reads what is written as Prometheus does: each
// latency is in the bucket whose bounds, by schema 3, it lies between.
func TestNativeBucketsAreThoseThatAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		latencies := rapid.SliceOfN(rapid.Map(rapid.Float64Range(-16, 7), func(exp float64) time.Duration {
			return time.Duration(math.Exp2(exp) * float64(time.Second))
		}), 0, 50).Draw(t, "latencies")
		users, totals := outcome.NewUsers(), outcome.UserTotals{}
		want, zero := map[int]int64{}, uint64(0)
		for _, d := range latencies {
			users.Done(0, 200, false, d)
			if d.Seconds() <= math.Ldexp(1, outcome.MinExp) {
				zero++
				continue
			}
			number := int(math.Ceil(8 * math.Log2(d.Seconds())))
			if bound := math.Exp2(float64(number) / 8); bound-d.Seconds() < 2e-9 {
				return // on a bound, which floating point does not tell from one beside it
			} else if below := math.Exp2(float64(number-1) / 8); d.Seconds()-below < 2e-9 {
				return
			}
			want[number]++
		}
		users.Totals(&totals)
		var m dto.Metric
		d := prometheus.NewDesc("x", "y", nil, nil)
		if err := (histogramMetric{desc: d, h: &totals.Duration}).Write(&m); err != nil {
			t.Fatal(err)
		}
		h, got := m.Histogram, map[int]int64{}
		number, n, at := 0, int64(0), 0
		for _, span := range h.PositiveSpan {
			number += int(*span.Offset)
			for range *span.Length {
				n += h.PositiveDelta[at]
				got[number] = n
				number, at = number+1, at+1
			}
		}
		if at != len(h.PositiveDelta) || *h.ZeroCount != zero || *h.SampleCount != uint64(len(latencies)) || len(got) != len(want) {
			t.Fatalf("%d of %d deltas in spans, %d below all buckets and %d in all; %v, want %v and %d below", at, len(h.PositiveDelta), *h.ZeroCount, *h.SampleCount, got, want, zero)
		}
		for number, n := range want {
			if got[number] != n {
				t.Fatalf("bucket %d = %d, want %d", number, got[number], n)
			}
		}
	})
}
