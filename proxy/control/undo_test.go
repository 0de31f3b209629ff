package control

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
)

func TestUndoToARevision(t *testing.T) {
	three := func() *bench {
		b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}, ver{"v3", 0, 1}))})
		b.startWriter(t)
		for _, w := range []weights{{"v1": 70, "v3": 30}, {"v1": 50, "v2": 50}} { // revisions 2 and 3
			if _, err := b.SetSplit(t.Context(), "api", w, Meta{}); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	b := three()
	trip := b.upstream("api").trips["v2"]
	u, err := b.Undo(t.Context(), "api", 2, Meta{Author: "ann"})
	if err != nil || u.Revision != 4 {
		t.Fatalf("Undo = %+v, %v, want revision 4", u, err)
	}
	if diff := cmp.Diff(weights{"v1": 70, "v2": 0, "v3": 30}, b.split("api").Weights); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	h, _ := b.History("api")
	if h[0].Source != SourceUndo || h[0].Author != "ann" || h[0].Reason != "back to revision 2" || b.upstream("api").trips["v2"] == trip {
		t.Errorf("revision = %+v, or the old trips", h[0])
	}

	// v3 is gone: what needs it cannot come back, the rest can.
	b = three()
	if _, err := b.Reload(t.Context(), fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))); err != nil {
		t.Fatal(err)
	}
	_, err = b.Undo(t.Context(), "api", 2, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "v3", "no longer configured")
	if _, err := b.Undo(t.Context(), "api", 3, Meta{}); err != nil {
		t.Errorf("undo to a split without v3: %v", err)
	}

	// Nobody goes back to what does not answer.
	b = three()
	b.upstream("api").version("v1").endpoints[0].live.live.SetCheck(balancer.CheckDown)
	_, err = b.Undo(t.Context(), "api", 2, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "v1", "no usable endpoint")
}

// TestUndoPassesOverSplitsWithTheSameStable: the default goes to the newest
// settled split with another stable, as often as there is one.
func TestUndoPassesOverSplitsWithTheSameStable(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))})
	b.startWriter(t)
	next := fileConfig(upstreamConfig("api", ver{"v1", 0, 1}, ver{"v2", 100, 1}))
	next.Upstreams[0].Stable = "v2"
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 60, "v2": 40}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 5, "v2": 95}, Meta{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []split{onlyWeights(60, 40), {"v2", weights{"v1": 5, "v2": 95}}} {
		if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.split("api")); diff != "" {
			t.Errorf("after undo (-want +got):\n%s", diff)
		}
	}
	if v, _ := b.Upstream("api"); v.Drift != "" {
		t.Errorf("drift = %q although the file's stable serves", v.Drift)
	}
}
