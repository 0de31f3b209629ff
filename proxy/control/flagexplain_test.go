package control

import (
	"testing"

	"weir/proxy/control/state"
	"weir/proxy/flag"
)

// TestWhoIsInByWhichStep: before the rollout as within it, and after it has moved.
func TestWhoIsInByWhichStep(t *testing.T) {
	c := runFlags(t, rampFile(t, rampDefinitions), state.NewMemory())
	const key = "new-checkout"
	staff, beta, early, late, nobody := map[string]any{"group": "staff"}, map[string]any{"plan": "beta", "targetingKey": "u1"},
		map[string]any{"targetingKey": "user-9"}, map[string]any{"targetingKey": "u1"}, map[string]any(nil)
	check := func(who map[string]any, step int, by string, at int, decidedBy string) {
		t.Helper()
		e, err := c.ExplainFlag(key, who)
		if err != nil {
			t.Fatal(err)
		}
		r := e.Ramp
		if r.Step != step || r.By != by || r.At != at || r.Running != (at > 0) || r.Steps != 4 || r.To != "on" || e.By != decidedBy {
			t.Errorf("%v: %+v by %s, want step %d by %s at %d, by %s", who, r, e.By, step, by, at, decidedBy)
		}
		if r.Named != (who["targetingKey"] != nil) || r.Named && (r.Place < 10) != (by == "10%") && by != "beta" {
			t.Errorf("%v: at %v, named %v", who, r.Place, r.Named)
		}
	}
	check(staff, 1, "internal", 0, flag.ByDefault)
	check(beta, 2, "beta", 0, flag.ByDefault)
	check(early, 3, "10%", 0, flag.ByDefault)
	check(late, 4, "100%", 0, flag.ByDefault)
	check(nobody, 4, "100%", 0, flag.ByDefault)
	if _, err := c.StartRamp(t.Context(), key, RampOptions{}, Meta{}); err != nil {
		t.Fatal(err)
	}
	check(staff, 1, "internal", 1, flag.ByRampSegment)
	check(beta, 2, "beta", 1, flag.ByDefault)
	check(early, 3, "10%", 1, flag.ByDefault)
}
