package outcome

import (
	"testing"

	"pgregory.net/rapid"
)

func TestStatusSet(t *testing.T) {
	for _, tc := range []struct {
		name    string
		ranges  [][2]int
		in, out []int
	}{
		{"empty", nil, nil, []int{100, 200, 599}},
		{"default errors", [][2]int{{500, 599}}, []int{500, 503, 599}, []int{499, 600, 0}},
		{"default health", [][2]int{{200, 399}}, []int{200, 302, 399}, []int{199, 400}},
		{"several", [][2]int{{404, 404}, {500, 599}}, []int{404, 500}, []int{403, 405}},
		{"cut at the edges", [][2]int{{-5, 100}, {599, 9999}}, []int{100, 599}, []int{-5, 99, 101, 598, 600, 9999}},
		{"backwards", [][2]int{{300, 200}}, nil, []int{200, 250, 300}},
	} {
		s := NewStatusSet(tc.ranges...)
		for _, code := range tc.in {
			if !s.Contains(code) {
				t.Errorf("%s %v: %d is missing", tc.name, tc.ranges, code)
			}
		}
		for _, code := range tc.out {
			if s.Contains(code) {
				t.Errorf("%s %v: %d should not be in", tc.name, tc.ranges, code)
			}
		}
	}
}

func TestStatusSetAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edge := rapid.IntRange(50, 700)
		var ranges [][2]int
		for range rapid.IntRange(0, 4).Draw(t, "ranges") {
			ranges = append(ranges, [2]int{edge.Draw(t, "from"), edge.Draw(t, "to")})
		}
		s := NewStatusSet(ranges...)
		for code := -10; code < 1000; code++ {
			want := false
			for _, r := range ranges {
				want = want || code >= 100 && code <= 599 && r[0] <= code && code <= r[1]
			}
			if got := s.Contains(code); got != want {
				t.Fatalf("NewStatusSet(%v).Contains(%d) = %v", ranges, code, got)
			}
		}
	})
}
