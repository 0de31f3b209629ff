package control

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

// greens are the endpoints of a candidate, and what they were asked.
type greens struct {
	addrs []string
	mu    sync.Mutex
	asked map[string]int // by "ENDPOINT METHOD PATH"
	ill   map[string]bool
}

func newGreens(t *testing.T, n int) *greens {
	g := &greens{asked: map[string]int{}, ill: map[string]bool{}}
	for i := range n {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.asked[fmt.Sprintf("%d %s %s", i, r.Method, r.URL.Path)]++
			if g.ill[fmt.Sprintf("%d %s", i, r.URL.Path)] {
				w.WriteHeader(http.StatusTeapot)
			}
			fmt.Fprint(w, "ok")
		}))
		t.Cleanup(s.Close)
		g.addrs = append(g.addrs, s.Listener.Addr().String())
	}
	return g
}

func (g *greens) was(what string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked[what]
}

// blueGreenFile is a file in which v1 has everything and v2 has these endpoints.
func (g *greens) file(b config.BlueGreen) *config.Config {
	u := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 0})
	for _, a := range g.addrs {
		u.Versions[1].Endpoints = append(u.Versions[1].Endpoints, config.Endpoint{Address: a, Weight: 1})
	}
	u.Rollout.BlueGreen = b
	return fileConfig(u)
}

var smoked = config.BlueGreen{
	MinUsable: 1,
	Approval:  true, ProgressDeadline: time.Minute,
	WarmUp: config.WarmUp{Requests: 3, Path: "/warm", Connections: 2},
	Smoke: []config.Smoke{
		{Path: "/a", Method: "GET", Status: []config.StatusRange{{From: 200, To: 299}}, Timeout: 5 * time.Second},
		{Path: "/b", Method: "POST", Status: []config.StatusRange{{From: 200, To: 299}}, Timeout: 5 * time.Second,
			Match: config.Match{Body: &config.BodyRule{Contains: "ok"}}},
	},
}

// startGreen begins a blue_green rollout to v2.
func (b *bench) startGreen(t *testing.T) {
	t.Helper()
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: blueGreen}, Meta{}); err != nil {
		t.Fatal(err)
	}
}

// comesTo waits for the phase, and returns the state then.
func (b *bench) comesTo(t *testing.T, want rollout.Phase) rollout.State {
	t.Helper()
	var s rollout.State
	until(t, func() string {
		var err error
		if s, err = b.Rollout("api"); err != nil || s.Phase != want {
			return fmt.Sprintf("the rollout is %s (%s, waits for %q), %v; want %s", s.Phase, s.Reason, s.WaitsFor(), err, want)
		}
		return ""
	})
	return s
}

// until waits for what to have nothing to say.
func until(t *testing.T, what func() string) {
	t.Helper()
	said := ""
	for range 1000 {
		if said = what(); said == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(said)
}

func TestCandidateIsPrepared(t *testing.T) {
	g := newGreens(t, 2)
	b := newBench(t, Options{Config: g.file(smoked)})
	b.startAll(t)
	b.startGreen(t)
	b.comesTo(t, rollout.WaitingGate)
	for i := range 2 {
		for what, want := range map[string]int{"GET /warm": 3, "GET /a": 1, "POST /b": 1} {
			if got := g.was(fmt.Sprintf("%d %s", i, what)); got != want {
				t.Errorf("endpoint %d was asked %s %d times, want %d", i, what, got, want)
			}
		}
	}
	if got := b.split("api").Weights["v2"]; got != 0 {
		t.Errorf("v2 has weight %v before the switch, want 0", got)
	}
	if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
		t.Fatal(err)
	}
	if got := b.split("api").Weights; got["v2"] != 100 || got["v1"] != 0 {
		t.Errorf("after the switch the weights are %v, want all for v2", got)
	}
}

func TestSmokeFailureAborts(t *testing.T) {
	g := newGreens(t, 3)
	g.ill["1 /b"] = true
	b := newBench(t, Options{Config: g.file(smoked)})
	b.startAll(t)
	b.startGreen(t)
	s := b.comesTo(t, rollout.Aborted)
	for _, part := range []string{"smoke check 2 of 2", "POST /b", g.addrs[1], "status 418", "want status 200-299"} {
		if !strings.Contains(s.Reason, part) {
			t.Errorf("the reason is %q, want one with %q", s.Reason, part)
		}
	}
	if h, _ := b.History("api"); len(h) != 1 {
		t.Errorf("%d revisions, want none of a rollout that moved nothing", len(h))
	}
}

// A candidate that is short of endpoints waits; those that come later are prepared
// like the others.
func TestPreparationWaitsForEndpoints(t *testing.T) {
	g := newGreens(t, 2)
	half := smoked
	half.MinUsable = 0.5
	for _, tt := range []struct {
		name string
		bg   config.BlueGreen
		says string // while it has one endpoint; "": it is ready with that
	}{
		{"all", smoked, "1 of the 2 endpoints of v2 are usable, blue_green.min_usable (100%) asks for 2"},
		{"half", half, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.asked = map[string]int{}
			b := newBench(t, Options{Config: g.file(tt.bg)})
			b.startAll(t)
			set := func(state string) {
				if _, err := b.SetEndpoint(t.Context(), "api", g.addrs[1], EndpointPatch{State: &state}, Meta{}); err != nil {
					t.Fatal(err)
				}
			}
			set("down")
			b.startGreen(t)
			if tt.says != "" {
				until(t, func() string {
					if s, _ := b.Rollout("api"); !strings.Contains(s.WaitsFor(), tt.says) {
						return fmt.Sprintf("it waits for %q, want %q", s.WaitsFor(), tt.says)
					}
					return ""
				})
				if n := g.was("0 GET /warm"); n != 0 {
					t.Errorf("warmed up with %d requests before there are enough endpoints", n)
				}
			} else {
				b.comesTo(t, rollout.WaitingGate)
			}
			set("up")
			until(t, func() string {
				if n := g.was("1 POST /b"); n != 1 {
					return fmt.Sprintf("the endpoint that came later was checked %d times, want once", n)
				}
				return ""
			})
			b.comesTo(t, rollout.WaitingGate)
			if n := g.was("0 POST /b"); n != 1 {
				t.Errorf("the endpoint that was there was checked %d times, want once", n)
			}
		})
	}
}

func TestDeadlineOfPreparation(t *testing.T) {
	g := newGreens(t, 1)
	soon := smoked
	soon.ProgressDeadline = 300 * time.Millisecond
	cfg := g.file(soon)
	cfg.Upstreams[0].Versions[1].Endpoints[0].State = "down"
	b := newBench(t, Options{Config: cfg})
	b.startAll(t)
	b.startGreen(t)
	if s := b.comesTo(t, rollout.Aborted); !strings.Contains(s.Reason, "deadline") {
		t.Errorf("the reason is %q, want one with the deadline", s.Reason)
	}
}

// A process that finds the rollout in its state begins to prepare again.
func TestPreparationAfterRestart(t *testing.T) {
	g := newGreens(t, 1)
	store := state.NewMemory()
	run := func(what func(*bench)) {
		b := newBench(t, Options{Config: g.file(smoked), Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		what(b)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	run(func(b *bench) {
		b.startGreen(t)
		b.comesTo(t, rollout.WaitingGate)
	})
	run(func(b *bench) {
		until(t, func() string {
			if n := g.was("0 GET /a"); n != 2 {
				return fmt.Sprintf("checked %d times, want again after the restart", n)
			}
			return ""
		})
		b.comesTo(t, rollout.WaitingGate)
	})
}

// Connections are kept ready to whatever gets everything at the next switch: the
// candidate, then the version before.
func TestConnectionsAreKeptReady(t *testing.T) {
	g := newGreens(t, 2)
	var mu sync.Mutex
	opened := map[string]int{}
	b := newBench(t, Options{Config: g.file(smoked), Open: func(_ context.Context, e *proxy.Endpoint, n int, _ time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		if n != 2 {
			t.Errorf("%d connections are wanted, want 2", n)
		}
		opened[e.Address]++
		return nil
	}})
	b.startAll(t)
	v1 := b.upstream("api").versions[0].endpoints[0].address
	only := func(want ...string) {
		t.Helper()
		until(t, func() string {
			mu.Lock()
			defer mu.Unlock()
			for _, a := range want {
				if opened[a] == 0 {
					return fmt.Sprintf("opened %v, want all of %v", opened, want)
				}
			}
			if len(opened) == len(want) {
				return ""
			}
			said := fmt.Sprintf("opened %v, want only %v", opened, want)
			clear(opened) // of before
			return said
		})
	}
	b.startGreen(t)
	b.comesTo(t, rollout.WaitingGate)
	only(g.addrs...)
	if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
		t.Fatal(err)
	}
	only(v1)
	if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
		t.Fatal(err)
	}
	b.comesTo(t, rollout.Succeeded)
	only(v1) // kept warm
	if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		if b.upstream("api").live.preparer.Load() == nil {
			return ""
		}
		return "still kept warm after the way back was taken"
	})
}
