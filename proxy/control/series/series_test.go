package series

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Unix(1_700_000_000, 0)

func at(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }

func busy(second int, versions ...Version) *Point {
	return &Point{At: at(second), Users: Numbers{Requests: uint64(second) + 1}, Versions: versions}
}

// same compares lines in which NaN is NaN.
func same(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool {
		return x == y || math.IsNaN(float64(x)) && math.IsNaN(float64(y))
	})
}

func TestPointsComeBackInColumns(t *testing.T) {
	nan := float32(math.NaN())
	var s Series
	s.Push(&Point{
		At: at(1), Users: Numbers{Requests: 10, Errors: 1, P50: 1500 * time.Microsecond, P99: 20 * time.Millisecond},
		Versions: []Version{
			{Name: "v1", Share: 0.75, Numbers: Numbers{Requests: 8, P50: time.Millisecond, P90: 2 * time.Millisecond, P99: 3 * time.Millisecond}, Evidence: math.NaN(), Threshold: math.NaN()},
			{Name: "v2", Share: 0.25, Numbers: Numbers{Requests: 2, Errors: 2}, Evidence: 1.5, Threshold: 2},
		},
	}, 10)
	s.Push(&Point{At: at(2), Versions: []Version{{Name: "v1", Share: 1, Evidence: math.NaN(), Threshold: math.NaN()}, {Name: "v2", Evidence: math.NaN(), Threshold: math.NaN()}}}, 10)
	v := s.Since(0)
	if !slices.Equal(v.At, []int64{at(1).UnixMilli(), at(2).UnixMilli()}) {
		t.Errorf("at = %v", v.At)
	}
	for name, line := range map[string]struct{ got, want []float32 }{
		"users' requests": {v.Requests, []float32{10, 0}},
		"users' errors":   {v.Errors, []float32{1, 0}},
		"users' p50":      {v.P50, []float32{1.5, nan}},
		"users' p99":      {v.P99, []float32{20, nan}},
		"v1's share":      {v.Versions[0].Share, []float32{0.75, 1}},
		"v1's requests":   {v.Versions[0].Requests, []float32{8, 0}},
		"v1's p50":        {v.Versions[0].P50, []float32{1, nan}},
		"v1's p90":        {v.Versions[0].P90, []float32{2, nan}},
		"v1's p99":        {v.Versions[0].P99, []float32{3, nan}},
		"v1's evidence":   {v.Versions[0].Evidence, []float32{nan, nan}},
		"v2's errors":     {v.Versions[1].Errors, []float32{2, 0}},
		"v2's p99":        {v.Versions[1].P99, []float32{nan, nan}},
		"v2's evidence":   {v.Versions[1].Evidence, []float32{1.5, nan}},
	} {
		if !same(line.got, line.want) {
			t.Errorf("%s = %v, want %v", name, line.got, line.want)
		}
	}
	if v.Versions[0].Judged() || !v.Versions[1].Judged() || !math.IsNaN(v.Versions[1].Threshold) {
		t.Errorf("judged: v1 %v, v2 %v with threshold %v; want v2 alone, and not now", v.Versions[0].Judged(), v.Versions[1].Judged(), v.Versions[1].Threshold)
	}
	if v = s.Since(at(1).UnixMilli()); len(v.At) != 1 || len(v.Versions[1].Share) != 1 {
		t.Errorf("since the first point: %+v, want the second alone", v)
	}
	if v = s.Since(at(2).UnixMilli()); len(v.At) != 0 || len(v.Versions) != 2 || !v.Versions[1].empty() {
		t.Errorf("since the last point: %+v, want versions without points", v)
	}
}

func (v *VersionView) empty() bool { return len(v.Share)+len(v.Evidence) == 0 }

// TestSeriesAgainstModel pushes points of changing versions, lengths and gaps: what is
// kept is the newest of them, and of a version what came since it was there.
func TestSeriesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type row struct {
			at       int64
			requests float32
			versions map[string]float32
		}
		var s Series
		var model []row
		keep, names := 20, []string{"a"}
		for second := range rapid.IntRange(1, 120).Draw(t, "points") {
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			case 0:
				keep = rapid.IntRange(1, 40).Draw(t, "keep")
			case 1:
				names = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "versions")
			}
			p, r := busy(second), row{at: at(second).UnixMilli(), versions: map[string]float32{}}
			r.requests = float32(p.Users.Requests)
			for _, name := range names {
				share := rapid.Float64Range(0, 1).Draw(t, "share")
				p.Versions = append(p.Versions, Version{Name: name, Share: share, Evidence: math.NaN()})
				r.versions[name] = float32(share)
			}
			s.Push(p, keep)
			model = append(model, r)
			model = model[max(0, len(model)-keep):]
			for i := range model { // a version that is gone is forgotten
				for name := range model[i].versions {
					if !slices.Contains(names, name) {
						delete(model[i].versions, name)
					}
				}
			}
			since := rapid.Int64Range(-1, 3).Draw(t, "since")
			after := model[0].at + (since-1)*1000
			want := slices.DeleteFunc(slices.Clone(model), func(r row) bool { return r.at <= after })
			got := s.Since(after)
			for i, r := range want {
				if len(got.At) != len(want) || got.At[i] != r.at || got.Requests[i] != r.requests {
					t.Fatalf("point %d of %d (keep %d) = %+v, want %d points, %+v", i, len(got.At), keep, got, len(want), r)
				}
			}
			for i, name := range names {
				line := []float32{}
				for _, r := range want {
					n, ok := r.versions[name]
					if !ok {
						n = float32(math.NaN())
					}
					line = append(line, n)
				}
				if v := got.Versions[i]; v.Name != name || !same(v.Share, line) {
					t.Fatalf("version %s = %+v, want %v", name, v, line)
				}
			}
		}
	})
}

func TestWhatDoesNothingTakesNothing(t *testing.T) {
	var s Series
	idle := func(second int) *Point {
		return &Point{At: at(second), Versions: []Version{{Name: "v1", Share: 1, Evidence: math.NaN()}}}
	}
	if n := s.Push(idle(0), 5); n != 0 || len(s.Since(0).At) != 0 {
		t.Errorf("an idle upstream takes %d bytes and has %d points", n, len(s.Since(0).At))
	}
	if n := s.Push(busy(1, idle(1).Versions...), 5); n == 0 {
		t.Error("a busy one takes none")
	}
	for second := 2; second <= 6; second++ {
		if n := s.Push(idle(second), 5); n == 0 {
			t.Fatalf("second %d: forgotten while a point with requests could be kept", second)
		}
	}
	if n := s.Push(idle(7), 5); n != 0 || len(s.Since(0).At) != 0 || s.mu.at != nil {
		t.Errorf("idle for as long as is kept: %d bytes", n)
	}
	judged := idle(8)
	judged.Versions[0].Evidence = 0
	if n := s.Push(judged, 5); n == 0 {
		t.Error("a judged one takes none")
	}
}

// TestMemoryIsBounded: however many upstreams have something to show, all of their
// points together stay below Most.
func TestMemoryIsBounded(t *testing.T) {
	versions := []Version{{Name: "v1", Evidence: math.NaN()}, {Name: "v2", Evidence: math.NaN()}}
	for _, c := range []struct{ upstreams, points int }{{1, 900}, {900, 900}, {1000, 450}, {10_000, 56}, {100_000, 7}} {
		t.Run(fmt.Sprint(c.upstreams), func(t *testing.T) {
			var s Series
			keep := Longest
			for second := range 1000 {
				keep = Keep(c.upstreams * s.Push(busy(second, versions...), keep))
			}
			held := cap(s.mu.at) * 8
			for _, column := range s.mu.users {
				held += cap(column) * 4
			}
			for _, v := range s.mu.versions {
				for _, column := range v.columns {
					held += cap(column) * 4
				}
			}
			if held*c.upstreams > Most {
				t.Errorf("%d bytes, want at most %d", held*c.upstreams, Most)
			}
			if got := len(s.Since(0).At); got != c.points {
				t.Errorf("%d points of each, want %d", got, c.points)
			}
		})
	}
}
