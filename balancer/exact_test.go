//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package balancer

import (
	"testing"

	"pgregory.net/rapid"
)

// runs tracks how far the count of one version in any run of requests can be
// from its exact share: the spread of count − n·share over all prefixes.
type runs struct{ count, n, low, high float64 }

func (r *runs) add(hit bool, share float64) {
	if hit {
		r.count++
	}
	r.n++
	d := r.count - r.n*share
	r.low, r.high = min(r.low, d), max(r.high, d)
}

// Semantics §1.2: at most 5 requests off in any run of up to 20 000, at most
// 12 for every 2nd, 5th or 10th request.
func TestSharesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(0, 1000), 2, 4).Draw(t, "weights")
		stable := rapid.IntRange(0, len(weights)-1).Draw(t, "stable")
		weights[stable]++
		shares := make([]Share, len(weights))
		total := 0.0
		for i, w := range weights {
			shares[i] = version(string(rune('a'+i)), w, 1)
			total += w
		}
		s := mustSplit(t, stable, shares...)
		s.seq.pos.Store(rapid.Uint64().Draw(t, "position"))
		periods := []int{1, 2, 5, 10}
		seen := make([][]runs, len(periods))
		for i := range seen {
			seen[i] = make([]runs, len(weights))
		}
		for n := range 20000 {
			v := s.Choose(nil)
			for pi, p := range periods {
				if n%p != 0 {
					continue
				}
				for i := range weights {
					seen[pi][i].add(v == i, weights[i]/total)
				}
			}
		}
		for pi, p := range periods {
			bound := 12.0
			if p == 1 {
				bound = 5
			}
			for i, r := range seen[pi] {
				if off := r.high - r.low; off > bound {
					t.Errorf("weights %v: every %d-th request: %s is off by %.2f in some run, want <= %v",
						weights, p, shares[i].Version, off, bound)
				}
			}
		}
	})
}
