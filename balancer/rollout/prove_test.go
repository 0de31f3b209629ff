//go:build prove

package rollout_test

import (
	"fmt"
	"testing"
	"time"
)

// TestProveHealthyRamps is TestSimulationHealthyRamps with more of everything:
// 10 000 ramps, looked at as often as the engine looks, with seeds of their own.
// No row may hide behind the others.
func TestProveHealthyRamps(t *testing.T) {
	const otherSeeds = 1 << 32
	for _, r := range []healthyRow{
		{100, 0.001, 2000}, {100, 0.005, 2000}, {100, 0.02, 2000}, {20, 0.02, 1500}, {1000, 0.001, 1500}, {100, 0.04, 1000},
	} {
		t.Run(fmt.Sprintf("%v a second, %v fail", r.rps, r.rate), func(t *testing.T) {
			t.Parallel()
			r.run(t, 100*time.Millisecond, otherSeeds)
		})
	}
}
