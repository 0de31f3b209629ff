package health

import (
	"testing"

	"pgregory.net/rapid"

	"weir/balancer"
)

const (
	up      = balancer.CheckUp
	pending = balancer.CheckPending
	down    = balancer.CheckDown
)

func TestRiseFall(t *testing.T) {
	for _, tc := range []struct {
		name       string
		start      riseFall
		rise, fall int
		results    string // + passed, - failed
		want       balancer.CheckState
	}{
		{"new: one pass is not enough", riseFall{state: pending}, 2, 3, "+", pending},
		{"new: rise passes", riseFall{state: pending}, 2, 3, "++", up},
		{"new: passes must be in a row", riseFall{state: pending}, 2, 3, "+-+", pending},
		{"new: failures leave it checking", riseFall{state: pending}, 2, 3, "--", pending},
		{"new: fall failures", riseFall{state: pending}, 2, 3, "---", down},
		{"process start: the first pass", riseFall{state: pending, first: true}, 2, 3, "+", up},
		{"process start: a pass after failures", riseFall{state: pending, first: true}, 2, 3, "--+", up},
		{"process start: once down, rise counts", riseFall{state: pending, first: true}, 2, 3, "---+", down},
		{"process start: once down, rise passes", riseFall{state: pending, first: true}, 2, 3, "---++", up},
		{"process start: once up, rise counts", riseFall{state: pending, first: true}, 2, 3, "+---+", down},
		{"up: fewer than fall", riseFall{state: up}, 2, 3, "--", up},
		{"up: failures must be in a row", riseFall{state: up}, 2, 3, "--+--", up},
		{"up: fall failures", riseFall{state: up}, 2, 3, "---", down},
		{"down: fewer than rise", riseFall{state: down}, 2, 3, "+", down},
		{"down: rise passes", riseFall{state: down}, 2, 3, "++", up},
		{"rise and fall of 1", riseFall{state: up}, 1, 1, "-+-", down},
	} {
		s := tc.start
		for _, r := range tc.results {
			s = s.step(r == '+', CheckOptions{Rise: tc.rise, Fall: tc.fall})
		}
		if s.state != tc.want {
			t.Errorf("%s: after %q state = %v, want %v", tc.name, tc.results, s.state, tc.want)
		}
	}
}

// The model looks back over all results: a state changes when the newest rise (or
// fall) results all agree.
func TestRiseFallAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := CheckOptions{Rise: rapid.IntRange(1, 5).Draw(t, "rise"), Fall: rapid.IntRange(1, 5).Draw(t, "fall")}
		s := riseFall{
			state: rapid.SampledFrom([]balancer.CheckState{up, pending, down}).Draw(t, "state"),
			first: rapid.Bool().Draw(t, "first"),
		}
		s.first = s.first && s.state == pending
		var results []bool
		row := func(passed bool, n int) bool {
			for i := range n {
				if len(results) <= i || results[len(results)-1-i] != passed {
					return false
				}
			}
			return true
		}
		want, untouched := s.state, s.first
		for _, passed := range rapid.SliceOf(rapid.Bool()).Draw(t, "results") {
			results = append(results, passed)
			switch {
			case passed && (untouched || row(true, o.Rise)):
				want, untouched = up, false
			case row(false, o.Fall):
				want, untouched = down, false
			}
			s = s.step(passed, o)
			if s.state != want {
				t.Fatalf("after %v state = %v, want %v", results, s.state, want)
			}
		}
	})
}
