package balancer

import (
	"math/bits"
	"math/rand/v2"
	"sort"
	"testing"
)

// TestGuideChangesNothing: a turn goes where a search of all bounds would send it,
// also where one member has nearly all weight or many share one part.
func TestGuideChangesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, weight := range map[string]func(i int) int{
		"equal but one":   func(i int) int { return 1 + i/4999 },
		"one has it all":  func(i int) int { return 1 + 999*(i/4999) },
		"the first has":   func(i int) int { return 1000 - 999*min(i, 1) },
		"heavy and light": func(i int) int { return 1 + 999*(i/2500) },
		"by sevens":       func(i int) int { return 7 + 7*(i%5) },
		"any":             func(int) int { return 1 + r.IntN(1000) },
	} {
		members := make([]int32, 5000)
		for i := range members {
			members[i] = int32(i)
		}
		endpoints := make([]Endpoint, len(members))
		for i := range endpoints {
			endpoints[i].Weight = weight(i)
		}
		s := newSchedule(endpoints, members)
		if s.ranges.whole == 0 {
			t.Fatalf("%s: a smooth order, want the sequence", name)
		}
		ends := make([]uint32, len(endpoints))
		sum := 0
		for i, e := range endpoints {
			sum += e.Weight
			ends[i] = uint32(sum)
		}
		for turn := range uint64(200_000) {
			if turn > 100_000 {
				turn = r.Uint64()
			}
			at, _ := bits.Mul64(turn*golden, uint64(s.ranges.whole))
			want := sort.Search(len(ends), func(i int) bool { return uint64(ends[i]) > at })
			if got := s.at(turn); got != want {
				t.Fatalf("%s: turn %d goes to %d, want %d", name, turn, got, want)
			}
		}
	}
}
