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
