//go:build !race

package rollout_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// TestSimulationOrdinaryFailuresOfWrites revert nobody: at half of the limit, in half an
// hour of a hundred rollouts each.
func TestSimulationOrdinaryFailuresOfWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	reverted, held := 0, 0
	for range 100 {
		b := switching(t, 10)
		for range 1800 {
			b.serve(90, 0, 10, 0)
			failed := uint64(0)
			for range 20 {
				if random.Float64() < 0.025 {
					failed++
				}
			}
			b.write(0, 0, 20, failed)
			b.now = b.now.Add(time.Second)
			b.wait(0)
			if b.state.Phase == rollout.Reverting {
				reverted++
				break
			}
			if b.state.Phase == rollout.Holding {
				held++
			}
		}
	}
	if reverted > 0 || held > 0 {
		t.Errorf("%d reverted, %d looks that held", reverted, held)
	}
}
