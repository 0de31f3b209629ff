package simulate_test

import (
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// Half of the answers lie below the median, and as many are late as should be.
func TestLatencies(t *testing.T) {
	w := simulate.New(1, plan(), 2)
	w.StableLatency = simulate.NewLatency(50*time.Millisecond, 0.8, 0, 0)
	w.CandidateLatency = simulate.NewLatency(50*time.Millisecond, 0.1, 0.1, 2*time.Second)
	w.Run(time.Minute)
	below := func(l *rollout.Latency, limit time.Duration) float64 {
		var mark rollout.Latency
		mark.Add(limit)
		n, all, found := uint64(0), uint64(0), false
		for i, c := range l {
			all += c
			if !found {
				n += c
			}
			found = found || mark[i] > 0
		}
		return float64(n) / float64(all)
	}
	for _, c := range []struct {
		name       string
		latency    *rollout.Latency
		limit      time.Duration
		from, upto float64
	}{
		{"stable below its median", w.Observed.StableLatency, 50 * time.Millisecond, 0.47, 0.55},
		{"stable below its p99", w.Observed.StableLatency, 321 * time.Millisecond, 0.985, 0.995},
		{"candidate below 100 ms", w.Observed.CandidateLatency, 100 * time.Millisecond, 0.87, 0.93},
	} {
		if got := below(c.latency, c.limit); got < c.from || got > c.upto {
			t.Errorf("%s: %v, want %v to %v", c.name, got, c.from, c.upto)
		}
	}
}
