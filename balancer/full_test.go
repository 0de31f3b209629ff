//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package balancer

import (
	"testing"
)

// TestFullEndpointsDoNotDistortTheOthers: what a full one cannot take goes to all
// others by weight, not to its neighbour.
func TestFullEndpointsDoNotDistortTheOthers(t *testing.T) {
	for _, n := range []int{3, 10, 2000} {
		share := bounded(n, 0)
		es := share.Group.endpoints
		for i := range es {
			if i%2 == 0 {
				es[i].MaxConns = 1
				es[i].Live.Begin()
			} else {
				es[i].Weight = 1 + i%3
			}
		}
		g := NewGroup(es, Balance{}, &Cursor{})
		total := 0
		for i := range es {
			if i%2 == 1 {
				total += es[i].Weight
			}
		}
		picks := 200 * n
		got := make([]int, n)
		for range picks {
			e := g.Pick(nil, false)
			if e < 0 || e%2 == 0 {
				t.Fatalf("of %d: picked %d, which is full", n, e)
			}
			got[e]++
		}
		for i := 1; i < n; i += 2 {
			want := float64(picks) * float64(es[i].Weight) / float64(total)
			if d := float64(got[i])/want - 1; d < -0.15 || d > 0.15 {
				t.Errorf("of %d: endpoint %d was picked %d times, want about %.0f", n, i, got[i], want)
			}
		}
	}
}
