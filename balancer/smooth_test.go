package balancer

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// nginxPeer is a server in NGINX's smooth weighted round robin.
type nginxPeer struct {
	weight, effective, current int
	out                        bool // down, or failed and within its fail_timeout
}

// nginxPick is that algorithm, one selection at a time.
func nginxPick(peers []nginxPeer) int {
	best, total := -1, 0
	for i := range peers {
		p := &peers[i]
		if p.out {
			continue
		}
		p.current += p.effective
		total += p.effective
		if p.effective < p.weight {
			p.effective++
		}
		if best < 0 || p.current > peers[best].current {
			best = i
		}
	}
	if best >= 0 {
		peers[best].current -= total
	}
	return best
}

// TestRoundRobinIsNGINXs: whatever goes down, fails and comes back, each endpoint gets
// in a cycle what it gets from NGINX, to one request, apart from what NGINX makes up
// for: the turns that the endpoints owed each other when one of them went. Here the
// order begins anew, so that nobody gets a row of requests for it. A server that had
// failed is back in NGINX's cycle as soon as its effective weight has grown again.
func TestRoundRobinIsNGINXs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 6).Draw(t, "weights")
		g := group(weights...)
		peers := make([]nginxPeer, len(weights))
		for i, w := range weights {
			peers[i] = nginxPeer{weight: w, effective: w}
		}
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			i := rapid.IntRange(0, len(peers)-1).Draw(t, "endpoint")
			l, p := g.Endpoints()[i].Live, &peers[i]
			if p.out = !p.out; p.out && rapid.Bool().Draw(t, "failed") {
				p.effective = max(0, p.effective-p.weight) // max_fails=1
			}
			l.SetEjected(p.out)
			g.Rebuild()
			for range 20 { // until every effective weight has grown, which is not what is compared
				nginxPick(peers)
			}
			for range rapid.IntRange(0, 30).Draw(t, "requests before") {
				nginxPick(peers)
				g.Pick(nil, false)
			}
			compareCycles(t, g, peers)
		}
	})
}

// compareCycles makes three cycles of both.
func compareCycles(t *rapid.T, g *Group, peers []nginxPeer) {
	cycle := 0
	for _, p := range peers {
		if !p.out {
			cycle += p.weight
		}
	}
	owed := make([]int, len(peers))
	theirs := make([]int, len(peers))
	for i := range peers {
		owed[i] = peers[i].current
	}
	for range 3 {
		ours := make([]int, len(peers))
		for range cycle {
			ours[g.Pick(nil, false)]++
			theirs[nginxPick(peers)]++
		}
		for i, p := range peers {
			if want := p.weight; !p.out && ours[i] != want || p.out && ours[i] != 0 {
				t.Fatalf("endpoint %d got %d in a cycle of %d, want its weight %d (out %v)", i, ours[i], cycle, want, p.out)
			}
		}
	}
	for i, p := range peers {
		if p.out {
			continue
		}
		made := 1 + math.Abs(float64(owed[i]))/float64(cycle)
		if d := math.Abs(float64(theirs[i] - 3*p.weight)); d > made {
			t.Fatalf("NGINX gives endpoint %d %d requests of three cycles, ours 3×%d; that is more than the %.1f that were owed", i, theirs[i], p.weight, made)
		}
	}
}

// TestRoundRobinBehindAFailure: when the set is read anew after a failure is a matter of
// chance, and which of the others comes first behind it is, too. NGINX's answer to the
// same is c b c b c.
func TestRoundRobinBehindAFailure(t *testing.T) {
	for _, tt := range []struct {
		when    string
		rebuilt int // after so many requests
		want    string
	}{
		{"at once", 0, "cbcbc"},
		{"behind three more", 3, "cbbbc"},
		{"later", 5, "cbbcc"},
	} {
		g := group(4, 1, 1)
		failed, retried := failOnce(g)
		if failed != 0 || retried != 1 {
			t.Fatalf("the first goes to %d and then to %d, want 0 and 1", failed, retried)
		}
		got := picks(g, tt.rebuilt)
		g.Rebuild()
		if got += picks(g, 5-tt.rebuilt); got != tt.want {
			t.Errorf("rebuilt %s: %s, want %s", tt.when, got, tt.want)
		}
	}
}

// failOnce makes a request whose first endpoint fails and is out from then on.
func failOnce(g *Group) (failed, retried int) {
	var ask Ask
	failed = g.Pick(&ask, false)
	g.endpoints[failed].Live.SetEjected(true)
	ask.Tried.Add(g.endpoints[failed].Live)
	return failed, g.pickAgain(&ask, false)
}

// TestTurnsOfAFailureFallByWeight: however late the set is read anew, the others have
// what is theirs of the requests until then, to five.
func TestTurnsOfAFailureFallByWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := group(rapid.SliceOfN(rapid.IntRange(1, 100), 2, 6).Draw(t, "weights")...)
		picks(g, rapid.IntRange(0, 100).Draw(t, "requests before"))
		failed, retried := failOnce(g)
		got := make([]int, len(g.endpoints))
		got[retried]++
		rest := 0
		for i, e := range g.endpoints {
			if i != failed {
				rest += e.Weight
			}
		}
		for n := 2; n < 200; n++ {
			got[g.Pick(nil, false)]++
			for i, e := range g.endpoints {
				want := float64(n*e.Weight) / float64(rest)
				if i == failed {
					want = 0
				}
				if d := math.Abs(float64(got[i]) - want); d > 5 {
					t.Fatalf("endpoint %d got %d of %d requests behind the failure of %d, want %.1f", i, got[i], n, failed, want)
				}
			}
		}
	})
}
