package control

import (
	"math"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
)

// heard lets a version look as if it had had so much in the last ten seconds.
func (b *bench) heard(version string, requests, errors uint64) {
	s := &outcome.Summary{Requests: requests, Errors: errors, Span: 10 * time.Second}
	if requests > 0 {
		s.ErrorRate = float64(errors) / float64(requests)
	}
	b.upstream("api").version(version).live.summary.Store(s)
}

func TestPlanGoesByTheLiveRate(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.heard("v1", 900, 18)
	b.heard("v2", 100, 50)
	p, err := b.Plan("api", "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Plan.From != "v1" || p.Plan.To != "v2" || p.RPS != 100 || p.ErrorRate != 0.02 || p.Source != RateOfWindow {
		t.Errorf("%+v, want v1 to v2 at 100 rps, of which 2 %% fail", p)
	}
	if len(p.Steps) != 3 || p.Steps[0].Least != 2*time.Second || math.Abs(p.Steps[0].Requests-20) > 0.01 {
		t.Errorf("steps %+v, want 20 requests at 10 %% in 2 s first", p.Steps)
	}
	for _, s := range p.Steps[:2] {
		if !(s.Hanging < rollout.Never && s.Dead < s.Hanging && s.Dead < s.Ten && s.Ten < s.Five && s.Five < s.Double) {
			t.Errorf("at %v %%: %+v, want what is worse to be seen sooner", s.Percent, s)
		}
	}
	if want := 2*time.Second + time.Second + 200*time.Millisecond + 5*time.Minute; p.Least != want {
		t.Errorf("at least %v, want %v", p.Least, want)
	}
}

func TestPlanWithFewFailures(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.heard("v1", 900, 1)
	if p, err := b.Plan("api", "v2"); err != nil || p.Source != RateAssumed || p.ErrorRate != 0.001 {
		t.Errorf("nothing counted yet: %+v, %v", p, err)
	}
	stats := b.upstream("api").version("v1").live.stats
	for i := range 5000 {
		kind := outcome.OK
		if i < 10 {
			kind = outcome.Error
		}
		stats.First(0, kind)
	}
	if p, err := b.Plan("api", "v2"); err != nil || p.Source != RateSinceRun || p.ErrorRate != 0.002 {
		t.Errorf("10 of 5000: %+v, %v", p, err)
	}
}

func TestPlanWithoutTraffic(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	p, err := b.Plan("api", "v2")
	if err != nil || p.RPS != 0 || p.Least != rollout.Never || p.Steps[0].Dead != rollout.Never {
		t.Errorf("%+v, %v, want no times", p, err)
	}
}

// While a rollout runs its plan is shown, and none to another version.
func TestPlanOfTheRunningRollout(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}, ver{"v3", 0, 1}))})
	b.startWriter(t)
	if _, err := b.Plan("api", ""); err == nil {
		t.Error("no version named of two")
	} else {
		wantKind(t, err, Invalid)
		wantText(t, err, "want one of v2, v3")
	}
	for to, kind := range map[string]Kind{"v1": Invalid, "v9": NotFound} {
		_, err := b.Plan("api", to)
		wantKind(t, err, kind)
	}
	if _, err := b.Plan("other", ""); err == nil {
		t.Error("no such upstream")
	}
	b.startRollout(t, "v3")
	if p, err := b.Plan("api", ""); err != nil || p.Plan.To != "v3" {
		t.Errorf("%+v, %v, want the running rollout's plan", p, err)
	}
	_, err := b.Plan("api", "v2")
	wantKind(t, err, Conflict)
}
