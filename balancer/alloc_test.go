//go:build !race

package balancer

import "testing"

func TestAllocPick(t *testing.T) {
	s := mustSplit(t, 0, version("v1", 90, 3), version("v2", 10, 3))
	w := map[string]float64{"v1": 90, "v2": 10}
	s = mustKeyed(t, s, Keys{Salt: "api", Layout: NewLayout(w), Move: &Move{Salt: "api-7", From: "v1", To: "v2"}})
	ask := Ask{Sticky: []byte("user")}
	n := testing.AllocsPerRun(1000, func() {
		ask.Tried.Reset()
		s.Choose(&ask) // by its key, then by turn
		v := s.Choose(nil)
		ask.Tried.Add(s.Shares()[v].Group.Endpoints()[s.Pick(v, &ask)].Live)
		if _, e := s.Retry(v, &ask); e < 0 {
			t.Error("no endpoint left for a retry")
		}
	})
	if n != 0 {
		t.Errorf("choosing and picking: %v allocs per request, want 0", n)
	}
}

// TestAllocAlgorithms: no algorithm costs memory, whatever it has to look at.
func TestAllocAlgorithms(t *testing.T) {
	weights := make([]int, 100)
	for i := range weights {
		weights[i] = 1 + i%3
	}
	eachAlgorithm(t, func(t *testing.T, b Balance) {
		for _, n := range []int{2, len(weights)} {
			g := balanced(b, weights[:n]...)
			ask := Ask{Key: []byte("key"), Now: 1}
			got := testing.AllocsPerRun(1000, func() {
				i := g.Pick(&ask, false)
				l := g.Endpoints()[i].Live
				g.Load().Begin()
				g.Take(i)
				l.Wait(1)
				b.Observe(l, 1, 2)
				l.Waited(1)
				l.End()
				g.Load().End()
			})
			if got != 0 {
				t.Errorf("%d endpoints: %v allocs per pick, want 0", n, got)
			}
		}
	})
}
