package balancer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func group(weights ...int) *Group {
	eps := make([]Endpoint, len(weights))
	for i, w := range weights {
		eps[i] = Endpoint{Address: fmt.Sprintf("127.0.0.1:%d", 3000+i), Weight: w, Live: NewLive(false)}
	}
	return NewGroup(eps, Balance{}, &Cursor{})
}

func picks(g *Group, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('a' + g.Pick(nil, false)))
	}
	return b.String()
}

// The sequences are NGINX's (ngx_http_upstream_get_peer, and the example in
// the commit that introduced it: 5, 1, 1).
func TestPickIsSmoothRoundRobin(t *testing.T) {
	tests := []struct {
		weights []int
		want    string
	}{
		{[]int{5, 1, 1}, "aabacaa" + "aabacaa"},
		{[]int{1, 1, 1}, "abcabc"},
		{[]int{2, 2}, "abab"},
		{[]int{4, 2}, "abaaba"},
		{[]int{3}, "aaa"},
		{[]int{1, 2}, "babbab"},
	}
	for _, tt := range tests {
		if got := picks(group(tt.weights...), len(tt.want)); got != tt.want {
			t.Errorf("weights %v: %s, want %s", tt.weights, got, tt.want)
		}
	}
}

// A cycle too long for a table keeps each endpoint near its exact share too.
func TestPickWithoutTable(t *testing.T) {
	weights := make([]int, 2000)
	total := 0
	for i := range weights {
		weights[i] = 1 + i*7%1000
		total += weights[i]
	}
	g := group(weights...)
	if g.eligible.Load().usable.primary.picker.(*schedule).slots != nil {
		t.Fatal("the cycle fits a table: the test is about the other order")
	}
	got := make([]int, len(weights))
	for range total {
		got[g.Pick(nil, false)]++
	}
	for i, w := range weights {
		if d := got[i] - w; d < -5 || d > 5 {
			t.Errorf("endpoint %d of weight %d got %d of %d, want within 5", i, w, got[i], total)
		}
	}
}

// flip changes one thing about an endpoint.
func flip(t *rapid.T, l *Live) {
	switch rapid.IntRange(0, 2).Draw(t, "what") {
	case 0:
		l.SetEjected(!l.Ejected())
	case 1:
		l.SetCheck(CheckState(rapid.IntRange(0, 2).Draw(t, "check")))
	case 2:
		l.SetAdmin(AdminState(rapid.IntRange(0, 2).Draw(t, "admin")))
	}
}

// Whatever flips happen, a pick is never an endpoint that may not be picked,
// and is only -1 when there is none; after a rebuild the usable ones share by
// weight exactly over a cycle.
func TestPickModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 8).Draw(t, "weights")
		g := group(weights...)
		eps := g.Endpoints()
		t.Repeat(map[string]func(*rapid.T){
			"flip": func(t *rapid.T) {
				flip(t, eps[rapid.IntRange(0, len(eps)-1).Draw(t, "endpoint")].Live)
			},
			"rebuild": func(t *rapid.T) {
				g.Rebuild()
				want := make([]int, len(eps))
				cycle := 0
				for i, e := range eps {
					if e.Live.Usable() {
						want[i] = e.Weight
						cycle += e.Weight
					}
				}
				got := make([]int, len(eps))
				for range cycle {
					got[g.Pick(nil, false)]++
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("picks of one cycle %v, want the weights %v", got, want)
				}
			},
			"": func(t *rapid.T) {
				var ask Ask
				for i, e := range eps {
					if rapid.Bool().Draw(t, fmt.Sprintf("tried %d", i)) {
						ask.Tried.Add(e.Live)
					}
				}
				for _, failOpen := range []bool{false, true} {
					may := (*Live).Usable
					if failOpen {
						may = (*Live).Open
					}
					if i := g.Pick(&ask, failOpen); i >= 0 && (!may(eps[i].Live) || ask.Tried.Has(eps[i].Live)) {
						t.Fatalf("picked endpoint %d, which is not allowed (fail open %v)", i, failOpen)
					}
				}
				if g.HasUsable() && g.Usable() == 0 {
					t.Fatal("HasUsable without a usable endpoint")
				}
				g.Rebuild()
				untried := 0
				for _, e := range eps {
					if e.Live.Usable() && !ask.Tried.Has(e.Live) {
						untried++
					}
				}
				if i := g.Pick(&ask, false); (i >= 0) != (untried > 0) {
					t.Fatalf("Pick = %d with %d endpoints left", i, untried)
				}
			},
		})
	})
}

func TestEndpointThatWentIsNotPickedBeforeARebuild(t *testing.T) {
	g := group(1, 1, 1)
	g.Endpoints()[1].Live.SetEjected(true)
	if got := picks(g, 6); strings.Contains(got, "b") {
		t.Errorf("picks %s, want no b: its word says ejected", got)
	}
}

func TestGenerationsKeepTheCursor(t *testing.T) {
	cursor := &Cursor{}
	eps := group(1, 1, 1).Endpoints()
	var got strings.Builder
	for range 6 {
		got.WriteByte(byte('a' + NewGroup(eps, Balance{}, cursor).Pick(nil, false)))
	}
	if got.String() != "abcabc" {
		t.Errorf("picks over generations %s, want abcabc", got.String())
	}
}

// BenchmarkPick has each algorithm by the number of endpoints, with another key each
// time.
func BenchmarkPick(b *testing.B) {
	var texts, addresses [1024][]byte
	for i := range texts {
		texts[i] = fmt.Appendf(nil, "/a/path/of/usual/length/%d?q=%d", i*i, i)
		addresses[i] = []byte{byte(i * 7), byte(i * 11), byte(i * 13)}
	}
	for _, name := range slices.Sorted(maps.Keys(algorithms)) {
		keys := &texts
		if algorithms[name].Algorithm == IPHash {
			keys = &addresses
		}
		for _, n := range []int{2, 10, 100, 1000, 10000} {
			weights := make([]int, n)
			for i := range weights {
				weights[i] = 1 + i%3
			}
			g := balanced(algorithms[name], weights...)
			b.Run(fmt.Sprintf("%s/%d", strings.NewReplacer(", ", "_", " ", "_").Replace(name), n), func(b *testing.B) {
				b.ReportAllocs()
				ask := Ask{Now: time.Second} // one worker's, which its requests use in turn
				for i := 0; b.Loop(); i++ {
					ask.Key = keys[i%len(keys)]
					g.Pick(&ask, false)
				}
			})
		}
	}
}

func BenchmarkRebuild(b *testing.B) {
	weights := make([]int, 10000)
	for i := range weights {
		weights[i] = 1 + i%1000
	}
	g := group(weights...)
	for b.Loop() {
		g.Rebuild()
	}
}
