package control

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/config"
	"weir/proxy/control/state"
)

func TestReloadKeepsWhatLives(t *testing.T) {
	store := state.NewMemory()
	b := newBench(t, Options{Config: oneUpstream(), Store: store})
	b.startWriter(t)
	u := b.upstream("api")
	v2 := u.version("v2")
	v2.endpoints[0].live.live.SetEjected(true)
	trip, guard := u.trips["v2"], u.guards[0].State.ID
	removed := u.version("v1").endpoints[1].live

	next := oneUpstream()
	next.Upstreams[0].Versions[0].Endpoints[1].Address = "127.0.0.9:1"
	next.Upstreams[0].Versions[1].Endpoints[1].Weight = 7
	next.Upstreams[0].Retry.Budget = 0.5
	next.Upstreams = append(next.Upstreams, upstreamConfig("more", ver{"v1", 1, 1}))
	res, err := b.Reload(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ReloadResult{Generation: 2, Changed: []string{"more"}}, res); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	n := b.upstream("api")
	if n.record.Revision != 1 || n.trips["v2"] != trip || n.guards[0].State.ID != guard || n.live != u.live {
		t.Errorf("a reload that leaves the split alone has made revision %d, or new trips, guards or live things", n.record.Revision)
	}
	w2 := n.version("v2")
	if w2.live != v2.live || w2.endpoints[0].live != v2.endpoints[0].live || w2.endpoints[1].weight != 7 || !w2.endpoints[0].live.live.Ejected() {
		t.Error("version v2 has lost what lives, or has not got its new weight")
	}
	if got := n.version("v1").endpoints[1].live; got == removed || n.version("v1").endpoints[0].live != u.version("v1").endpoints[0].live {
		t.Error("v1 has not kept one endpoint and replaced the other")
	}
	if n.shared != u.shared || n.retries == u.retries || n.proxied.Retry.Budget != n.retries {
		t.Error("another retry budget has not replaced just that")
	}
	if st := b.Status(); !st.Reload.OK || st.Generation != 2 {
		t.Errorf("status = %+v", st)
	}

	// An upstream that is gone is forgotten, with what was kept of it.
	if _, err := b.Reload(t.Context(), oneUpstream()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Upstream("more"); err == nil || kept(t, store)["more"] != nil {
		t.Error("a removed upstream is still there")
	}
}

func TestReloadReplacesTheSplit(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.startWriter(t)
	trip := b.upstream("api").trips["v2"]
	next := oneUpstream()
	next.Upstreams[0].Stable = "v2"
	next.Upstreams[0].Versions[0].Weight, next.Upstreams[0].Versions[1].Weight = 0, 100
	res, err := b.Reload(t.Context(), next)
	if err != nil || !slices.Equal(res.Changed, []string{"api"}) {
		t.Fatalf("Reload = %+v, %v", res, err)
	}
	v, _ := b.Upstream("api")
	if v.Stable != "v2" || v.Revision != 2 || v.Drift != "" || b.upstream("api").trips["v2"] == trip {
		t.Errorf("after the cut-over: %+v", v)
	}
	h, _ := b.History("api")
	if h[0].Source != SourceFile {
		t.Errorf("source = %s, want file", h[0].Source)
	}
}

// TestReloadIsRefusedWhole: one fault, and nothing of the file is applied; all
// faults are named at once.
func TestReloadIsRefusedWhole(t *testing.T) {
	store := state.NewMemory()
	cfg := func() *config.Config {
		return fileConfig(upstreamConfig("api", ver{"v1", 90, 2}, ver{"v2", 10, 2}),
			upstreamConfig("other", ver{"v1", 1, 1}), upstreamConfig("third", ver{"v1", 50, 1}, ver{"v2", 50, 1}))
	}
	b := newBench(t, Options{Config: cfg(), Store: store})
	b.startWriter(t)
	b.startRollout(t, "v2")
	views, values, world := b.Upstreams(), held(t, store), b.current.Load()

	next := cfg()
	next.Upstreams[0].Versions[1].Weight = 20
	next.Upstreams[0].Versions[0].Name = "v0"
	next.Upstreams[0].Stable = "v0"
	next.Upstreams[2].Versions[0].Weight = 60 // harmless by itself
	next.Upstreams = slices.Delete(next.Upstreams, 1, 2)
	next.Routes = slices.Delete(next.Routes, 1, 2)
	_, err := b.Reload(t.Context(), next)
	wantKind(t, err, Invalid)
	wantText(t, err,
		"weir.yaml:1:1: upstreams.api.stable: changed from v1 to v0",
		"weir.yaml:1:1: upstreams.api.versions.v0: added",
		"weir.yaml:1:1: upstreams.api.versions.v1: removed",
		"weir.yaml:1:1: upstreams.api.versions.v2.weight: changed from 10 to 20")
	gone := cfg()
	gone.Upstreams, gone.Routes = gone.Upstreams[1:], gone.Routes[1:]
	_, err = b.Reload(t.Context(), gone)
	wantKind(t, err, Invalid)
	wantText(t, err, "upstreams.api: removed")

	if b.current.Load() != world {
		t.Error("a refused reload has published something")
	}
	if diff := cmp.Diff(views, b.Upstreams()); diff != "" {
		t.Errorf("views (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(values, held(t, store)); diff != "" {
		t.Errorf("store (-before +after):\n%s", diff)
	}
	if st := b.Status().Reload; st.OK || st.Error == "" || st.At.IsZero() {
		t.Errorf("status = %+v, want why it was refused and when the last one was applied", st)
	}

	// The same rollout does not mind a file that only changes endpoints.
	next = cfg()
	next.Upstreams[0].Versions[1].Endpoints[1].Address = "127.0.0.9:1"
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Errorf("endpoints changed during a rollout: %v", err)
	}
	if b.upstream("api").record.running() == nil {
		t.Error("the rollout has ended")
	}
}

func TestReloadOfAnUnchangedFileNeedsNoStore(t *testing.T) {
	fail := false
	store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
		if fail {
			return state.ErrReadOnly
		}
		return nil
	}}
	b := newBench(t, Options{Config: oneUpstream(), Store: store})
	fail = true
	b.startWriter(t)
	if _, err := b.Reload(t.Context(), oneUpstream()); err != nil {
		t.Errorf("nothing to keep: %v", err)
	}
	next := oneUpstream()
	next.Upstreams[0].Versions[0].Weight = 80
	_, err := b.Reload(t.Context(), next)
	wantKind(t, err, Unavailable)
	if b.split("api").Weights["v1"] != 90 {
		t.Error("a file that could not be kept serves")
	}
}

func TestEndpointSettings(t *testing.T) {
	store := state.NewMemory()
	b := newBench(t, Options{Config: oneUpstream(), Store: store})
	b.startWriter(t)
	e := b.upstream("api").version("v1").endpoints[0]
	drain, up, five := "drain", "up", 5
	if _, err := b.SetEndpoint(t.Context(), "api", e.address, EndpointPatch{State: &drain, Weight: &five}, Meta{}); err != nil {
		t.Fatal(err)
	}
	shows := func(b *bench, state string, weight int) {
		t.Helper()
		v, _ := b.Upstream("api")
		got := v.Versions[0].Endpoints[0]
		if got.State != state || got.Weight != weight || v.Revision != 1 {
			t.Errorf("endpoint = %+v at revision %d, want %s with weight %d at 1", got, v.Revision, state, weight)
		}
	}
	shows(b, "drain", 5)
	for range 4 {
		if pick := b.upstream("api").version("v1").group.Pick(nil, false); pick != 1 {
			t.Fatalf("picked %d, want 1: the other one drains", pick)
		}
	}
	if _, err := b.Reload(t.Context(), oneUpstream()); err != nil {
		t.Fatal(err)
	}
	shows(b, "drain", 5)
	shows(newBench(t, Options{Config: oneUpstream(), Store: store}), "drain", 5)
	if _, err := b.SetEndpoint(t.Context(), "api", e.address, EndpointPatch{State: &up}, Meta{}); err != nil {
		t.Fatal(err)
	}
	shows(b, "up", 5)

	// What is gone from the file is forgotten.
	without := oneUpstream()
	without.Upstreams[0].Versions[0].Endpoints = without.Upstreams[0].Versions[0].Endpoints[1:]
	for _, cfg := range []*config.Config{without, oneUpstream()} {
		if _, err := b.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	shows(b, "up", 1)
}

// TestReloadNamesTheLine: also of names with a dot, which paths are not cut at.
func TestReloadNamesTheLine(t *testing.T) {
	load := func(weight string, more string) *config.Config {
		t.Helper()
		cfg, err := config.Parse("weir.yaml", []byte(`listeners:
  - {name: web, address: "127.0.0.1:8080"}
upstreams:
  shop.eu:
    stable: v1.1
    rollout: {steps: [{weight: 50%}, {weight: 100%}]}
    versions:
      v1.1: {weight: 100, endpoints: ["127.0.0.1:3001"]}
      v1.2:
        endpoints: ["127.0.0.1:3002"]
        weight: `+weight+`
`+more+`
routes:
  - {path: /, upstream: shop.eu}
`))
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	b := newBench(t, Options{Config: load("0", "")})
	b.startAll(t)
	if _, err := b.StartRollout(t.Context(), "shop.eu", StartOptions{To: "v1.2"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	_, err := b.Reload(t.Context(), load("5", "      v2.0-rc.1: {endpoints: [\"127.0.0.1:3003\"]}"))
	wantKind(t, err, Invalid)
	wantText(t, err,
		`weir.yaml:11:9: upstreams."shop.eu".versions."v1.2".weight: changed from 0 to 5, but rollout`,
		`weir.yaml:12:7: upstreams."shop.eu".versions."v2.0-rc.1": added, but rollout`)
}
