package control

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// TestRefusalsChangeNothing: after any refusal the published snapshot, the views
// and the store are what they were.
func TestRefusalsChangeNothing(t *testing.T) {
	cfg := oneUpstream()
	cfg.Upstreams[0].Versions[1].Endpoints[0].Address = cfg.Upstreams[0].Versions[0].Endpoints[0].Address
	shared, own := cfg.Upstreams[0].Versions[0].Endpoints[0].Address, cfg.Upstreams[0].Versions[0].Endpoints[1].Address
	noSteps := upstreamConfig("plain", ver{"v1", 1, 1}, ver{"v2", 0, 1})
	noSteps.Rollout.Steps = nil
	cfg.Upstreams = append(cfg.Upstreams, noSteps, upstreamConfig("dead", ver{"v1", 1, 1}, ver{"v2", 0, 1}))

	store := state.NewMemory()
	b := newBench(t, Options{Config: cfg, Store: store})
	for _, e := range b.upstream("dead").version("v2").endpoints {
		e.live.live.SetCheck(balancer.CheckDown)
	}
	b.startWriter(t)
	ctx := t.Context()
	weight := func(n int) EndpointPatch { return EndpointPatch{Weight: &n} }
	up, asleep := "up", "asleep"
	start := func(u string, o StartOptions) error { _, err := b.StartRollout(ctx, u, o, Meta{}); return err }
	set := func(u string, w weights, m Meta) error { _, err := b.SetSplit(ctx, u, w, m); return err }
	end := func(u, address string, p EndpointPatch) error {
		_, err := b.SetEndpoint(ctx, u, address, p, Meta{})
		return err
	}
	undo := func(u string, to uint64) error { _, err := b.Undo(ctx, u, to, Meta{}); return err }

	tests := []struct {
		name string
		do   func() error
		kind Kind
		text string
	}{
		{"split of no upstream", func() error { return set("x", weights{"v1": 1}, Meta{}) }, NotFound, "upstream x does not exist; there are api, plain, dead"},
		{"a name that is none", func() error { return set("a\x1b b", weights{"v1": 1}, Meta{}) }, NotFound, `upstream "a\x1b b" does not exist`},
		{"stale split", func() error { return set("api", weights{"v1": 1}, Meta{IfMatch: 7}) }, Stale, "revision 1, not 7"},
		{"unknown version", func() error { return set("api", weights{"v9": 1}, Meta{}) }, NotFound, "upstream api: version v9 does not exist; there are v1, v2"},
		{"negative", func() error { return set("api", weights{"v1": -1, "v2": 2}, Meta{}) }, Invalid, "weights.v1: -1: want 0 to 1000000000"},
		{"too large", func() error { return set("api", weights{"v1": 1e300, "v2": 2}, Meta{}) }, Invalid, "weights.v1: 1e+300: want 0 to 1000000000"},
		{"nothing left for stable", func() error { return set("api", weights{"v2": 101}, Meta{}) }, Invalid, "v1 (stable) is left out"},
		{"not a number", func() error { return set("api", weights{"v1": math.NaN()}, Meta{}) }, Invalid, "v1"},
		{"all zero", func() error { return set("api", weights{"v1": 0}, Meta{}) }, Invalid, "above 0"},
		{"no weights", func() error { return set("api", nil, Meta{}) }, Invalid, "weights: none given"},

		{"rollout of no upstream", func() error { return start("x", StartOptions{To: "v2"}) }, NotFound, "upstream x"},
		{"stale rollout", func() error {
			_, err := b.StartRollout(ctx, "api", StartOptions{To: "v2"}, Meta{IfMatch: 9})
			return err
		}, Stale, "9"},
		{"rollout to nothing", func() error { return start("api", StartOptions{}) }, Invalid, "to: missing"},
		{"rollout to no version", func() error { return start("api", StartOptions{To: "v9"}) }, NotFound, "upstream api: version v9 does not exist; there are v1, v2"},
		{"rollout to stable", func() error { return start("api", StartOptions{To: "v1"}) }, Invalid, "stable already"},
		{"no strategy", func() error { return start("api", StartOptions{To: "v2", Strategy: "foo"}) }, Invalid, "strategy foo: unknown: want canary, blue_green or rolling"},
		{"bad id", func() error { return start("api", StartOptions{To: "v2", ID: "a b"}) }, Invalid, "id"},
		{"no steps", func() error { return start("plain", StartOptions{To: "v2"}) }, Invalid, "steps"},
		{"unusable candidate", func() error { return start("dead", StartOptions{To: "v2"}) }, Conflict, "no usable endpoint"},
		{"command of no upstream", func() error { _, err := b.Command(ctx, "x", rollout.Abort, Meta{}); return err }, NotFound, "upstream x"},
		{"command without a rollout", func() error { _, err := b.Command(ctx, "api", rollout.Abort, Meta{}); return err }, Conflict, "no rollout"},

		{"nothing to undo", func() error { return undo("api", 0) }, Conflict, "nothing to undo"},
		{"undo to the present", func() error { return undo("api", 1) }, Conflict, "present"},
		{"undo to no revision", func() error { return undo("api", 12) }, NotFound, "revision 12 does not exist; there are 1 to 1"},

		{"endpoint of no upstream", func() error { return end("x", own, weight(2)) }, NotFound, "upstream x"},
		{"no such endpoint", func() error { return end("api", "10.0.0.1:1", weight(2)) }, NotFound, "upstream api: endpoint 10.0.0.1:1 does not exist; there are 127.0.0.0:3000, "},
		{"no such state", func() error { return end("api", own, EndpointPatch{State: &asleep}) }, Invalid, "state asleep: want up, drain or down"},
		{"weight 0", func() error { return end("api", own, weight(0)) }, Invalid, "1 to 1000"},
		{"weight 1001", func() error { return end("api", own, weight(1001)) }, Invalid, "1 to 1000"},
		{"nothing to set", func() error { return end("api", own, EndpointPatch{}) }, Invalid, "nothing to change"},
		{"address in two versions", func() error { return end("api", shared, EndpointPatch{State: &up}) }, Invalid, "v1, v2"},
		{"no such version", func() error { return end("api", own, EndpointPatch{State: &up, Version: "v9"}) }, NotFound, "version v9 does not exist; there are v1, v2"},
		{"not of that version", func() error { return end("api", own, EndpointPatch{State: &up, Version: "v2"}) }, NotFound, "version v2: endpoint " + own + " does not exist"},

		{"fixed things changed", func() error {
			next := *cfg
			next.Listeners = []config.Listener{{Name: "web", Address: ":1"}}
			next.Admin.Address = "127.0.0.1:1"
			next.State = "/elsewhere"
			_, err := b.Reload(ctx, &next)
			wantText(t, err, "listeners", "admin", "state")
			return err
		}, Invalid, "restart"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, snapshot := b.published()
			views, values, world := b.Upstreams(), held(t, store), b.current.Load()
			err := tt.do()
			wantKind(t, err, tt.kind)
			wantText(t, err, tt.text)
			if _, now := b.published(); now != snapshot || b.current.Load() != world {
				t.Error("another snapshot was published")
			}
			if diff := cmp.Diff(views, b.Upstreams()); diff != "" {
				t.Errorf("views (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(values, held(t, store)); diff != "" {
				t.Errorf("store (-before +after):\n%s", diff)
			}
		})
	}
}

func TestCallersThatLeave(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := b.SetSplit(gone, "api", weights{"v2": 1}, Meta{}); !errors.Is(err, context.Canceled) {
		t.Errorf("before Run: %v, want the caller's own end", err)
	}
	b.startWriter(t)
	// One who leaves while his command runs does not block the writer.
	leaving, leave := context.WithCancel(t.Context())
	err := b.do(leaving, func() error { leave(); <-leaving.Done(); return nil })
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("left meanwhile: %v", err)
	}
	if _, err := b.SetSplit(t.Context(), "api", weights{"v2": 1}, Meta{}); err != nil {
		t.Errorf("the next caller: %v", err)
	}
}

func TestAfterRunEveryChangeIsRefused(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := b.SetSplit(t.Context(), "api", weights{"v2": 1}, Meta{})
	wantKind(t, err, Unavailable)
}
