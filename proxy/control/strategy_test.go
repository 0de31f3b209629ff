package control

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// TestBlueGreenBegins: a start that moves nothing yet makes no revision, and its
// rollout has a name of its own all the same.
func TestBlueGreenBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))
		cfg.Upstreams[0].Rollout.BlueGreen.Approval = true
		b := newBench(t, Options{Config: cfg})
		b.startAll(t)
		for i, id := range []string{"api-2", "api-2.2", "api-2.3"} {
			u, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: "blue_green"}, Meta{})
			if err != nil || u.Rollout == nil {
				t.Fatalf("start %d: %+v, %v", i+1, u.Rollout, err)
			}
			if r := u.Rollout; r.ID != id || r.Plan.Strategy != "blue_green" || r.Phase != rollout.Progressing || r.Percent != 0 || u.Revision != 1 {
				t.Errorf("start %d: %s by %s, %s at %v %%, revision %d; want %s preparing at 0 on revision 1",
					i+1, r.ID, r.Plan.Strategy, r.Phase, r.Percent, u.Revision, id)
			}
			time.Sleep(time.Second)
			if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
				t.Fatal(err)
			}
			if r := b.upstream("api").rollout(); r.Phase != rollout.Aborted || r.Report == nil {
				t.Errorf("after the abort: %s: %s", r.Phase, r.Reason)
			}
		}
		if u, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil || u.Rollout.ID != "api-2.4" || u.Revision != 2 {
			t.Errorf("a canary after them: %+v, %v", u.Rollout, err)
		}
	})
}

// TestSteppedRevertIsKept: while a candidate keeps a share the revert goes on, after
// a restart too, and the split is its own.
func TestSteppedRevertIsKept(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))})
	b.startWriter(t)
	s := b.startRollout(t, "v2")
	trip := b.upstream("api").trips["v2"]
	s.Phase, s.Outcome, s.Percent, s.Reason = rollout.Reverting, rollout.Reverted, 4, "worse: ..."
	for _, percent := range []float64{4, 0} {
		s.Percent = percent
		kept := s.Confirmed()
		if _, err := b.host("api").Commit(t.Context(), rollout.Change{
			State: kept, Trip: trip, Move: rollout.Revert, Percent: percent, Safety: true, Source: "rollout", Reason: s.Reason,
		}); err != nil {
			t.Fatal(err)
		}
		u := b.upstream("api")
		if got := u.record.Split.Weights; got["v2"] != percent || got["v1"] != 100-percent || u.trips["v2"] != trip {
			t.Errorf("at %v %%: %v", percent, got)
		}
		back, err := decodeRecord(u.record.encode())
		if err != nil || back.rolloutProblem() != nil || (back.running() != nil) != (percent > 0) {
			t.Errorf("at %v %%: kept as %s: %v, %v", percent, back.Rollout.Phase, err, back.rolloutProblem())
		}
	}
}

// TestOnlyFromAndToMove: with three versions a step is a percentage of what the two
// have together, and the third keeps its part, in an abort as in a success.
func TestOnlyFromAndToMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := fileConfig(upstreamConfig("api", ver{"v1", 70, 1}, ver{"v2", 10, 1}, ver{"v3", 20, 1}))
		cfg.Upstreams[0].Rollout.Steps = []config.Step{{Percent: 5}, {Percent: 12.5, Hold: time.Second}, {Percent: 50, Hold: time.Second}, {Percent: 100}}
		cfg.Upstreams[0].Rollout.Bake = time.Second
		b := newBench(t, Options{Config: cfg})
		go traffic(t.Context(), b, failing())
		b.startAll(t)
		for _, phase := range []rollout.Phase{rollout.Aborted, rollout.Succeeded} {
			if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v3", ID: "three"}, Meta{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
			if phase == rollout.Aborted {
				if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
					t.Fatal(err)
				}
			}
			b.comesTo(t, phase)
		}
		// Of 90: v3 has 22.2 % already, so that the steps of 5 % and 12.5 % are skipped;
		// after the abort it has nothing, and they are not.
		var got []weights
		h, _ := b.History("api")
		for _, r := range h {
			got = append(got, r.Split)
		}
		want := []weights{
			{"v1": 0, "v2": 10, "v3": 90}, // v3 is stable
			{"v1": 0, "v2": 10, "v3": 90},
			{"v1": 45, "v2": 10, "v3": 45},
			{"v1": 78.75, "v2": 10, "v3": 11.25},
			{"v1": 85.5, "v2": 10, "v3": 4.5},
			{"v1": 90, "v2": 10, "v3": 0}, // the abort
			{"v1": 45, "v2": 10, "v3": 45},
			{"v1": 70, "v2": 10, "v3": 20},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("splits, newest first (-want +got):\n%s", diff)
		}
		if h[0].Stable != "v3" || h[2].Stable != "v1" || h[2].Rollout.ID != "three" {
			t.Errorf("stable %s after %s, by %s", h[0].Stable, h[2].Stable, h[2].Rollout.ID)
		}
		if u, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil || u.Stable != "v1" || u.Split["v1"].Weight != 90 {
			t.Errorf("undo = %+v, %v; want the split before, not a step", u.Split, err)
		}
	})
}

// TestSteppedAbort: what stable has no room for stays with the candidate, across a
// restart too, until there is room.
func TestSteppedAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1})
		up.Versions[0].MaxConns = 40
		up.Rollout.Steps = []config.Step{{Percent: 50, Pause: true}, {Percent: 100}}
		up.Rollout.Revert.Mode = "stepped"
		store := state.NewMemory()
		// busy says that the traffic is there before the engine looks for the first time.
		run := func(busy bool, test func(b *bench, load func(func(*balancer.Live)))) {
			b := newBench(t, Options{Config: fileConfig(up), Store: store})
			load := func(change func(*balancer.Live)) {
				for range 50 {
					change(b.upstream("api").versions[1].endpoints[0].live.live)
				}
			}
			if busy {
				load((*balancer.Live).Begin)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- b.Run(ctx) }()
			defer func() {
				stop()
				if err := <-done; err != nil {
					t.Errorf("Run: %v", err)
				}
			}()
			test(b, load)
		}
		at := func(b *bench, p rollout.Phase, percent float64, tripped bool) {
			t.Helper()
			synctest.Wait()
			s, _ := b.Rollout("api")
			if trip := b.upstream("api").trips["v2"]; s.Phase != p || b.split("api").Weights["v2"] != percent || trip.IsSet() != tripped {
				t.Errorf("%s with v2 at %v %%, tripped %v; want %s at %v %%, %v", s.Phase, b.split("api").Weights["v2"], trip.IsSet(), p, percent, tripped)
			}
		}
		run(false, func(b *bench, load func(func(*balancer.Live))) {
			if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
				t.Fatal(err)
			}
			load((*balancer.Live).Begin)
			time.Sleep(time.Second)
			if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
				t.Fatal(err)
			}
			at(b, rollout.Reverting, 20, false)
			time.Sleep(time.Minute)
			at(b, rollout.Reverting, 20, false)
			_, err := b.SetSplit(t.Context(), "api", weights{"v1": 100}, Meta{})
			wantKind(t, err, Conflict)
		})
		run(true, func(b *bench, load func(func(*balancer.Live))) {
			at(b, rollout.Reverting, 20, false)
			load((*balancer.Live).End)
			time.Sleep(time.Minute)
			at(b, rollout.Aborted, 0, true)
		})
	})
}

// TestCertifiedSteps: from the file to the split, with traffic that proves something
// and without any.
func TestCertifiedSteps(t *testing.T) {
	for _, served := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			up := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1})
			up.Rollout.Steps = []config.Step{{Percent: 10, Certified: true, MaxHold: 10 * time.Minute}, {Percent: 100}}
			up.Rollout.Certify = config.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}
			up.Rollout.OnUndecided = "revert"
			b := newBench(t, Options{Config: fileConfig(up)})
			if served {
				go traffic(t.Context(), b, failing())
			}
			b.startAll(t)
			if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
				t.Fatal(err)
			}
			var s rollout.State
			for range 180 {
				time.Sleep(10 * time.Second)
				if s, _ = b.Rollout("api"); s.Phase.Ended() {
					break
				}
			}
			synctest.Wait()
			h, _ := b.History("api")
			if served && (s.Phase != rollout.Succeeded || !strings.Contains(h[1].Reason, "; certified to fail less than 2 times as often as v1")) {
				t.Errorf("served: %s: %s; the switch because of %s", s.Phase, s.Reason, h[1].Reason)
			}
			if !served && (s.Phase != rollout.Reverted || !strings.HasPrefix(s.Reason, "undecided: not certified after 10m0s")) {
				t.Errorf("not served: %s: %s", s.Phase, s.Reason)
			}
		})
	}
}
