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
	if v, _ := b.Upstream("api"); v.WayBack == nil || !strings.HasSuffix(v.WayBack.Refused, "has reverted since") {
		t.Errorf("way back: %+v", v.WayBack)
	}
	u, err := b.Undo(t.Context(), "api", 3, Meta{})
	if err != nil || u.Stable != "v2" {
		t.Errorf("undo to the very revision = %+v, %v, want v2", u, err)
	}
}

// TestGroupUndoAfterARevert: a group has no revision to name, but each of its upstreams.
func TestGroupUndoAfterARevert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGroupBench(t, Options{Config: groupFile(2)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		web := failing()
		groupTraffic(ctx, b, 2, map[string]*faulty{"web": web})
		b.startAll(t)
		b.startGroup(t, StartOptions{})
		time.Sleep(20 * time.Second)
		if _, err := b.UndoGroup(t.Context(), "shop", Meta{}); err != nil {
			t.Fatal(err)
		}
		web.add("v2")
		b.startGroup(t, StartOptions{})
		time.Sleep(5 * time.Second)
		_, err := b.UndoGroup(t.Context(), "shop", Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "group shop: upstream api: revision", "has reverted since", "an undo of each upstream", "for api --to-revision")
	})
}

// TestGroupIsAnsweredAsItWasChanged: who has paused a group is not shown one that goes on.
func TestGroupIsAnsweredAsItWasChanged(t *testing.T) {
	b := newGroupBench(t, Options{Config: groupFile(2)})
	b.startAll(t)
	b.startGroup(t, StartOptions{})
	for _, tt := range []struct {
		cmd  rollout.Command
		want rollout.Phase
	}{{rollout.Pause, rollout.Paused}, {rollout.Resume, rollout.Progressing}, {rollout.Pause, rollout.Paused}, {rollout.Resume, rollout.Progressing}} {
		v, err := b.CommandGroup(t.Context(), "shop", tt.cmd, Meta{})
		if err != nil || v.Rollout == nil {
			t.Fatalf("%s: %v", tt.cmd, err)
		}
		if v.Rollout.State.Phase != tt.want || v.Members[0].Rollout.Phase != tt.want {
			t.Errorf("%s: the answer says %s, of its leader %s; want %s", tt.cmd, v.Rollout.State.Phase, v.Members[0].Rollout.Phase, tt.want)
		}
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

// TestCandidateBeginsWithACleanSheet: requests that hung on a candidate when it was
// reverted time out later, and must not eject the one that was mended.
func TestCandidateBeginsWithACleanSheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))
		cfg.Upstreams[0].Rollout.Steps = []config.Step{{Percent: 1, Hold: time.Minute}, {Percent: 100}}
		b := newBench(t, Options{Config: cfg})
		go traffic(t.Context(), b, failing())
		b.startAll(t)
		time.Sleep(time.Second)
		late := b.upstream("api").version("v2").endpoints[0].live
		for range 30 {
			late.stats.Record(outcome.Timeout, false)
		}
		b.monitor.Failed()
		time.Sleep(time.Second)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if h := late.live.Health(); h != "up" {
			t.Errorf("v2's endpoint is %s three seconds into its rollout, want up", h)
		}
	})
}

// TestRolloutIsShownAsItsSplitIs: between publishing a step and the engine's
// hearing of it the kept state is the newer one.
func TestRolloutIsShownAsItsSplitIs(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))})
	b.startAll(t)
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	kept := *b.upstream("api").record.Rollout
	kept.Step, kept.Percent, kept.StepAt = 1, 50, kept.StepAt.Add(time.Second)
	u := *b.upstream("api")
	u.record = u.record.withRollout(&kept)
	if s := u.rollout(); s.Step != 1 || s.Percent != 50 {
		t.Errorf("shown: step %d at %v %%, want the published step 1 at 50 %%", s.Step, s.Percent)
	}
}
