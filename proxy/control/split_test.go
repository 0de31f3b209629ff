package control

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type weights = map[string]float64

func TestSplitServes(t *testing.T) {
	base := split{"v1", weights{"v1": 90, "v2": 10}}
	tests := []struct {
		name  string
		other split
		want  bool
	}{
		{"itself", base, true},
		{"another total", split{"v1", weights{"v1": 9, "v2": 1}}, true},
		{"a version of weight 0 more", split{"v1", weights{"v1": 90, "v2": 10, "v3": 0}}, true},
		{"a version with weight more", split{"v1", weights{"v1": 90, "v2": 10, "v3": 1}}, false},
		{"other shares", split{"v1", weights{"v1": 89, "v2": 11}}, false},
		{"another stable", split{"v2", weights{"v1": 90, "v2": 10}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := base.serves(tt.other); got != tt.want {
				t.Errorf("serves = %v, want %v", got, tt.want)
			}
			if got := tt.other.serves(base); got != tt.want {
				t.Errorf("serves the other way round = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSplitMove(t *testing.T) {
	s := split{"v1", weights{"v1": 60, "v2": 20, "v3": 20}}
	tests := []struct {
		percent float64
		want    weights
	}{
		{0, weights{"v1": 80, "v2": 0, "v3": 20}},
		{50, weights{"v1": 40, "v2": 40, "v3": 20}},
		{100, weights{"v1": 0, "v2": 80, "v3": 20}},
	}
	for _, tt := range tests {
		got := s.move("v1", "v2", tt.percent)
		if diff := cmp.Diff(split{"v1", tt.want}, got); diff != "" {
			t.Errorf("move to %v %% (-want +got):\n%s", tt.percent, diff)
		}
		if p := got.percentOf("v1", "v2"); p != tt.percent {
			t.Errorf("percentOf after a move to %v %% = %v", tt.percent, p)
		}
	}
	if s.Weights["v1"] != 60 {
		t.Error("move wrote into the split it moved from")
	}
}

func TestSplitProblems(t *testing.T) {
	versions := []string{"v1", "v2"}
	tests := []struct {
		name string
		s    split
		want []string
	}{
		{"fine", split{"v1", weights{"v1": 99.9, "v2": 0.1}}, nil},
		{"one is enough", split{"v1", weights{"v2": 1}}, nil},
		{"nothing", split{"v1", nil}, []string{"weights: all are 0, want one above 0"}},
		{"zero", split{"v1", weights{"v1": 0}}, []string{"weights: all are 0, want one above 0"}},
		{"negative and unknown", split{"v1", weights{"v1": -1, "v3": 1}}, []string{
			"weights.v1: -1: want a number of 0 or more", "weights: version v3 does not exist; there are v1, v2; did you mean v1?"}},
		{"not a number", split{"v1", weights{"v1": math.NaN()}}, []string{"weights.v1: NaN: want a number of 0 or more"}},
		{"infinite", split{"v1", weights{"v1": math.Inf(1)}}, []string{"weights.v1: +Inf: want a number of 0 or more"}},
		{"too large together", split{"v1", weights{"v1": math.MaxFloat64, "v2": math.MaxFloat64}}, []string{"weights: too large, their sum is not a number"}},
		{"no such stable", split{"v0", weights{"v1": 1}}, []string{"stable: version v0 does not exist; there are v1, v2; did you mean v1?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.s.problems(versions)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetSplit(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 90, 1}, ver{"v2", 10, 1}, ver{"v3", 0, 1}))})
	b.startWriter(t)
	w := weights{"v1": 1, "v2": 3}
	u, err := b.SetSplit(t.Context(), "api", w, Meta{IfMatch: 1, Author: "ann", Reason: "half of it"})
	if err != nil || u.Revision != 2 || u.Split["v2"].Weight != 3 {
		t.Fatalf("SetSplit = %+v, %v, want revision 2 with its split", u, err)
	}
	w["v1"] = -1 // the caller's map is his own again
	want := split{"v1", weights{"v1": 1, "v2": 3, "v3": 0}}
	if diff := cmp.Diff(want, b.split("api")); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
	h, _ := b.History("api")
	if got := h[0]; got.Source != SourceAPI || got.Author != "ann" || got.Reason != "half of it" || !got.Settled || len(h) != 2 {
		t.Errorf("newest of %d revisions = %+v", len(h), got)
	}
	shares := b.upstream("api").proxied.Split.Shares()
	if shares[0].Weight != 1 || shares[1].Weight != 3 || shares[0].Trip != nil || shares[1].Trip == nil {
		t.Errorf("published shares = %+v", shares)
	}
	n, _ := b.published()
	if u, err := b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 3}, Meta{}); err != nil || u.Revision != 2 {
		t.Errorf("the same again = %+v, %v, want revision 2", u, err)
	}
	if now, _ := b.published(); now != n {
		t.Errorf("the same again published %d snapshots", now-n)
	}
}

// TestSplitMoveIsExact: whatever the weights, 100 % leaves nothing on from, 0 %
// nothing on the candidate, nothing becomes negative and nobody else pays.
func TestSplitMoveIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := func(name string) float64 { return rapid.Float64Range(0, 1000).Draw(t, name) }
		s := split{"v1", weights{"v1": w("v1"), "v2": w("v2"), "v3": w("v3")}}
		sum, other := s.Weights["v1"]+s.Weights["v2"], s.Weights["v3"]
		for _, percent := range append(rapid.SliceOfN(rapid.Float64Range(0, 100), 0, 5).Draw(t, "steps"), 100, 0) {
			s = s.move("v1", "v2", percent)
			from, to := s.Weights["v1"], s.Weights["v2"]
			if from < 0 || to < 0 || (percent == 100 && from != 0) || (percent == 0 && to != 0) {
				t.Fatalf("at %v %%: from %v, candidate %v", percent, from, to)
			}
			if math.Abs(from+to-sum) > 1e-9 || s.Weights["v3"] != other {
				t.Fatalf("at %v %%: sum %v, want %v; other %v, want %v", percent, from+to, sum, s.Weights["v3"], other)
			}
		}
	})
}

// TestStableGetsTheRest: {"v2": 10} must not mean everything for v2.
func TestStableGetsTheRest(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 90, 1}, ver{"v2", 10, 1}, ver{"v3", 0, 1}))})
	b.startWriter(t)
	for _, c := range []struct{ ask, want weights }{
		{weights{"v2": 0.1, "v3": 33.3}, weights{"v1": 66.6, "v2": 0.1, "v3": 33.3}},
		{weights{"v2": 100}, weights{"v1": 0, "v2": 100, "v3": 0}},
		{weights{"v1": 0, "v2": 200}, weights{"v1": 0, "v2": 200, "v3": 0}},
	} {
		if _, err := b.SetSplit(t.Context(), "api", c.ask, Meta{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, b.split("api").Weights); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", c.ask, diff)
		}
	}
}
