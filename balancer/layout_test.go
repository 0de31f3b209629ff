package balancer

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawWeights(t *rapid.T, label string) map[string]float64 {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"v1", "v2", "v3", "v4", "v5", "v6"}), 1, 5, rapid.ID).Draw(t, label)
	w := map[string]float64{}
	for _, v := range names {
		if rapid.Bool().Draw(t, "decimals") {
			w[v] = rapid.Float64Range(0, 100).Draw(t, "weight of "+v)
		} else {
			w[v] = float64(rapid.IntRange(0, 100).Draw(t, "weight of "+v))
		}
	}
	w[names[0]]++
	return w
}

func TestNewLayout(t *testing.T) {
	got := NewLayout(map[string]float64{"v2": 25, "v1": 50, "v3": 0, "v4": 25})
	want := Layout{{"v1", positions / 2}, {"v2", positions / 4}, {"v4", positions / 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayoutFollows: whatever is asked for one after the other, all positions are dealt
// out as the weights say, and no more of them change hands than have to.
func TestLayoutFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWeights(t, "versions")
		l := NewLayout(w)
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			next := drawWeights(t, "next")
			before := maps.Clone(l.sizes())
			after := l.Follow(next)
			if !after.Whole() {
				t.Fatalf("%v to %v is not whole", l, after)
			}
			total, moved := 0.0, uint64(0)
			for _, n := range next {
				total += n
			}
			for v, size := range after.sizes() {
				if off := float64(size) - next[v]/total*positions; off > 20 || off < -20 {
					t.Fatalf("%v: %s has %d positions, off by %v", next, v, size, off)
				}
				if had := before[v]; size > had {
					moved += size - had
				}
			}
			if n := differ(l, after); n != moved {
				t.Fatalf("%v to %v moves %d positions, want %d", l, after, n, moved)
			}
			l = after
		}
	})
}

// differ counts the positions that have another version.
func differ(a, b Layout) (n uint64) {
	i, j := 0, 0
	left, right := a[0].Size, b[0].Size
	for {
		both := min(left, right)
		if a[i].Version != b[j].Version {
			n += both
		}
		if left -= both; left == 0 {
			if i++; i < len(a) {
				left = a[i].Size
			}
		}
		if right -= both; right == 0 {
			if j++; j < len(b) {
				right = b[j].Size
			}
		}
		if i == len(a) || j == len(b) {
			return n
		}
	}
}

func TestLayoutStays(t *testing.T) {
	l := NewLayout(map[string]float64{"v1": 1, "v2": 1, "v3": 1})
	// The same shares, of other sums: rounding is no reason to move anybody.
	for _, w := range []map[string]float64{{"v1": 7, "v2": 7, "v3": 7}, {"v1": 33.3, "v2": 33.3, "v3": 33.3, "v4": 0}} {
		if diff := cmp.Diff(l, l.Follow(w)); diff != "" {
			t.Errorf("%v: (-before +after):\n%s", w, diff)
		}
	}
}

// TestLayoutIsBounded: it does not grow without end under changes without end.
func TestLayoutIsBounded(t *testing.T) {
	l := NewLayout(map[string]float64{"v1": 1})
	for i := range 3000 {
		l = l.Follow(map[string]float64{"v1": float64(i*7%5 + 1), "v2": float64(i * 13 % 11), "v3": float64(i * 17 % 7), "v4": float64(i % 3)})
		if len(l) > maxRanges || !l.Whole() {
			t.Fatalf("%d ranges after %d changes", len(l), i+1)
		}
	}
}

// TestDamagedLayout is not gone on with.
func TestDamagedLayout(t *testing.T) {
	w := map[string]float64{"v1": 1, "v2": 1}
	for _, l := range []Layout{nil, {{"v1", 5}}, {{"v1", positions}, {"v2", 1}}, {{"v1", 1 << 63}, {"v2", 1 << 63}}, {{"v1", 0}, {"v2", positions}}} {
		if l.Whole() {
			t.Errorf("%v is whole", l)
		}
		if diff := cmp.Diff(NewLayout(w), l.Follow(w)); diff != "" {
			t.Errorf("%v: (-want +got):\n%s", l, diff)
		}
	}
}

func ExampleLayout_Follow() {
	l := NewLayout(map[string]float64{"v1": 50, "v2": 25, "v3": 25})
	l = l.Follow(map[string]float64{"v1": 0, "v2": 25, "v3": 75})
	for _, r := range l {
		fmt.Printf("%s %d%%\n", r.Version, r.Size*100/positions)
	}
	// Output:
	// v3 50%
	// v2 25%
	// v3 25%
}
