package main

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

func somePlan() api.Plan {
	s := func(f float64) *float64 { return &f }
	return api.Plan{
		Strategy: "canary", From: "v1", To: "v2", RequestsPerSecond: 123.44, ErrorRate: 0.00123, ErrorRateSource: "window", Bake: 300, Least: s(461),
		Steps: []api.PlanStep{
			{Weight: 0.5, Hold: 60, Least: s(160), Requests: 98.7, Seen: api.Seen{Double: s(4000), Five: s(125.4), Ten: s(42.04), Dead: s(4.231), Hanging: s(5.331)}},
			{Weight: 50, Least: s(0.25), Requests: 20, Pause: true, Seen: api.Seen{Dead: s(0.12), Hanging: s(1.22)}},
			{Weight: 100, Certified: true, MaxHold: 600, Least: s(0.2), Requests: 20},
		},
	}
}

func TestRolloutPlan(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() { f.mu.plan = somePlan() })
	stdout, stderr, code := f.weir("rollout", "plan", "api")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
canary from v1 to v2
123.4 requests a second; v1 failed 0.123% in the last ten seconds

STEP  SHARE  HOLD  AT LEAST  REQUESTS  2X ERRORS  5X    10X  DEAD   HANGING  WAITS FOR
1     0.5%   1m    2m40s     99        1h6m40s    2m5s  42s  4.23s  5.33s    -
2     50%    0s    250ms     20        -          -     -    120ms  1.22s    promote
3     100%   0s    200ms     20        -          -     -    -      -        certificate, at most 10m

bake 5m; at least 7m41s in all, and what steps wait for
`)
	stdout, stderr, code = f.weir("rollout", "plan", "--flag", "new-checkout")
	if want := "1     internal  1m    1m        -         -          -   -    -      -        promote\n"; code != 0 || stderr != "" || !strings.Contains(stdout, want) {
		t.Errorf("exit %d, stderr %q:\n%s\nwant %q in it", code, stderr, stdout, want)
	}
	stdout, stderr, code = f.weir("rollout", "plan", "api", "--to", "v2", "-o", "json")
	var p api.Plan
	if err := json.Unmarshal([]byte(stdout), &p); err != nil || code != 0 || stderr != "" || len(p.Steps) != 3 || p.Steps[1].Seen.Double != nil {
		t.Errorf("exit %d, stderr %q: %v in %s", code, stderr, err, stdout)
	}
}

func TestRolloutPlanWithoutTraffic(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() {
		f.mu.plan = api.Plan{Strategy: "canary", From: "v1", To: "v2", ErrorRateSource: "assumed", Bake: 300, Steps: []api.PlanStep{{Weight: 100, Hold: 5}}}
	})
	stdout, stderr, code := f.weir("rollout", "plan", "api")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
canary from v1 to v2
no traffic on v1 and v2 in the last ten seconds: how long things take cannot be said

STEP  SHARE  HOLD  AT LEAST  REQUESTS  2X ERRORS  5X  10X  DEAD  HANGING  WAITS FOR
1     100%   5s    -         -         -          -   -    -     -        -

bake 5m
`)
}

func TestRolloutPlanOfPinnedWrites(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() {
		f.mu.plan = somePlan()
		f.mu.plan.Steps[1].Writes = true
	})
	stdout, _, _ := f.weir("rollout", "plan", "api")
	if want := "\nwrites stay with v1 until step 2, and go to v2 from there on\n\nbake "; !strings.Contains(stdout, want) {
		t.Errorf("%q: want %q in it", stdout, want)
	}
}

func TestRolloutPlanOfGates(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() {
		f.mu.plan = somePlan()
		f.mu.plan.Steps[1].Ahead = []string{"data"}
		f.mu.plan.Gates = []api.PlanGate{
			{Name: "data", At: "before_step"}, {Name: "smoke", At: "after_switch"}, {Name: "contract", At: "after_finish"},
			{Name: "boss", At: "before_finish"}, {Name: "pager", At: "on_revert"}, {Name: "logs", At: "after_switch"},
		}
	})
	stdout, _, _ := f.weir("rollout", "plan", "api")
	want := "before step 2: data\nin the bake: smoke, logs\nat the end of the bake: boss\nwhen v1 has retired: contract\nafter a revert, which waits for none: pager\n\nbake "
	if !strings.Contains(stdout, want) {
		t.Errorf("%q: want %q in it", stdout, want)
	}
}
