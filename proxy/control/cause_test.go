package control

import (
	"testing"
	"time"

	"weir/proxy/control/state"
)

// TestEndpointsSayWhyTheyAreNotUsed: by an operator with name and reason, also across
// restarts; by the file; by checks, ejection, weight and as a backup.
func TestEndpointsSayWhyTheyAreNotUsed(t *testing.T) {
	cfg := oneUpstream()
	v1, v2 := &cfg.Upstreams[0].Versions[0], &cfg.Upstreams[0].Versions[1]
	v2.Endpoints[0].State = "down"
	store := state.NewMemory()
	b := newBench(t, Options{Config: cfg, Store: store})
	b.startWriter(t)
	wants := func(b *bench, version, i int, cause string, since time.Time) {
		t.Helper()
		u, _ := b.Upstream("api")
		e := u.Versions[version].Endpoints[i]
		if e.Cause != cause || !since.IsZero() && !e.Since.Equal(since) {
			t.Errorf("%s: %q since %v, want %q since %v", e.Address, e.Cause, e.Since, cause, since)
		}
		if e.Since.IsZero() || time.Since(e.Since) > time.Minute {
			t.Errorf("%s: since %v, want a moment ago", e.Address, e.Since)
		}
	}
	wants(b, 0, 0, "", time.Time{})
	wants(b, 1, 0, "down by the file", time.Time{})

	drain, five := "drain", 5
	if _, err := b.SetEndpoint(t.Context(), "api", v1.Endpoints[0].Address, EndpointPatch{State: &drain}, Meta{Author: "ann", Reason: "new disk"}); err != nil {
		t.Fatal(err)
	}
	u, _ := b.Upstream("api")
	since := u.Versions[0].Endpoints[0].Since
	wants(b, 0, 0, "drain by ann: new disk", since)
	for _, p := range []EndpointPatch{{State: &drain}, {Weight: &five}} { // what changes no state tells nothing of who did
		if _, err := b.SetEndpoint(t.Context(), "api", v1.Endpoints[0].Address, p, Meta{Author: "bob"}); err != nil {
			t.Fatal(err)
		}
	}
	wants(newBench(t, Options{Config: cfg, Store: store}), 0, 0, "drain by ann: new disk", since)

	up := "up"
	if _, err := b.SetEndpoint(t.Context(), "api", v1.Endpoints[0].Address, EndpointPatch{State: &up}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if o := b.upstream("api").record.Endpoints["v1"][v1.Endpoints[0].Address]; o != (override{Weight: 5}) {
		t.Errorf("kept of it: %+v, want the weight alone", o)
	}
	wants(b, 0, 0, "", time.Time{})

	if _, err := b.SetSplit(t.Context(), "api", map[string]float64{"v1": 100, "v2": 0}, Meta{}); err != nil {
		t.Fatal(err)
	}
	wants(b, 1, 1, "v2 has weight 0", time.Time{})
}

func TestBackupsSayWhyTheyWait(t *testing.T) {
	cfg := oneUpstream()
	cfg.Upstreams[0].Versions[0].Endpoints[1].Backup = true
	b := newBench(t, Options{Config: cfg})
	cause := func() string {
		u, _ := b.Upstream("api")
		return u.Versions[0].Endpoints[1].Cause
	}
	if got, want := cause(), "a backup, and others of v1 can be used"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.upstream("api").version("v1").endpoints[0].live.live.SetEjected(true)
	if got := cause(); got != "" {
		t.Errorf("nobody else is left: %q, want nothing", got)
	}
}
