package control

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
)

// judgedBy is an upstream whose rollout waits at 10 % under rules of its own.
func judgedBy(revert func(*config.Revert)) *config.Config {
	u := upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})
	u.Rollout.Steps = []config.Step{{Percent: 10, Pause: true}, {Percent: 100}}
	revert(&u.Rollout.Revert)
	return fileConfig(u)
}

// answer has 1000 requests a second answered until ctx ends, as a version's way says.
func answer(ctx context.Context, b *bench, way func(v *version, e *liveEndpoint)) {
	attempts(ctx, b, 10*time.Millisecond, func(u *upstream, v *version, e *liveEndpoint) {
		v.live.stats.First(0, outcome.OK)
		e.stats.Record(outcome.OK, true)
		u.shared.Users.Done(0, 200, false, 5*time.Millisecond)
		way(v, e)
	})
}

// took records a latency as the proxy does.
func took(v *version, e *liveEndpoint, d time.Duration) {
	if above := v.live.stats.FirstByte(0, true, d); above > 0 {
		e.stats.Slow(above)
	}
}

// The rules of the file meet what the proxy counts.
func TestEvidenceMeetsTheRules(t *testing.T) {
	n := 0
	spread := func(factor time.Duration) time.Duration { // 10 to 100 ms
		n++
		return factor * time.Duration(10+n*7%91) * time.Millisecond
	}
	for _, tt := range []struct {
		name   string
		revert func(*config.Revert)
		way    func(v *version, e *liveEndpoint)
		phase  rollout.Phase
		says   string
	}{
		{"404 to everything", func(r *config.Revert) { r.ClientErrors = config.Hold }, func(v *version, _ *liveEndpoint) {
			if v.name == "v2" {
				v.live.stats.ClientError(0)
			}
		}, rollout.Holding, "client_errors: "},
		{"404 to everything, ignored", func(r *config.Revert) { r.ClientErrors = config.Ignore }, func(v *version, _ *liveEndpoint) {
			if v.name == "v2" {
				v.live.stats.ClientError(0)
			}
		}, rollout.Paused, ""},
		{"slow", func(r *config.Revert) { r.Latency, r.WarmUp = true, 5*time.Second }, func(v *version, e *liveEndpoint) {
			if v.name == "v2" {
				took(v, e, spread(3))
			} else {
				took(v, e, spread(1))
			}
		}, rollout.Reverted, "answers of v2 came later than"},
		{"one slow endpoint", func(r *config.Revert) { r.Latency, r.WarmUp = true, 5*time.Second }, func(v *version, e *liveEndpoint) {
			if v.name == "v2" && e == v.endpoints[1].live {
				took(v, e, spread(30))
			} else {
				took(v, e, spread(1))
			}
		}, rollout.Paused, ""},
		{"as the split says", func(r *config.Revert) { r.SampleRatio = config.Hold }, func(*version, *liveEndpoint) {}, rollout.Paused, ""},
		{"twice what the split says", func(r *config.Revert) { r.SampleRatio = config.Hold }, func(v *version, _ *liveEndpoint) {
			if v.name == "v2" {
				v.live.stats.First(0, outcome.OK)
			}
		}, rollout.Holding, "sample_ratio: "},
		{"over a plain latency", func(r *config.Revert) {
			r.PlainLatency = config.PlainLatency{Quantile: 0.5, Over: 40 * time.Millisecond, Window: 10 * time.Second, MinRequests: 50}
		}, func(v *version, e *liveEndpoint) {
			if v.name == "v2" {
				took(v, e, 90*time.Millisecond)
			} else {
				took(v, e, time.Millisecond)
			}
		}, rollout.Reverted, "latency: p50 over max_latency_plain 40ms in 10s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: judgedBy(tt.revert)})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go answer(ctx, b, tt.way)
				b.startAll(t)
				if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				s, err := b.Rollout("api")
				if err != nil || s.Phase != tt.phase || !strings.Contains(s.Reason, tt.says) {
					t.Errorf("after a minute %s: %s (%v); want %s, with %q", s.Phase, s.Reason, err, tt.phase, tt.says)
				}
			})
		})
	}
}
