package rollout_test

import (
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// until is a plan whose first step waits for a certificate.
func until(undecided string) rollout.Plan {
	p := defaultPlan()
	p.OnUndecided = undecided
	p.Certify = rollout.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}
	p.Steps = []rollout.PlanStep{
		{Percent: 10, Hold: time.Minute, Certified: true, MaxHold: 10 * time.Minute}, {Percent: 50, Pause: true}, {Percent: 100},
	}
	return p
}

// proven is traffic that nothing is wrong with, more than a certificate needs.
func (b *bench) proven() { b.serve(9000, 0, 1000, 0) }

func TestCertifiedStepNeedsItsHoldToo(t *testing.T) {
	b := begin(t, until(""), 0)
	b.proven()
	b.wait(50 * time.Second)
	b.want(rollout.Progressing, 10, "step 1 of 3")
	if !b.state.Certified() {
		t.Error("a thousand requests without a failure are no certificate")
	}
	if got := b.state.WaitsFor(); got != "hold: 10s to go; 20 of 20 requests" {
		t.Errorf("waits for %q", got)
	}
	b.wait(20 * time.Second)
	b.want(rollout.Paused, 50, "; certified to fail less than 2 times as often as v1 or less than 1% of the time")
}

// Once is enough: a later step asks for the same.
func TestCertifiedStepWaitsForItsCertificate(t *testing.T) {
	b := begin(t, until(""), 0)
	b.serve(900, 0, 100, 0)
	b.wait(5 * time.Minute)
	b.want(rollout.Progressing, 10, "step 1 of 3")
	if got := b.state.WaitsFor(); got != "hold: 0s to go; 20 of 20 requests; certificate: 5m0s to go until max_hold" {
		t.Errorf("waits for %q", got)
	}
	b.proven()
	b.wait(2 * time.Second)
	b.want(rollout.Paused, 50, "certified")
}

func TestUndecided(t *testing.T) {
	for _, c := range []struct {
		plan    string
		phase   rollout.Phase
		percent float64
		reason  string
	}{
		{"", rollout.Progressing, 10, "step 1 of 3: v2 at 10%: undecided: not certified after 10m0s"},
		{rollout.UndecidedHold, rollout.Progressing, 10, "v2 failed 0 of 100 first attempts"},
		{rollout.UndecidedAdvance, rollout.Paused, 50, "; undecided: not certified after 10m0s"},
		{rollout.UndecidedRevert, rollout.Reverting, 0, "undecided: not certified after 10m0s"},
	} {
		b := begin(t, until(c.plan), 0)
		b.serve(900, 0, 100, 0)
		b.wait(9 * time.Minute)
		b.want(rollout.Progressing, 10, "step 1 of 3")
		b.wait(2 * time.Minute)
		b.want(c.phase, c.percent, c.reason)
		if s := b.state.Confirmed(); c.phase == rollout.Reverting && s.Phase != rollout.Reverted {
			t.Errorf("%s: confirmed %s, want reverted", c.plan, s.Phase)
		}
	}
}

// What stays undecided says so once, and goes on with the certificate or by promote.
func TestUndecidedStays(t *testing.T) {
	for _, promote := range []bool{true, false} {
		b := begin(t, until(rollout.UndecidedHold), 0)
		b.serve(900, 0, 100, 0)
		said := 0
		for range 12 * 600 {
			if b.wait(0); b.last.Changed {
				said++
			}
			b.now = b.now.Add(100 * time.Millisecond)
		}
		if said != 1 {
			t.Errorf("said %d times in two minutes that it is undecided", said)
		}
		if got := b.state.WaitsFor(); !strings.HasSuffix(got, "certificate: undecided after max_hold 10m0s: promote, or abort") {
			t.Errorf("waits for %q", got)
		}
		if promote {
			b.command(rollout.Promote)
			b.want(rollout.Paused, 50, "undecided")
			continue
		}
		b.proven()
		b.wait(2 * time.Second)
		b.want(rollout.Paused, 50, "certified to fail")
	}
}

// No advance before min_requests, whoever decides.
func TestUndecidedAdvanceNeedsItsRequests(t *testing.T) {
	b := begin(t, until(rollout.UndecidedAdvance), 0)
	b.serve(90, 0, 10, 0)
	b.wait(time.Hour)
	b.want(rollout.Progressing, 10, "undecided")
	b.serve(90, 0, 10, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Paused, 50, "undecided")
}

// A pause stops the advance, not the deadline of a step that must be decided.
func TestUndecidedWhilePaused(t *testing.T) {
	for plan, want := range map[string]rollout.Phase{
		rollout.UndecidedAdvance: rollout.Paused, rollout.UndecidedHold: rollout.Paused, rollout.UndecidedRevert: rollout.Reverting,
	} {
		b := begin(t, until(plan), 0)
		b.serve(900, 0, 100, 0)
		b.command(rollout.Pause)
		b.wait(time.Hour)
		if b.state.Phase != want || want == rollout.Paused && b.state.Percent != 10 {
			t.Errorf("%s: %s at %v %%, want %s", plan, b.state.Phase, b.state.Percent, want)
		}
	}
}

// Half a percent of failures is proven to be less than one, and far more than none.
func TestWorseWinsOverCertified(t *testing.T) {
	b := begin(t, until(""), 0)
	b.wait(2 * time.Minute)
	b.serve(100_000, 0, 10_000, 50)
	b.wait(time.Second)
	if !b.state.Certified() {
		t.Errorf("not certified: %v", b.state.Evidence.Certificate.LogE())
	}
	b.want(rollout.Reverting, 0, "worse: ")
}
