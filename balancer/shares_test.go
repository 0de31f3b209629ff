//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package balancer

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// TestSharesGoByWeight: of many requests, each over before the next begins, every
// endpoint gets its part, whether all are there or one is out.
func TestSharesGoByWeight(t *testing.T) {
	slack := map[string]float64{ // of an endpoint's part
		"hash, consistent": 0.25, "ring, bounded": 0.25, // as even as a ring is
		"hash": 0.3, "hash, bounded": 0.3, // its looks depend on each other; NGINX's are no better
		"ip_hash": 0.05, "maglev": 0.05, "maglev, bounded": 0.05,
		"random": 0.05, "random_two": 0.25, "peak_ewma": 0.25,
	}
	for name, b := range algorithms {
		if b.Algorithm == First || b.byTime() {
			continue // those do not go by weight when nothing is in flight
		}
		t.Run(name, func(t *testing.T) {
			weights := []int{1, 2, 3, 4, 2}
			g := balanced(b, weights...)
			for out := -1; out < len(weights); out++ {
				sum := 0
				for i, e := range g.Endpoints() {
					e.Live.SetEjected(i == out)
					if i != out {
						sum += weights[i]
					}
				}
				g.Rebuild()
				const n = 24_000
				got := make([]int, len(weights))
				for i := range n {
					ask := Ask{Key: fmt.Appendf(nil, "key %d", i), Now: time.Second}
					if b.Algorithm == IPHash {
						ask.Key = []byte{byte(i >> 16), byte(i >> 8), byte(i)}
					}
					got[g.Pick(&ask, false)]++
				}
				for i, w := range weights {
					want := float64(n*w) / float64(sum)
					if i == out {
						want = 0
					}
					if d := math.Abs(float64(got[i]) - want); d > slack[name]*want+1 {
						t.Errorf("endpoint %d of weight %d got %d, want about %.0f (out is %d; all: %v)", i, w, got[i], want, out, got)
					}
				}
			}
		})
	}
}

// TestLoadGoesByWeight: while requests stay for as long as they like, the algorithms
// that look at what is in flight keep it by weight.
func TestLoadGoesByWeight(t *testing.T) {
	for _, name := range []string{"least_conn", "least_time", "random_two", "peak_ewma"} {
		b := algorithms[name]
		t.Run(name, func(t *testing.T) {
			weights := []int{1, 2, 3, 4}
			g := balanced(b, weights...)
			for _, e := range g.Endpoints() {
				b.Observe(e.Live, time.Millisecond, time.Second)
			}
			for range 1000 {
				i := g.Pick(&Ask{Now: time.Second}, false)
				g.Take(i)
			}
			for i, e := range g.Endpoints() {
				if n, want := e.Live.Inflight(), int64(100*weights[i]); n < want*3/4 || n > want*5/4 {
					t.Errorf("endpoint %d of weight %d has %d in flight, want about %d", i, weights[i], n, want)
				}
			}
		})
	}
}

// TestManyEndpointsShareTheLoad: above the number that is looked at one by one the
// least of a few is taken, which still leaves nobody out and nobody with much more.
func TestManyEndpointsShareTheLoad(t *testing.T) {
	weights := make([]int, 500)
	for i := range weights {
		weights[i] = 1
	}
	for _, name := range []string{"least_conn", "least_time", "random_two", "peak_ewma"} {
		b := algorithms[name]
		t.Run(name, func(t *testing.T) {
			g := balanced(b, weights...)
			for _, e := range g.Endpoints() {
				b.Observe(e.Live, time.Millisecond, time.Second)
			}
			for range 20 * len(weights) {
				g.Take(g.Pick(&Ask{Now: time.Second}, false))
			}
			for i, e := range g.Endpoints() {
				if n := e.Live.Inflight(); n < 14 || n > 26 {
					t.Errorf("endpoint %d has %d in flight, want about 20", i, n)
				}
			}
		})
	}
}

// TestBoundedLoadHolds: whatever keys come, no endpoint has more than its bound.
func TestBoundedLoadHolds(t *testing.T) {
	for _, name := range []string{"hash, bounded", "ring, bounded", "maglev, bounded"} {
		b := algorithms[name]
		t.Run(name, func(t *testing.T) {
			weights := []int{1, 1, 2, 4, 1, 1}
			g := balanced(b, weights...)
			for n := 1; n <= 1000; n++ {
				i := g.Pick(&Ask{Key: []byte("everybody's favourite")}, false)
				g.Take(i)
				g.Load().Begin()
				most := math.Ceil(b.BoundedLoad*float64(n)*float64(weights[i])/10 - 1e-9)
				if got := g.Endpoints()[i].Live.Inflight(); float64(got) > most {
					t.Fatalf("endpoint %d has %d of %d in flight, want %v at most", i, got, n, most)
				}
			}
		})
	}
}

// TestFirstFills: the next endpoint gets something when those before it are full.
func TestFirstFills(t *testing.T) {
	eps := group(1, 1, 1).Endpoints()
	for i := range eps {
		eps[i].MaxConns = 2
	}
	g := NewGroup(eps, Balance{Algorithm: First}, &Cursor{})
	var got []int
	for range 7 {
		i := g.Pick(nil, false)
		if i >= 0 {
			g.Take(i)
		}
		got = append(got, i)
	}
	if want := []int{0, 0, 1, 1, 2, 2, Full}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("picks %v, want %v", got, want)
	}
	eps[0].Live.End()
	if i := g.Pick(nil, false); i != 0 {
		t.Errorf("picked %d, want the first one, which has room again", i)
	}
}
