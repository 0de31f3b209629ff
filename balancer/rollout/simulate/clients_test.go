package simulate_test

import (
	"math"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// keyed is a world at 10 % whose busiest client, of a tenth of the traffic, always
// fails and is the candidate's.
func keyed(dedupe bool) *simulate.World {
	c := simulate.NewClients(10, 0, func(k int) float64 {
		if k == 0 {
			return 1
		}
		return 0
	})
	c.Dedupe, c.Early = dedupe, 1
	p := plan()
	p.Steps = []rollout.PlanStep{{Percent: 10, Pause: true}, {Percent: 100}}
	w := simulate.New(3, p, 2)
	w.Clients = c
	return w
}

// A client's further failures are nobody's but its own.
func TestDedupe(t *testing.T) {
	w := keyed(true)
	if w.Run(time.Minute) == rollout.Reverting {
		t.Errorf("reverted for one client: %s", w.State.Reason)
	}
	o := &w.Observed
	if o.Candidate.Failures != 1 || o.Stable.Failures != 0 || w.Failures < 500 || w.Failures > 700 {
		t.Errorf("%d failures counted of %d, want one of about 600", o.Candidate.Failures, w.Failures)
	}
	if n := o.Users; n < 5900 || n > 6100 {
		t.Errorf("%d requests, want 6000", n)
	}
	if w = keyed(false); w.Run(time.Minute) != rollout.Reverting {
		t.Errorf("each failure counted: %s, want it reverted", w.State.Phase)
	}
}

// Each client stays where it is, and what its requests are is its part of the traffic.
func TestClientsStay(t *testing.T) {
	c := simulate.NewClients(1000, 1, func(int) float64 { return 0.01 })
	p := plan()
	p.Steps = []rollout.PlanStep{{Percent: 50, Pause: true}, {Percent: 100}}
	w := simulate.New(1, p, 2)
	w.Clients = c
	var parts []float64
	for range 3 {
		before := w.Observed
		w.Run(time.Minute)
		candidate := w.Observed.Candidate.Requests - before.Candidate.Requests
		parts = append(parts, float64(candidate)/float64(candidate+w.Observed.Stable.Requests-before.Stable.Requests))
	}
	for _, part := range parts[1:] {
		if math.Abs(part-parts[0]) > 0.04 {
			t.Errorf("the candidate's part of the requests minute by minute is %v, want it to stay", parts)
		}
	}
}
