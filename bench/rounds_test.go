package main

import "testing"

// The ratio is of the two in one round, not of two medians: a round in which the
// machine was slow must not count for one of them only.
func TestRatioIsPerRound(t *testing.T) {
	samples := map[string][]sample{
		"weir":  {{cpu: 11}, {cpu: 220}, {cpu: 33}},
		"nginx": {{cpu: 10}, {cpu: 200}, {cpu: 30}},
	}
	if got := ratio(samples, "weir", "nginx"); got < 1.099 || got > 1.101 {
		t.Errorf("ratio = %v, want 1.1", got)
	}
}
