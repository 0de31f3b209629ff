package rollout_test

import (
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// In a shared outage being over the limit is nobody's fault, however the two
// compare at the moment: the candidate of a few requests looks much worse, or
// much better, by luck. It holds until *worse* itself says that it is the release.
func TestSharedOutageIsLeftToWorse(t *testing.T) {
	b := begin(t, at(10), 0)
	b.serve(900, 0, 100, 0)
	b.wait(time.Second)
	for range 8 { // both begin to fail alike
		b.serve(90, 27, 10, 3)
		b.wait(0)
		b.now = b.now.Add(time.Second)
	}
	b.want(rollout.Holding, 10, "shared outage: v2 failed")
	for range 60 { // and then the candidate fails much more
		b.serve(18, 3, 2, 2)
		b.wait(time.Second)
		if b.state.Phase != rollout.Holding {
			break
		}
		if !strings.Contains(b.state.Reason, "shared outage") {
			t.Errorf("holding, but for another reason: %s", b.state.Reason)
		}
	}
	b.want(rollout.Reverting, 0, "worse: v2 failed")
}
