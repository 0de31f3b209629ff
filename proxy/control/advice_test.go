package control

import (
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// TestUndoAfterARevert: whoever types undo after a revert is back already, and
// must not be sent forward to what was reverted.
func TestUndoAfterARevert(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))})
	b.startWriter(t)
	s := b.startRollout(t, "v2")
	if _, err := b.step(t, s, rollout.Finish, 100, rollout.Succeeded, false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
		t.Fatal(err)
	}
	s = b.startRollout(t, "v2")
	if _, err := b.step(t, s, rollout.Revert, 0, rollout.Reverted, true); err != nil {
		t.Fatal(err)
	}
	_, err := b.Undo(t.Context(), "api", 0, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "has v2 as stable, which revision", "has reverted since", "--to-revision")
	u, err := b.Undo(t.Context(), "api", 3, Meta{})
	if err != nil || u.Stable != "v2" {
		t.Errorf("undo to the very revision = %+v, %v, want v2", u, err)
	}
}

// TestReloadAdvises: what can be applied may still be a surprise.
func TestReloadAdvises(t *testing.T) {
	two := func() *config.Config {
		return fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))
	}
	b := newBench(t, Options{Config: two()})
	b.startWriter(t)
	s := b.startRollout(t, "v2")

	steps := two()
	steps.Upstreams[0].Rollout.Steps[0].Hold++
	if res, err := b.Reload(t.Context(), steps); err != nil || len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], "goes on by the plan it was started with") {
		t.Errorf("other steps while a rollout runs: %+v, %v", res, err)
	}
	s.Plan.KeepWarm, s.EndedAt = time.Hour, time.Now()
	if _, err := b.step(t, s, rollout.Finish, 100, rollout.Succeeded, false); err != nil {
		t.Fatal(err)
	}
	gone := fileConfig(upstreamConfig("api", ver{"v2", 100, 1}))
	if res, err := b.Reload(t.Context(), gone); err != nil || len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], "v1 was to be kept warm until") {
		t.Errorf("the way back removed: %+v, %v", res, err)
	}
}
