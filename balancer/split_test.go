package balancer

import (
	"math"
	"testing"
)

// version returns a share whose group has n usable endpoints.
func version(name string, weight float64, n int) Share {
	eps := make([]Endpoint, n)
	for i := range eps {
		eps[i] = Endpoint{Address: name, Weight: 1, Live: NewLive(false)}
	}
	return Share{Version: name, Weight: weight, Group: NewGroup(eps, Balance{}, &Cursor{})}
}

func mustSplit(t interface{ Fatal(...any) }, stable int, shares ...Share) *Split {
	s, err := NewSplit(shares, stable, &Sequence{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func eject(g *Group) {
	for _, e := range g.Endpoints() {
		e.Live.SetEjected(true)
	}
	g.Rebuild()
}

func check(g *Group, s CheckState) {
	for _, e := range g.Endpoints() {
		e.Live.SetCheck(s)
	}
	g.Rebuild()
}

func TestNewSplitRefuses(t *testing.T) {
	for name, weights := range map[string][]float64{
		"negative":     {-1, 2},
		"not a number": {math.NaN(), 1},
		"infinite":     {math.Inf(1), 1},
		"all zero":     {0, 0},
		"overflow":     {math.MaxFloat64, math.MaxFloat64},
	} {
		t.Run(name, func(t *testing.T) {
			shares := []Share{version("v1", weights[0], 1), version("v2", weights[1], 1)}
			if _, err := NewSplit(shares, 0, &Sequence{}); err == nil {
				t.Errorf("NewSplit(%v) accepted, want an error", weights)
			}
		})
	}
	if _, err := NewSplit([]Share{version("v1", 1, 1)}, 1, &Sequence{}); err == nil {
		t.Error("NewSplit accepted a stable that does not exist")
	}
}

func TestZeroWeightGetsNothing(t *testing.T) {
	s := mustSplit(t, 0, version("v1", 100, 1), version("v2", 0, 1), version("v3", 1e-300, 1))
	for range 10000 {
		if v := s.Choose(nil); v != 0 {
			t.Fatalf("Choose = %d, want 0: the others have no share to speak of", v)
		}
	}
}

func TestGenerationsKeepTheSequence(t *testing.T) {
	seq := &Sequence{}
	count := 0
	for n := range 1000 {
		// A new generation for each request, with the same weights.
		s, err := NewSplit([]Share{version("v1", 90, 1), version("v2", 10, 1)}, 0, seq)
		if err != nil {
			t.Fatal(err)
		}
		if s.Choose(nil) == 1 {
			count++
		}
		if off := math.Abs(float64(count) - float64(n+1)*0.1); off > 5 {
			t.Fatalf("after %d generations v2 has %d requests, off by %.1f", n+1, count, off)
		}
	}
}

func TestChooseWhenVersionsAreUnusable(t *testing.T) {
	const requests = 10000
	tests := []struct {
		name  string
		spoil func(shares []Share)
		want  []float64 // share of each version; nil: nothing can be chosen
	}{
		{"all usable", func([]Share) {}, []float64{0.6, 0.3, 0.1}},
		{"candidate ejected", func(s []Share) { eject(s[2].Group) }, []float64{0.7, 0.3, 0}},
		{"candidate tripped", func(s []Share) { s[2].Trip.Set() }, []float64{0.7, 0.3, 0}},
		{"stable ejected", func(s []Share) { eject(s[0].Group) }, []float64{0, 0.75, 0.25}},
		{"stable ejected, candidate tripped", func(s []Share) { eject(s[0].Group); s[2].Trip.Set() }, []float64{0, 1, 0}},
		{"only the candidate is left", func(s []Share) { eject(s[0].Group); eject(s[1].Group) }, []float64{0, 0, 1}},
		{"all ejected: fail open, not to the candidate", func(s []Share) {
			eject(s[0].Group)
			eject(s[1].Group)
			eject(s[2].Group)
		}, []float64{0.7, 0.3, 0}},
		{"all but the candidate down, candidate ejected", func(s []Share) {
			check(s[0].Group, CheckDown)
			check(s[1].Group, CheckDown)
			eject(s[2].Group)
		}, nil},
		{"all down", func(s []Share) {
			for i := range s {
				check(s[i].Group, CheckDown)
			}
		}, nil},
		{"all checking", func(s []Share) {
			for i := range s {
				check(s[i].Group, CheckPending)
			}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shares := []Share{version("v1", 60, 2), version("v2", 30, 2), version("v3", 10, 2)}
			shares[2].Trip, shares[2].Candidate = &Trip{}, true
			s := mustSplit(t, 0, shares...)
			tt.spoil(shares)
			got := make([]float64, len(shares))
			for range requests {
				v := s.Choose(nil)
				if tt.want == nil {
					if v != -1 {
						t.Fatalf("Choose = %d, want -1", v)
					}
					continue
				}
				if v == -1 {
					t.Fatal("Choose = -1, want a version")
				}
				got[v]++
				if s.Pick(v, nil) < 0 {
					t.Fatalf("chosen version %d has no endpoint to pick", v)
				}
			}
			for i, want := range tt.want {
				if math.Abs(got[i]-want*requests) > 15 {
					t.Errorf("version %d got %v of %d, want %v", i, got[i], requests, want*requests)
				}
			}
		})
	}
}

func TestStableOfWeightZeroTakesTheTrippedShare(t *testing.T) {
	shares := []Share{version("v1", 0, 1), version("v2", 100, 1)}
	shares[1].Trip, shares[1].Candidate = &Trip{}, true
	s := mustSplit(t, 0, shares...)
	if v := s.Choose(nil); v != 1 {
		t.Fatalf("Choose = %d before the trip, want 1", v)
	}
	shares[1].Trip.Set()
	if v := s.Choose(nil); v != 0 {
		t.Fatalf("Choose = %d after the trip, want stable", v)
	}
}

func TestRetry(t *testing.T) {
	type at struct{ version, endpoint int }
	build := func() []Share {
		shares := []Share{version("v1", 90, 2), version("v2", 10, 1), version("v3", 0, 2)}
		shares[1].Trip, shares[1].Candidate = &Trip{}, true
		return shares
	}
	tests := []struct {
		name  string
		spoil func(shares []Share)
		from  at // the attempt that failed
		want  at
	}{
		{"other endpoint of the version", func([]Share) {}, at{0, 0}, at{0, 1}},
		{"version exhausted: stable", func([]Share) {}, at{1, 0}, at{0, -2}},
		{"version tripped: stable", func(s []Share) { s[1].Trip.Set() }, at{1, 0}, at{0, -2}},
		{"weight 0 by now: stable", func([]Share) {}, at{2, 0}, at{0, -2}},
		{"stable ejected: other version with weight", func(s []Share) { eject(s[0].Group) }, at{0, 0}, at{1, 0}},
		{"back, and not in the schedule yet", func(s []Share) {
			back := s[0].Group.Endpoints()[1].Live
			back.SetCheck(CheckDown)
			s[0].Group.Rebuild()
			back.SetCheck(CheckUp)
			eject(s[1].Group)
		}, at{0, 0}, at{0, 1}},
		{"only ejected ones left", func(s []Share) { eject(s[0].Group) }, at{1, 0}, at{0, -2}},
		{"nothing left", func(s []Share) {
			for _, e := range s[0].Group.Endpoints() {
				e.Live.SetCheck(CheckDown)
			}
		}, at{1, 0}, at{-1, -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shares := build()
			s := mustSplit(t, 0, shares...)
			tt.spoil(shares)
			var ask Ask
			ask.Tried.Add(shares[tt.from.version].Group.Endpoints()[tt.from.endpoint].Live)
			v, e := s.Retry(tt.from.version, &ask)
			if v != tt.want.version || (tt.want.endpoint != -2 && e != tt.want.endpoint) || (tt.want.endpoint == -2 && e < 0) {
				t.Errorf("Retry = %d, %d, want %d, %d", v, e, tt.want.version, tt.want.endpoint)
			}
		})
	}
}

// TestRetryWhileFailingOpen: with everything ejected, or tried, a retry goes where
// the first attempt would go if it had to.
func TestRetryWhileFailingOpen(t *testing.T) {
	type at struct{ version, endpoint int }
	tests := []struct {
		name  string
		spoil func(shares []Share)
		want  at
	}{
		{"other endpoint of the version", func(s []Share) { eject(s[0].Group); eject(s[1].Group) }, at{0, 1}},
		{"version exhausted: another one", func(s []Share) {
			eject(s[0].Group)
			eject(s[1].Group)
			s[0].Group.Endpoints()[1].Live.SetCheck(CheckDown)
		}, at{1, 0}},
		{"never a candidate", func(s []Share) {
			eject(s[0].Group)
			eject(s[1].Group)
			s[0].Group.Endpoints()[1].Live.SetCheck(CheckDown)
			s[1].Candidate = true
		}, at{-1, -1}},
		{"never what is tripped", func(s []Share) {
			eject(s[0].Group)
			eject(s[1].Group)
			s[0].Group.Endpoints()[1].Live.SetCheck(CheckDown)
			s[1].Trip.Set()
		}, at{-1, -1}},
		{"what is usable was tried", func(s []Share) {
			s[0].Group.Endpoints()[1].Live.SetEjected(true)
			eject(s[1].Group)
		}, at{0, 1}},
		{"before the rebuild too", func(s []Share) {
			for i := range s {
				for _, e := range s[i].Group.Endpoints() {
					e.Live.SetEjected(true)
				}
			}
		}, at{0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shares := []Share{version("v1", 90, 2), version("v2", 10, 1)}
			shares[1].Trip = &Trip{}
			s := mustSplit(t, 0, shares...)
			tt.spoil(shares)
			var ask Ask
			ask.Tried.Add(shares[0].Group.Endpoints()[0].Live)
			if v, e := s.Retry(0, &ask); v != tt.want.version || e != tt.want.endpoint {
				t.Errorf("Retry = %d, %d, want %d, %d", v, e, tt.want.version, tt.want.endpoint)
			}
		})
	}
}

// TestEveryEndpointGetsFirstAttempts, evenly: neither a pick that looks twice (all
// are ejected, and the schedule has not been rebuilt yet) nor the retries of the
// others' failures move the turn.
func TestEveryEndpointGetsFirstAttempts(t *testing.T) {
	for name, attempt := range map[string]func(s *Split) int{
		"failing open before the rebuild": func(s *Split) int {
			for _, e := range s.Shares()[0].Group.Endpoints() {
				e.Live.SetEjected(true)
			}
			return s.Pick(0, nil)
		},
		"each retried": func(s *Split) int {
			var ask Ask
			e := s.Pick(0, nil)
			ask.Tried.Add(s.Shares()[0].Group.Endpoints()[e].Live)
			if v, again := s.Retry(0, &ask); v != 0 || again == e {
				t.Errorf("Retry = %d, %d after %d, want the other endpoint", v, again, e)
			}
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustSplit(t, 0, version("v1", 1, 2))
			var got [2]int
			for range 10 {
				got[attempt(s)]++
			}
			if got != [2]int{5, 5} {
				t.Errorf("first attempts %v, want 5 each", got)
			}
		})
	}
}

// TestRetriesTakeTurns: what is sent to a version only by retries is spread too.
func TestRetriesTakeTurns(t *testing.T) {
	s := mustSplit(t, 0, version("v1", 0, 3), version("v2", 1, 1))
	var got [3]int
	for range 30 {
		var ask Ask
		ask.Tried.Add(s.Shares()[1].Group.Endpoints()[0].Live)
		v, e := s.Retry(1, &ask)
		if v != 0 {
			t.Fatalf("Retry = %d, %d, want stable", v, e)
		}
		got[e]++
	}
	if got != [3]int{10, 10, 10} {
		t.Errorf("retries %v, want 10 each", got)
	}
}

func BenchmarkChoose(b *testing.B) {
	s := mustSplit(b, 0, version("v1", 90, 3), version("v2", 10, 3))
	b.ReportAllocs()
	for b.Loop() {
		s.Choose(nil)
	}
}
