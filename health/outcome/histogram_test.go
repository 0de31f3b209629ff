package outcome

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Add counts one latency, as the live counters do.
func (h *Histogram) Add(d time.Duration) {
	var l liveHistogram
	l.add(bucketOf(d), d)
	l.addTo(h)
}

func upperBound(i int) time.Duration { return time.Duration(bounds[i]) }

// slowBucketOf goes by the definition, in whole numbers and so without rounding:
// d <= 2^(k/8) s, in nanoseconds, is d^8 <= 2^k * 10^72.
func slowBucketOf(d time.Duration) int {
	d8 := new(big.Int).Exp(big.NewInt(int64(max(d, 0))), big.NewInt(8), nil)
	for i := range NumBuckets - 1 {
		k := MinExp*BucketsPerDoubling + i
		left, right := new(big.Int).Set(d8), new(big.Int).Exp(big.NewInt(10), big.NewInt(72), nil)
		if k < 0 {
			left.Lsh(left, uint(-k))
		} else {
			right.Lsh(right, uint(k))
		}
		if left.Cmp(right) <= 0 {
			return i
		}
	}
	return NumBuckets - 1
}

func TestBucketOfIsExactAtEveryBound(t *testing.T) {
	for i := range NumBuckets - 1 {
		bound := upperBound(i)
		for _, d := range []time.Duration{bound - 1, bound, bound + 1} {
			if got, want := bucketOf(d), slowBucketOf(d); got != want {
				t.Errorf("bucketOf(%d ns), beside bound %d, = %d, want %d", d, i, got, want)
			}
		}
		if got := bucketOf(bound); got != i {
			t.Errorf("bucketOf(bound %d = %d ns) = %d: a bound belongs to its bucket", i, bound, got)
		}
	}
}

func TestBucketOfExtremes(t *testing.T) {
	for _, tc := range []struct {
		d    time.Duration
		want int
	}{
		{math.MinInt64, 0}, {-1, 0}, {0, 0}, {1, 0}, {122070, 0}, {122071, 1},
		{time.Second, -MinExp * BucketsPerDoubling}, {time.Second + 1, -MinExp*BucketsPerDoubling + 1},
		{128 * time.Second, NumBuckets - 2}, {128*time.Second + 1, NumBuckets - 1}, {math.MaxInt64, NumBuckets - 1},
	} {
		if got := bucketOf(tc.d); got != tc.want {
			t.Errorf("bucketOf(%d ns) = %d, want %d", tc.d, got, tc.want)
		}
	}
}

func TestBucketOfAgainstModel(t *testing.T) {
	// Evenly over the exponents: evenly over the numbers would test long latencies only.
	duration := rapid.Custom(func(t *rapid.T) time.Duration {
		length := rapid.IntRange(10, 40).Draw(t, "bits")
		return time.Duration(rapid.Uint64Range(1<<(length-1), 1<<length-1).Draw(t, "ns"))
	})
	rapid.Check(t, func(t *rapid.T) {
		d := duration.Draw(t, "d")
		if got, want := bucketOf(d), slowBucketOf(d); got != want {
			t.Fatalf("bucketOf(%d ns) = %d, want %d", d, got, want)
		}
	})
}

func TestBoundsAreThoseOfSchema3(t *testing.T) {
	for i, bound := range bounds {
		want := math.Exp2(float64(i)/BucketsPerDoubling+MinExp) * 1e9
		if got := float64(bound); want-got < -0.01 || want-got >= 1 {
			t.Errorf("bound %d = %v ns, want %v rounded down", i, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	one := func(d time.Duration) (h Histogram) { h.Add(d); return h }
	second := -MinExp * BucketsPerDoubling // the bucket that ends at 1 s
	var even Histogram
	even.Counts[second] = 4

	for _, tc := range []struct {
		name string
		h    Histogram
		q    float64
		want time.Duration
	}{
		{"empty", Histogram{}, 0.5, 0},
		{"end of the bucket", even, 1, upperBound(second)},
		{"start of the bucket", even, 0, upperBound(second - 1)},
		{"geometric middle", even, 0.5, 957603280 * time.Nanosecond}, // 2^(-1/16) s
		{"first bucket is linear from 0", one(1), 0.5, upperBound(0) / 2},
		{"beyond the last bound", one(time.Hour), 0.5, 128 * time.Second},
		{"q above 1 is 1", even, 7, upperBound(second)},
		{"q below 0 is 0", even, -7, upperBound(second - 1)},
	} {
		if got := tc.h.Quantile(tc.q); got != tc.want {
			t.Errorf("%s: Quantile(%v) = %d, want %d", tc.name, tc.q, got, tc.want)
		}
	}
}

// The estimate lies in the bucket of the latency that really has the rank.
func TestQuantileAgainstSortedLatencies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Map(rapid.Float64Range(-11, 5), func(exp float64) time.Duration {
			return time.Duration(math.Exp2(exp) * 1e9)
		}), 1, 200).Draw(t, "latencies")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		var h Histogram
		for _, d := range all {
			h.Add(d)
		}
		slices.SortFunc(all, cmp.Compare)
		rank := max(1, int(math.Ceil(q*float64(len(all)))))
		exact, got := all[rank-1], h.Quantile(q)
		bucket := bucketOf(exact)
		if got < upperBound(bucket-1)-1 || got > upperBound(bucket)+1 {
			t.Fatalf("Quantile(%v) of %v = %v, want in the bucket of %v", q, all, got, exact)
		}
	})
}

func TestHistogramArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		durations := rapid.SliceOf(rapid.Map(rapid.Int64Range(-1e6, 200e9), func(n int64) time.Duration { return time.Duration(n) }))
		early, late := durations.Draw(t, "early"), durations.Draw(t, "late")
		var before, between, after Histogram
		for _, d := range early {
			before.Add(d)
		}
		for _, d := range late {
			between.Add(d)
		}
		after = before
		for _, d := range late {
			after.Add(d)
		}
		if got, want := after.Count(), uint64(len(early)+len(late)); got != want {
			t.Fatalf("Count() = %d, want %d", got, want)
		}
		for exp := MinExp; exp <= MaxExp; exp++ {
			bound := time.Duration(math.Ldexp(1e9, exp))
			var want uint64
			for _, d := range slices.Concat(early, late) {
				if d <= bound {
					want++
				}
			}
			if got := after.CumulativeBelow(exp); got != want {
				t.Fatalf("CumulativeBelow(%d) = %d, want %d", exp, got, want)
			}
		}
		after.Sub(&before)
		if after != between {
			t.Fatalf("(before + between) - before differs from between")
		}
	})
}

func TestCumulativeBelowClampsItsExponent(t *testing.T) {
	var h Histogram
	h.Add(0)
	h.Add(time.Second)
	h.Add(time.Hour)
	if low, high := h.CumulativeBelow(-99), h.CumulativeBelow(99); low != 1 || high != 2 {
		t.Errorf("CumulativeBelow(-99), (99) = %d, %d, want 1, 2", low, high)
	}
}
