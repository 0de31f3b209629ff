package rollout_test

import (
	"testing"
	"time"

	"weir/balancer/rollout"
)

// TestFewRequests: with one every few seconds no second has any of both versions, and
// still a dead candidate is told from a shared outage.
func TestFewRequests(t *testing.T) {
	for _, every := range []time.Duration{2 * time.Second, 5 * time.Second} {
		b := begin(t, at(50), 0)
		b.wait(0)
		for range 15 {
			b.serve(0, 0, 1, 1)
			b.wait(every)
			if b.state.Phase == rollout.Reverting {
				break
			}
			b.serve(1, 0, 0, 0)
			b.wait(every)
		}
		b.want(rollout.Reverting, 0, "errors: v2 failed")
	}
}

// TestFewRequestsOfVersionsAlike: both fail every third time.
func TestFewRequestsOfVersionsAlike(t *testing.T) {
	b := begin(t, at(50), 0)
	for i := range 300 {
		failed := uint64(0)
		if i%6 < 2 { // one of each
			failed = 1
		}
		if i%2 == 0 {
			b.serve(0, 0, 1, failed)
		} else {
			b.serve(1, failed, 0, 0)
		}
		b.wait(3 * time.Second)
	}
	b.want(rollout.Holding, 50, "shared outage")
}
