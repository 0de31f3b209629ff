package balancer

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// routed is a group of endpoints called a, b, c ...
func routed(n int) *Group {
	weights := make([]int, n)
	for i := range weights {
		weights[i] = 1
	}
	eps := group(weights...).Endpoints()
	for i := range eps {
		eps[i].Route = string(rune('a' + i))
	}
	return NewGroup(eps, Balance{}, &Cursor{})
}

func boundTo(route string) *Ask { return &Ask{Route: []byte(route)} }

func TestBound(t *testing.T) {
	for name, tt := range map[string]struct {
		change    func(e *Endpoint, ask *Ask) // of the endpoint b
		route     string                      // default b
		elsewhere bool
	}{
		"up":                {},
		"drains":            {change: func(e *Endpoint, _ *Ask) { e.Live.SetAdmin(Drain) }},
		"in slow start":     {change: func(e *Endpoint, _ *Ask) { e.Live.SetShare(1) }},
		"on trial":          {change: func(e *Endpoint, _ *Ask) { e.Live.SetTrial() }},
		"has room":          {change: func(e *Endpoint, _ *Ask) { e.MaxConns = 1 }},
		"down":              {change: func(e *Endpoint, _ *Ask) { e.Live.SetAdmin(Down) }, elsewhere: true},
		"ejected":           {change: func(e *Endpoint, _ *Ask) { e.Live.SetEjected(true) }, elsewhere: true},
		"drains, ejected":   {change: func(e *Endpoint, _ *Ask) { e.Live.SetAdmin(Drain); e.Live.SetEjected(true) }, elsewhere: true},
		"fails its checks":  {change: func(e *Endpoint, _ *Ask) { e.Live.SetCheck(CheckDown) }, elsewhere: true},
		"not checked yet":   {change: func(e *Endpoint, _ *Ask) { e.Live.SetCheck(CheckPending) }, elsewhere: true},
		"full":              {change: func(e *Endpoint, _ *Ask) { e.MaxConns = 1; e.Live.Begin() }, elsewhere: true},
		"tried":             {change: func(e *Endpoint, ask *Ask) { ask.Tried.Add(e.Live) }, elsewhere: true},
		"a backup":          {change: func(e *Endpoint, _ *Ask) { e.Backup = true }, elsewhere: true},
		"of another name":   {route: "x", elsewhere: true},
		"of no name at all": {route: "-", elsewhere: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := routed(3)
			ask := boundTo("b")
			switch tt.route {
			case "-":
				ask = &Ask{}
			case "":
			default:
				ask = boundTo(tt.route)
			}
			if tt.change != nil {
				tt.change(&g.endpoints[1], ask)
			}
			g = NewGroup(g.endpoints, Balance{}, &Cursor{})
			seen := map[int]int{}
			for range 6 {
				seen[g.Pick(ask, false)]++
				if tt.change != nil && name == "on trial" {
					break // one attempt is all it gets
				}
			}
			if bound := len(seen) == 1 && seen[1] > 0; bound == tt.elsewhere || seen[-1] > 0 {
				t.Errorf("picks %v, want all of b: %v", seen, !tt.elsewhere)
			}
		})
	}
}

// TestBoundToABackup: it serves its clients while it is needed, and no longer.
func TestBoundToABackup(t *testing.T) {
	g := routed(3)
	for i := 1; i < 3; i++ {
		g.endpoints[i].Backup = true
	}
	g.endpoints[0].Live.SetAdmin(Down)
	g.Rebuild()
	for range 4 {
		if i := g.Pick(boundTo("c"), false); i != 2 {
			t.Fatalf("picked %d, want the backup that the client is bound to", i)
		}
	}
	g.endpoints[0].Live.SetAdmin(Up)
	g.Rebuild()
	if i := g.Pick(boundTo("c"), false); i != 0 {
		t.Errorf("picked %d, want the primary that is back", i)
	}
}

// TestBoundTakesNoTurn: requests that are bound leave the sequence to the others,
// however the two kinds are mixed.
func TestBoundTakesNoTurn(t *testing.T) {
	g := routed(2)
	seen := [2]int{}
	for range 10 {
		if i := g.Pick(boundTo("a"), false); i != 0 {
			t.Fatalf("picked %d, want the one it is bound to", i)
		}
		seen[g.Pick(nil, false)]++
	}
	if seen != [2]int{5, 5} {
		t.Errorf("requests that are not bound: %v, want five for each endpoint", seen)
	}
}

// TestBoundFailsOpen: where nothing is usable but what is ejected, the client's own is
// the one to try.
func TestBoundFailsOpen(t *testing.T) {
	g := routed(3)
	for i := range g.endpoints {
		g.endpoints[i].Live.SetEjected(true)
	}
	g.Rebuild()
	s := mustSplit(t, 0, Share{Version: "v1", Weight: 1, Group: g})
	for range 4 {
		if i := s.Pick(0, boundTo("c")); i != 2 {
			t.Fatalf("picked %d, want c", i)
		}
	}
}

// TestBoundToANameOfSeveral: addresses of one name share its route, and stand in for
// one another.
func TestBoundToANameOfSeveral(t *testing.T) {
	g := routed(3)
	g.endpoints[1].Route = "c"
	g = NewGroup(g.endpoints, Balance{}, &Cursor{})
	if i := g.Pick(boundTo("c"), false); i != 1 {
		t.Errorf("picked %d, want the first of the name", i)
	}
	g.endpoints[1].Live.SetAdmin(Down)
	if i := g.Pick(boundTo("c"), false); i != 2 {
		t.Errorf("picked %d, want the other one of the name", i)
	}
}

// TestBoundModel: whatever flips, who is bound gets the endpoint exactly when it can
// be had, and a pick never is one that may not be picked.
func TestBoundModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := routed(rapid.IntRange(1, 5).Draw(t, "endpoints"))
		eps := g.Endpoints()
		for i := range eps {
			eps[i].Backup = rapid.Bool().Draw(t, fmt.Sprintf("backup %d", i))
		}
		g.Rebuild()
		t.Repeat(map[string]func(*rapid.T){
			"flip": func(t *rapid.T) {
				l := eps[rapid.IntRange(0, len(eps)-1).Draw(t, "endpoint")].Live
				switch rapid.IntRange(0, 2).Draw(t, "what") {
				case 0:
					l.SetAdmin(AdminState(rapid.IntRange(0, 2).Draw(t, "admin")))
				case 1:
					l.SetCheck(CheckState(rapid.IntRange(0, 2).Draw(t, "check")))
				case 2:
					l.SetEjected(rapid.Bool().Draw(t, "ejected"))
				}
				g.Rebuild()
			},
			"pick": func(t *rapid.T) {
				to := rapid.IntRange(0, len(eps)-1).Draw(t, "to")
				primary, backup := false, false
				for i := range eps {
					primary = primary || !eps[i].Backup && eps[i].Live.Usable()
					backup = backup || eps[i].Backup && eps[i].Live.Usable()
				}
				l := eps[to].Live
				keeps := l.Admin() != Down && l.Check() == CheckUp && !l.Ejected() && !(eps[to].Backup && primary)
				got := g.Pick(boundTo(eps[to].Route), false)
				switch {
				case keeps:
					if got != to {
						t.Fatalf("picked %d, want %d, which it is bound to", got, to)
					}
				case primary || backup:
					if got < 0 || !eps[got].Live.Usable() || eps[got].Backup == primary {
						t.Fatalf("picked %d, want a usable endpoint, a backup: %v", got, !primary)
					}
				case got != -1:
					t.Fatalf("picked %d, want none", got)
				}
			},
		})
	})
}
