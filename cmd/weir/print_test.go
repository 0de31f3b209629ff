package main

import (
	"testing"

	"weir/proxy/admin/api"
)

// TestAvailabilityIsNotRoundedUp: 100% beside a user's error would be a lie.
func TestAvailabilityIsNotRoundedUp(t *testing.T) {
	for _, tt := range []struct {
		availability float64
		want         string
	}{
		{100, "100%"},
		{99.9999, "99.999%"},
		{99.99999999, "99.999%"},
		{99.9, "99.9%"},
		{29.3, "29.3%"},
		{0, "0%"},
	} {
		want := "9 requests, 1 user errors, availability " + tt.want + ", 2 failed attempts"
		if got := reportLine(&api.Report{Requests: 9, UserErrors: 1, Availability: tt.availability, FailedAttempts: 2}); got != want {
			t.Errorf("availability %v: %s, want %s", tt.availability, got, want)
		}
	}
}

// TestRolloutLineSaysNothingTwice: reasons have the state and the place in the plan
// in them, or not.
func TestRolloutLineSaysNothingTwice(t *testing.T) {
	const ramp = "rollout r1 (canary) v1 to v1.2, step 2 of 4, v1.2 at 10%: "
	for _, tt := range []struct{ state, reason, want string }{
		{"progressing", "step 2 of 4: v1.2 at 10%", ramp + "progressing"},
		{"progressing", "step 2 of 4: v1.2 at 10.00001%: resumed by operator, by ann", ramp + "progressing: resumed by operator, by ann"},
		{"paused", "step 2 of 4: v1.2 at 10%: paused by operator", ramp + "paused by operator"},
		{"holding", "holding: unusable: v1.2 has no usable endpoint", ramp + "holding: unusable: v1.2 has no usable endpoint"},
		{"reverted", "worse: 8 of 10 failed", ramp + "reverted: worse: 8 of 10 failed"},
	} {
		r := api.Rollout{ID: "r1", Strategy: "canary", From: "v1", To: "v1.2", State: tt.state, Step: 2, Steps: 4, Weight: 10, Reason: tt.reason}
		if got := rolloutLine(r); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	guard := api.Rollout{To: "v2", State: "holding", Reason: "holding: unusable: v2 has no usable endpoint"}
	if got, want := rolloutLine(guard), "guard of v2: holding: unusable: v2 has no usable endpoint"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
