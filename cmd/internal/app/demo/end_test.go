package demo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

func TestBrokenPromisesAreNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*numbers, *api.Rollout, *api.Revision)
		want   string // empty: nothing is broken
	}{
		{"all well", func(*numbers, *api.Rollout, *api.Revision) {}, ""},
		{"user saw an error", func(n *numbers, r *api.Rollout, _ *api.Revision) {
			n.users.errors, n.users.first, r.Report.UserErrors = 1, errors.New("answer 500"), 1
		}, "answer 500"},
		{"too slow", func(n *numbers, _ *api.Rollout, _ *api.Revision) { n.exposure = 1001 * time.Millisecond }, "1001.0 ms"},
		{"never failed", func(n *numbers, r *api.Rollout, _ *api.Revision) { n.failed, r.Report.FailedAttempts = 0, 0 }, "0 bad answers"},
		{"not reverted", func(_ *numbers, r *api.Rollout, _ *api.Revision) { r.State = "succeeded" }, "ended as succeeded"},
		{"by somebody else", func(_ *numbers, _ *api.Rollout, v *api.Revision) { v.Source = "api" }, "by api"},
		{"still has traffic", func(_ *numbers, _ *api.Rollout, v *api.Revision) {
			v.Split = map[string]api.Share{"v1": {Weight: 90, Share: 0.9}}
		}, "want all traffic on v1"},
		{"hides failures", func(_ *numbers, r *api.Rollout, _ *api.Revision) { r.Report.FailedAttempts = 0 }, "0 failed attempts"},
		{"invents failures", func(_ *numbers, r *api.Rollout, _ *api.Revision) { r.Report.FailedAttempts = 99 }, "99 failed attempts"},
		{"attempts that were overdue", func(n *numbers, r *api.Rollout, _ *api.Revision) { n.users.late, r.Report.FailedAttempts = 3, 12 }, ""},
		{"more than were", func(n *numbers, r *api.Rollout, _ *api.Revision) { n.users.late, r.Report.FailedAttempts = 2, 12 }, "12 failed attempts"},
		{"hides users' errors", func(n *numbers, _ *api.Rollout, _ *api.Revision) { n.users.errors = 2 }, "0 users' errors, the users count 2"},
		{"no report", func(_ *numbers, r *api.Rollout, _ *api.Revision) { r.Report = nil }, "no report"},
	} {
		n := numbers{users: total{requests: 100}, failed: 9, exposure: 80 * time.Millisecond}
		r := &api.Rollout{State: "reverted", Report: &api.Report{FailedAttempts: 8}}
		v := api.Revision{Revision: 4, Source: "rollout", Stable: "v1", Split: map[string]api.Share{"v1": {Weight: 100, Share: 1}, "v2": {}}}
		c.change(&n, r, &v)
		got := strings.Join(scenarios["bad-canary"].broken(n, r, []api.Revision{v}), "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: broken = %q, want it to name %q", c.name, got, c.want)
		}
	}
}

func TestUnknownScenarioIsRefused(t *testing.T) {
	err := Run(t.Context(), Options{Scenario: "happy", Out: new(strings.Builder)})
	if err == nil || !strings.Contains(err.Error(), "bad-canary, good-canary, hanging-canary") {
		t.Errorf("Run: %v, want the scenarios that exist", err)
	}
}

// TestHeadlineSaysWhatWasMeasured: that no more requests came is one thing, that
// Weir had decided is another.
func TestHeadlineSaysWhatWasMeasured(t *testing.T) {
	n := numbers{failed: 9, exposure: 75600 * time.Microsecond}
	seconds := 0.1214
	r := &api.Rollout{State: "reverted", Reason: "worse: 8 of 10 failed", Report: &api.Report{SecondsToZero: &seconds}}
	got := strings.Join(n.headline(r, failing), "\n")
	want := "reverted: 75.6 ms from v2's first bad answer to its last request\n" +
		"  first bad answer to last canary request  75.6 ms (v2's own log)\n" +
		"  first failure to weight 0                121.4 ms (Weir's report)"
	if got != want {
		t.Errorf("headline\n%s\nwant\n%s", got, want)
	}
	if got := (&numbers{}).headline(&api.Rollout{State: "succeeded", Reason: "succeeded: v2 is stable"}, fault{}); len(got) != 1 || got[0] != "succeeded: v2 is stable" {
		t.Errorf("headline of a good version = %q", got)
	}
}

func TestBrokenPromiseStaysUp(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, true},
		{fmt.Errorf("%w: 1 users saw an error", ErrBroken), true},
		{errors.New("no answer from the admin API"), false},
	} {
		if got := played(c.err); got != c.want {
			t.Errorf("after %v: stays up %v, want %v", c.err, got, c.want)
		}
	}
}
