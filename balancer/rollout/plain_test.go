package rollout_test

import (
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

func plainly(errors rollout.PlainErrors, latency rollout.PlainLatency) rollout.Plan {
	p := at(50)
	p.Rules.MaxErrorRate = 0
	p.Rules.Tolerate = 100 // so that nothing else decides
	p.Rules.PlainErrors, p.Rules.PlainLatency = errors, latency
	return p
}

func TestPlainErrors(t *testing.T) {
	rule := rollout.PlainErrors{Rate: 0.05, Window: time.Minute, MinRequests: 100}
	b := begin(t, plainly(rule, rollout.PlainLatency{}), 0)
	second := func(stable, candidate uint64) {
		b.serve(30, stable, 30, candidate)
		b.wait(time.Second)
	}
	second(0, 2)
	second(0, 2) // 7 %, of 60 requests
	b.want(rollout.Paused, 50, "")
	for range 60 {
		second(0, 1) // 3 %
	}
	b.want(rollout.Paused, 50, "")
	for range 30 {
		second(3, 3) // both 10 %
	}
	b.want(rollout.Holding, 50, "plain: v2 failed ")
	for range 90 {
		second(0, 0)
	}
	b.want(rollout.Paused, 50, `"plain" has been gone for 10s`)
	for range 40 {
		if b.state.Phase != rollout.Reverting {
			second(0, 3)
		}
	}
	b.want(rollout.Reverting, 0, "over max_error_rate_plain 5%")
	if !strings.HasPrefix(b.state.Reason, "errors: ") {
		t.Errorf("reason %q", b.state.Reason)
	}
}

func TestPlainLatency(t *testing.T) {
	rule := rollout.PlainLatency{Quantile: 0.9, Over: 500 * time.Millisecond, Window: 30 * time.Second, MinRequests: 50}
	b := begin(t, plainly(rollout.PlainErrors{}, rule), 0)
	var candidate, stable rollout.Latency
	b.obs.CandidateLatency, b.obs.StableLatency = &candidate, &stable
	b.wait(1100 * time.Millisecond)
	second := func(slowStable, slow int) {
		for i := range 20 {
			a, c := 10*time.Millisecond, 10*time.Millisecond
			if i < slowStable {
				a = time.Second
			}
			if i < slow {
				c = time.Second
			}
			stable.Add(a)
			candidate.Add(c)
		}
		b.serve(20, 0, 20, 0)
		b.wait(1100 * time.Millisecond)
	}
	for range 40 {
		second(0, 2) // one in ten is what p90 allows
	}
	for range 40 {
		second(1, 1)
	}
	b.want(rollout.Paused, 50, "")
	for range 20 {
		second(6, 6)
	}
	b.want(rollout.Holding, 50, "plain: p90 over max_latency_plain 500ms")
	for range 60 {
		second(0, 0)
	}
	for range 20 {
		if b.state.Phase != rollout.Reverting {
			second(0, 6)
		}
	}
	b.want(rollout.Reverting, 0, "latency: p90 over max_latency_plain 500ms in 30s: ")
}
