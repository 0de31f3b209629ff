//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package balancer

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// homes are where so many keys go.
func homes(g *Group, keys int) []int {
	out := make([]int, keys)
	for i := range out {
		out[i] = g.Pick(&Ask{Key: fmt.Appendf(nil, "key %d", i)}, false)
	}
	return out
}

func hashing(t *testing.T, f func(t *testing.T, b Balance)) {
	for _, name := range []string{"hash", "hash, consistent", "ip_hash", "maglev"} {
		t.Run(name, func(t *testing.T) { f(t, algorithms[name]) })
	}
}

// TestKeysStay: while an endpoint is out, by whatever state, only its own keys go
// elsewhere, and they come back with it.
func TestKeysStay(t *testing.T) {
	hashing(t, func(t *testing.T, b Balance) {
		rapid.Check(t, func(t *rapid.T) {
			weights := rapid.SliceOfN(rapid.IntRange(1, 5), 2, 6).Draw(t, "weights")
			g := balanced(b, weights...)
			before := homes(g, 200)
			out := rapid.SliceOfNDistinct(rapid.IntRange(0, len(weights)-1), 1, len(weights)-1, rapid.ID).Draw(t, "out")
			isOut := map[int]bool{}
			for _, i := range out {
				isOut[i] = true
				if rapid.Bool().Draw(t, "ejected") {
					g.Endpoints()[i].Live.SetEjected(true)
				} else {
					g.Endpoints()[i].Live.SetAdmin(Down)
				}
			}
			if rapid.Bool().Draw(t, "rebuilt") {
				g.Rebuild()
			}
			for key, now := range homes(g, 200) {
				if isOut[now] {
					t.Fatalf("key %d went to endpoint %d, which is out", key, now)
				}
				if was := before[key]; !isOut[was] && now != was {
					t.Fatalf("key %d moved from %d to %d, and %v are out", key, was, now, out)
				}
			}
			for _, i := range out {
				g.Endpoints()[i].Live.SetEjected(false)
				g.Endpoints()[i].Live.SetAdmin(Up)
			}
			g.Rebuild()
			if after := homes(g, 200); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Fatal("keys did not come back")
			}
		})
	})
}

// TestKeysMoveOnceInSlowStart: while an endpoint warms up, a key that has come to it
// stays.
func TestKeysMoveOnceInSlowStart(t *testing.T) {
	hashing(t, func(t *testing.T, b Balance) {
		g := balanced(b, 1, 1, 1)
		warm := g.Endpoints()[1].Live
		warm.SetShare(1)
		g.Rebuild()
		before := homes(g, 500)
		for _, share := range []uint8{40, 100, 200, 255, 0} {
			warm.SetShare(share)
			now := homes(g, 500)
			for key := range now {
				if before[key] != now[key] && now[key] != 1 {
					t.Fatalf("share %d: key %d moved from %d to %d", share, key, before[key], now[key])
				}
			}
			before = now
		}
	})
}

// TestFewKeysMove: when an endpoint joins, a ring moves only what it gets, and a
// Maglev table little more.
func TestFewKeysMove(t *testing.T) {
	const keys = 20_000
	for name, most := range map[string]float64{"hash, consistent": 0, "maglev": 0.03} {
		t.Run(name, func(t *testing.T) {
			before := homes(balanced(algorithms[name], 1, 1, 1, 1, 1, 1, 1, 1, 1), keys)
			after := homes(balanced(algorithms[name], 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), keys)
			moved, got := 0, 0
			for i := range keys {
				switch {
				case after[i] == 9:
					got++
				case after[i] != before[i]:
					moved++
				}
			}
			if got < keys/15 || got > keys/7 {
				t.Errorf("the new endpoint got %d of %d keys, want about a tenth", got, keys)
			}
			if float64(moved) > most*keys {
				t.Errorf("%d of %d keys moved between the old ones, want %.0f at most", moved, keys, most*keys)
			}
		})
	}
}

// TestNodeKeepsKeys: an endpoint that comes back under another address keeps its keys,
// and the addresses of one node share its part of the ring.
func TestNodeKeepsKeys(t *testing.T) {
	for _, name := range []string{"hash, consistent", "maglev"} {
		eps := group(1, 1, 1).Endpoints()
		for i := range eps {
			eps[i].Node = fmt.Sprintf("pod-%d", i)
		}
		cursor := &Cursor{}
		g := NewGroup(eps, algorithms[name], cursor)
		before := homes(g, 300)
		eps[1].Address = "10.9.9.9:1"
		h := NewGroup(eps, algorithms[name], cursor)
		if fmt.Sprint(homes(h, 300)) != fmt.Sprint(before) {
			t.Errorf("%s: keys moved with an address", name)
		}
		if h.placed != g.placed {
			t.Errorf("%s: the same nodes were placed again", name)
		}
	}
	eps := group(1, 1, 1, 1).Endpoints()
	for i, node := range []string{"a:80", "b:80", "b:80", "c:80"} {
		eps[i].Node = node
	}
	three := homes(NewGroup(append([]Endpoint{eps[0], eps[1]}, eps[3]), algorithms["hash, consistent"], &Cursor{}), 3000)
	four := homes(NewGroup(eps, algorithms["hash, consistent"], &Cursor{}), 3000)
	var of [4]int
	for key, now := range four {
		of[now]++
		if was := map[int]int{0: 0, 1: 1, 2: 1, 3: 2}[now]; was != three[key] {
			t.Fatalf("key %d is at another node since that has two addresses", key)
		}
	}
	eps[2].Address = "10.9.9.9:80" // another address of the same name
	for key, now := range homes(NewGroup(eps, algorithms["hash, consistent"], &Cursor{}), 3000) {
		if was := four[key]; was != now && was != 2 && now != 2 {
			t.Fatalf("key %d has moved from endpoint %d to %d, and it was another that has moved", key, was, now)
		}
	}
	if d := of[1] - of[2]; d < -200 || d > 200 {
		t.Errorf("the addresses of one node got %d and %d keys, want about the same", of[1], of[2])
	}
}

// TestSharersKeepKeys: when an address of a node that has several goes and another one
// comes, which may be in front of them, only the keys of the one that went move. The
// generations follow each other, so that they share what they can.
func TestSharersKeepKeys(t *testing.T) {
	const keys = 3000
	for name, most := range map[string]float64{"hash, consistent": 0, "maglev": 0.03} {
		t.Run(name, func(t *testing.T) {
			cursor := &Cursor{}
			at := func(addresses ...string) (out []string) {
				var eps []Endpoint
				for _, a := range addresses {
					eps = append(eps, Endpoint{Address: a, Weight: 1, Node: "api:80", Live: NewLive(false)})
				}
				for _, i := range homes(NewGroup(eps, algorithms[name], cursor), keys) {
					out = append(out, addresses[i])
				}
				return out
			}
			before := at("10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80")
			for _, now := range [][]string{
				{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"}, // another one, the same number
				{"10.0.0.2:80", "10.0.0.3:80"},
			} {
				moved := 0
				for key, to := range at(now...) {
					if was := before[key]; was != "10.0.0.4:80" && to != was && to != "10.0.0.1:80" {
						moved++
					}
				}
				if float64(moved) > most*keys {
					t.Errorf("%v: %d of %d keys moved between those that stayed, want %.0f at most", now, moved, keys, most*keys)
				}
			}
		})
	}
}

// TestMaglevSizes: the sizes are primes, else a permutation would not reach every slot.
func TestMaglevSizes(t *testing.T) {
	for _, size := range maglevSizes {
		for d := 2; d*d <= size; d++ {
			if size%d == 0 {
				t.Errorf("%d is divided by %d", size, d)
			}
		}
	}
}

// TestRingOfManyWeights: a ring that NGINX would make too large is made smaller, and
// everybody keeps a point.
func TestRingOfManyWeights(t *testing.T) {
	weights := make([]int, 100)
	for i := range weights {
		weights[i] = 1000
	}
	weights[50] = 1
	r := balanced(Balance{Algorithm: Hash, Consistent: true}, weights...).placed.primary.(*ring)
	if n := len(r.points); n > mostPoints+len(weights) || n < mostPoints*9/10 {
		t.Errorf("%d points, want about %d", n, mostPoints)
	}
	found := false
	for _, p := range r.points {
		found = found || p.to == 50
	}
	if !found {
		t.Error("the light one has no point")
	}
}

// TestRequestsWithoutAKeyTakeTurns: as with NGINX in the order of round robin from its
// beginning on, however many requests with a key come between.
func TestRequestsWithoutAKeyTakeTurns(t *testing.T) {
	for _, name := range []string{"hash", "hash, consistent", "maglev", "hash, bounded"} {
		t.Run(name, func(t *testing.T) {
			g := balanced(algorithms[name], 5, 1, 1)
			var got strings.Builder
			for i := range 14 {
				for n := range i % 4 {
					g.Pick(&Ask{Key: fmt.Appendf(nil, "key %d of %d", n, i)}, false)
				}
				got.WriteByte(byte('a' + g.Pick(&Ask{}, false)))
			}
			if want := "aabacaa" + "aabacaa"; got.String() != want {
				t.Errorf("%s, want %s", got.String(), want)
			}
		})
	}
}
