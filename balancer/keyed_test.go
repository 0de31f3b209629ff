package balancer

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/murmur"
)

// users are many keys.
func users(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, "user-%d", i)
	}
	return out
}

// placed says the version of each key.
func (s *Split) placed(keys [][]byte) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = s.shares[s.Choose(&Ask{Sticky: k})].Version
	}
	return out
}

func mustKeyed(t interface{ Fatal(...any) }, s *Split, k Keys) *Split {
	next, err := s.Keyed(k)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// sharesOf makes usable versions of the weights, by their names.
func sharesOf(w map[string]float64) []Share {
	var out []Share
	for i := 1; i <= 6; i++ {
		name := "v" + strconv.Itoa(i)
		if n, ok := w[name]; ok {
			out = append(out, version(name, n, 1))
		}
	}
	return out
}

// TestKeyedByTheFormula: with whole weights a key is where murmur3_32(salt + key),
// scaled to the sum of the weights, says.
func TestKeyedByTheFormula(t *testing.T) {
	bucket := func(salt string, key []byte, total uint64) uint64 {
		return uint64(murmur.Hash{}.Add(append([]byte(salt), key...)).Sum()) * total >> 32
	}
	w := map[string]float64{"v1": 70, "v2": 0, "v3": 30}
	settled := mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: NewLayout(w)})
	ramp := map[string]float64{"v1": 50, "v2": 20, "v3": 30}
	moving := mustKeyed(t, mustSplit(t, 0, sharesOf(ramp)...), Keys{Salt: "api", Layout: NewLayout(w), Move: &Move{Salt: "api-7", From: "v1", To: "v2"}})
	keys := users(20000)
	was, is := settled.placed(keys), moving.placed(keys)
	for i, k := range keys {
		want := "v1"
		if bucket("api", k, 100) >= 70 {
			want = "v3"
		}
		if was[i] != want {
			t.Fatalf("%s settled in %s, want %s", k, was[i], want)
		}
		if want == "v1" && bucket("api-7", k, 70) < 20 {
			want = "v2"
		}
		if is[i] != want {
			t.Fatalf("%s during the rollout in %s, want %s", k, is[i], want)
		}
	}
}

// TestRampMovesKeysOnce: over a whole ramp among two to five versions keys only come to
// the candidate, those of other versions stay, the end of the rollout moves nobody, and
// a revert sends back those that came.
func TestRampMovesKeysOnce(t *testing.T) {
	keys := users(1000)
	rapid.Check(t, func(t *rapid.T) {
		w := map[string]float64{}
		n := rapid.IntRange(2, 5).Draw(t, "versions")
		for i := 1; i <= n; i++ {
			w["v"+strconv.Itoa(i)] = float64(rapid.IntRange(0, 50).Draw(t, "weight"))
		}
		from, to := "v"+strconv.Itoa(rapid.IntRange(1, n).Draw(t, "from")), ""
		for to == "" || to == from {
			to = "v" + strconv.Itoa(rapid.IntRange(1, n).Draw(t, "to"))
		}
		w[from]++
		layout := NewLayout(w)
		if rapid.Bool().Draw(t, "with a past") {
			layout = layout.Follow(drawWeights(t, "past")).Follow(w)
		}
		at := func(l Layout, m *Move) []string {
			return mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: l, Move: m}).placed(keys)
		}
		move := &Move{Salt: rapid.StringMatching(`[a-z0-9-]{1,12}`).Draw(t, "id"), From: from, To: to}
		settled := at(layout, nil)
		before := at(layout, move)
		sum := w[from] + w[to]
		for percent := 100 * w[to] / sum; ; {
			now := at(layout, move)
			count := 0.0
			for i := range keys {
				if now[i] != before[i] && now[i] != to {
					t.Fatalf("%s moved from %s to %s at %v %%", keys[i], before[i], now[i], percent)
				}
				if settled[i] != from && now[i] != settled[i] {
					t.Fatalf("%s of %s is in %s, it has no part in the rollout", keys[i], settled[i], now[i])
				}
				if now[i] == to {
					count++
				}
			}
			total := 0.0
			for _, x := range w {
				total += x
			}
			share := w[to] / total
			if off := math.Abs(count/1000 - share); off > 5*math.Sqrt(share*(1-share)/1000)+1e-3 {
				t.Fatalf("%v of 1000 keys at a share of %v", count, share)
			}
			before = now
			if percent == 100 {
				break
			}
			percent = min(100, percent+rapid.Float64Range(0.1, 60).Draw(t, "more"))
			w[to] = min(sum, sum*percent/100)
			w[from] = sum - w[to]
		}
		if end := at(layout.Follow(w), nil); fmt.Sprint(end) != fmt.Sprint(before) {
			t.Fatal("the end of the rollout has moved keys")
		}
		w[from], w[to] = sum, 0
		reverted := at(layout, move)
		for i := range keys {
			if before[i] == to && reverted[i] != from || before[i] != to && reverted[i] != before[i] {
				t.Fatalf("the revert has sent %s of %s to %s", keys[i], before[i], reverted[i])
			}
		}
		if end := at(layout.Follow(w), nil); fmt.Sprint(end) != fmt.Sprint(reverted) {
			t.Fatal("the end of the revert has moved keys")
		}
	})
}

// TestSteppedRevert: one that goes back in steps only sends keys back too.
func TestSteppedRevert(t *testing.T) {
	keys := users(5000)
	start := map[string]float64{"v1": 80, "v2": 20}
	var before []string
	for _, percent := range []float64{20, 60, 40, 20, 10, 5, 0} {
		w := map[string]float64{"v1": 100 - percent, "v2": percent}
		s := mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: NewLayout(start), Move: &Move{Salt: "x", From: "v1", To: "v2"}})
		now, in2 := s.placed(keys), 0
		for i := range keys {
			if now[i] == "v2" {
				in2++
			}
			if before != nil && percent < 60 && now[i] != before[i] && now[i] != "v1" {
				t.Fatalf("%s came to v2 while the share shrank to %v %%", keys[i], percent)
			}
		}
		if off := math.Abs(float64(in2)/50 - percent); off > 3 {
			t.Errorf("%v %% of the keys at %v %%", float64(in2)/50, percent)
		}
		before = now
	}
}

// TestOtherRolloutsOtherUsers: who comes first depends on the rollout's id, and on that
// alone.
func TestOtherRolloutsOtherUsers(t *testing.T) {
	keys := users(10000)
	w := map[string]float64{"v1": 90, "v2": 10}
	at := func(id string) []string {
		return mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: NewLayout(map[string]float64{"v1": 1}), Move: &Move{Salt: id, From: "v1", To: "v2"}}).placed(keys)
	}
	a, again, b := at("spring"), at("spring"), at("summer")
	both := 0
	for i := range keys {
		if a[i] != again[i] {
			t.Fatalf("%s: the same rollout has it in %s and in %s", keys[i], a[i], again[i])
		}
		if a[i] == "v2" && b[i] == "v2" {
			both++
		}
	}
	if both < 50 || both > 150 {
		t.Errorf("%d of 10000 keys are first in two rollouts at 10 %%, want about 100", both)
	}
}

// TestKeyedWhenVersionsAreUnusable: as without keys, and back.
func TestKeyedWhenVersionsAreUnusable(t *testing.T) {
	w := map[string]float64{"v1": 60, "v2": 30, "v3": 10}
	shares := sharesOf(w)
	shares[2].Trip, shares[2].Candidate = &Trip{}, true
	s := mustKeyed(t, mustSplit(t, 0, shares...), Keys{Salt: "api", Layout: NewLayout(w)})
	keys := users(5000)
	home := s.placed(keys)
	usable := func(v int, is bool) {
		for _, e := range shares[v].Group.Endpoints() {
			e.Live.SetEjected(!is)
		}
		shares[v].Group.Rebuild()
	}
	usable(1, false)
	for i, v := range s.placed(keys) {
		if want := map[bool]string{true: "v1", false: home[i]}[home[i] == "v2"]; v != want {
			t.Fatalf("%s of %s is in %s while v2 is out, want %s", keys[i], home[i], v, want)
		}
	}
	usable(1, true)
	for i, v := range s.placed(keys) {
		if v != home[i] {
			t.Fatalf("%s is in %s when v2 is back, want %s", keys[i], v, home[i])
		}
	}
	usable(0, false)
	count := map[string]int{}
	for i, v := range s.placed(keys) {
		if home[i] != "v1" && v != home[i] {
			t.Fatalf("%s of %s is in %s while stable is out", keys[i], home[i], v)
		}
		if home[i] == "v1" {
			count[v]++
		}
	}
	if off := math.Abs(float64(count["v2"]) - 2250); off > 120 || count["v1"] > 0 {
		t.Errorf("stable's 3000 keys are in %v, want three quarters in v2 and the rest in v3", count)
	}
	usable(0, true)
	shares[2].Trip.Set()
	for i, v := range s.placed(keys) {
		if want := map[bool]string{true: "v1", false: home[i]}[home[i] == "v3"]; v != want {
			t.Fatalf("%s of %s is in %s after the trip, want %s", keys[i], home[i], v, want)
		}
	}
}

// TestUnkeyed: a request without a key takes its turn.
func TestUnkeyed(t *testing.T) {
	w := map[string]float64{"v1": 50, "v2": 50}
	s := mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: NewLayout(w)})
	var got [2]int
	for range 100 {
		got[s.Choose(&Ask{})]++
	}
	if got != [2]int{50, 50} {
		t.Errorf("%v, want 50 each", got)
	}
}

// TestStaleLayout: a version without weight gets nobody, whatever the layout says.
func TestStaleLayout(t *testing.T) {
	w := map[string]float64{"v1": 90, "v2": 0, "v3": 10}
	stale := NewLayout(map[string]float64{"v1": 25, "v2": 25, "v3": 25, "v4": 25})
	s := mustKeyed(t, mustSplit(t, 0, sharesOf(w)...), Keys{Salt: "api", Layout: stale})
	for i, v := range s.placed(users(1000)) {
		if v == "v2" {
			t.Fatalf("user %d is in v2, which has no weight", i)
		}
	}
}

func TestKeyedRefuses(t *testing.T) {
	w := map[string]float64{"v1": 50, "v2": 50}
	s := mustSplit(t, 0, sharesOf(w)...)
	for name, k := range map[string]Keys{
		"no layout":      {},
		"half a layout":  {Layout: Layout{{"v1", 1}}},
		"from nowhere":   {Layout: NewLayout(w), Move: &Move{From: "v9", To: "v2"}},
		"to nowhere":     {Layout: NewLayout(w), Move: &Move{From: "v1", To: "v9"}},
		"to where it is": {Layout: NewLayout(w), Move: &Move{From: "v1", To: "v1"}},
	} {
		if _, err := s.Keyed(k); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkChooseKeyed(b *testing.B) {
	w := map[string]float64{"v1": 90, "v2": 10}
	s := mustKeyed(b, mustSplit(b, 0, sharesOf(w)...), Keys{Salt: "api", Layout: NewLayout(w), Move: &Move{Salt: "api-7", From: "v1", To: "v2"}})
	ask := Ask{Sticky: []byte("0123456789abcdef0123456789abcdef")}
	b.ReportAllocs()
	for b.Loop() {
		s.Choose(&ask)
	}
}
