package control

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

// step commits a move of the running rollout, or its revert, as an engine would.
func (b *bench) step(t *testing.T, s rollout.State, m rollout.Move, percent float64, phase rollout.Phase, safety bool) (uint64, error) {
	t.Helper()
	u := b.upstream("api")
	s.Phase, s.Percent, s.Reason = phase, percent, string(phase)
	return b.host("api").Commit(t.Context(), rollout.Change{
		Base: u.record.Revision, State: s, Trip: u.trips[s.Plan.To], Move: m, Percent: percent, Safety: safety, Reason: s.Reason,
	})
}

func TestRolloutToTheEnd(t *testing.T) {
	store := state.NewMemory()
	b := newBench(t, Options{Config: oneUpstream(), Store: store})
	b.startWriter(t)
	first := b.upstream("api").trips["v2"]

	s := b.startRollout(t, "v2")
	u := b.upstream("api")
	if len(u.guards) != 0 || !u.candidate("v2") || u.trips["v2"] == first {
		t.Errorf("after the start: guards %v, candidate %v, same trip %v", u.guards, u.candidate("v2"), u.trips["v2"] == first)
	}
	trip := u.trips["v2"]
	br := b.host("api").Brief()
	if br.Rollout == nil || br.Rollout.Trip != trip || br.Rollout.State.ID != s.ID {
		t.Errorf("brief = %+v, want the rollout with its trip", br)
	}
	wantConflict := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s during a rollout: no error", what)
			return
		}
		wantKind(t, err, Conflict)
	}
	_, err := b.SetSplit(t.Context(), "api", weights{"v1": 1}, Meta{})
	wantConflict("SetSplit", err)
	_, err = b.Undo(t.Context(), "api", 0, Meta{})
	wantConflict("Undo", err)
	_, err = b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
	wantConflict("StartRollout", err)

	for _, percent := range []float64{50, 100} {
		if _, err := b.step(t, s, rollout.SetPercent, percent, rollout.Progressing, false); err != nil {
			t.Fatal(err)
		}
	}
	u = b.upstream("api")
	if diff := cmp.Diff(split{"v1", weights{"v1": 0, "v2": 100}}, u.record.Split); diff != "" {
		t.Errorf("split at 100 %% (-want +got):\n%s", diff)
	}
	if u.trips["v2"] != trip {
		t.Error("a step of the rollout has replaced the candidate's trip")
	}
	if u.record.History[0].Settled || u.record.History[0].Source != SourceRollout {
		t.Errorf("revision of the last step = %+v", u.record.History[0])
	}
	if _, err := b.step(t, s, rollout.Finish, 100, rollout.Succeeded, false); err != nil {
		t.Fatal(err)
	}
	v, _ := b.Upstream("api")
	if v.Stable != "v2" || v.Rollout != nil || v.Drift == "" || len(v.Guards) != 0 {
		t.Errorf("view after success = %+v, want v2 stable, drift, no rollout", v)
	}
	if v.Ended == nil || v.Ended.ID != s.ID || v.Ended.Phase != rollout.Succeeded {
		t.Errorf("ended = %+v, want the rollout", v.Ended)
	}
	if s, err := b.Rollout("api"); err != nil || s.Phase != rollout.Succeeded {
		t.Errorf("last rollout = %+v, %v", s, err)
	}
	if got := b.Status().Drift; len(got) != 1 || got[0] != "api" {
		t.Errorf("status shows drift of %v, want api", got)
	}
	h, _ := b.History("api")
	if !h[0].Settled || h[0].Stable != "v2" || h[1].Settled {
		t.Errorf("history after success = %+v", h)
	}
	if got := kept(t, store)["api"]; got.Revision != v.Revision || got.Split.Stable != "v2" {
		t.Errorf("kept = %+v", got)
	}
	// The way back is one switch to the split before the rollout, not to a step.
	if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(split{"v1", weights{"v1": 90, "v2": 10}}, b.split("api")); diff != "" {
		t.Errorf("split after undo (-want +got):\n%s", diff)
	}
}

func TestGuardReverts(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.startWriter(t)
	br := b.host("api").Brief()
	if len(br.Guards) != 1 || br.Guards[0].State.Plan.To != "v2" || br.Guards[0].Trip == nil || !br.Guards[0].State.Plan.Guard {
		t.Fatalf("guards = %+v, want one of v2", br.Guards)
	}
	g := br.Guards[0]
	g.State.Phase, g.State.Reason = rollout.Reverted, "worse: much"
	g.Trip.Set()
	rev, err := b.host("api").Commit(t.Context(), rollout.Change{
		Base: br.Revision, State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true, Source: "guard", Reason: g.State.Reason,
	})
	if err != nil || rev != 2 {
		t.Fatalf("Commit = %d, %v, want revision 2", rev, err)
	}
	u := b.upstream("api")
	if diff := cmp.Diff(weights{"v1": 100, "v2": 0}, u.record.Split.Weights); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	h := u.record.History[0]
	if h.Source != SourceGuard || !h.Settled || h.Reason != "worse: much" || h.Rollout == nil || u.record.Rollout != nil || len(u.guards) != 0 {
		t.Errorf("revision = %+v, rollout = %+v, guards = %v", h, u.record.Rollout, u.guards)
	}
	if u.trips["v2"] != g.Trip {
		t.Error("the revert has replaced the trip that is set")
	}
	// An operator who gives weight again overrules the guard: a fresh trip and a fresh guard.
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 95, "v2": 5}, Meta{}); err != nil {
		t.Fatal(err)
	}
	u = b.upstream("api")
	if u.trips["v2"] == g.Trip || u.trips["v2"].IsSet() || len(u.guards) != 1 || u.guards[0].State.ID == g.State.ID {
		t.Errorf("after SetSplit: trip %v, guards %+v", u.trips["v2"], u.guards)
	}
}

func TestCommitOnAnOldRevision(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 80, 1}, ver{"v2", 10, 1}, ver{"v3", 10, 1}))})
	b.startWriter(t)
	h := b.host("api")
	before := h.Brief()
	guard3 := before.Guards[1]

	// A rollout that starts meanwhile says nothing about v3: its guard's revert holds.
	s := b.startRollout(t, "v2")
	if got := b.upstream("api").guards; len(got) != 1 || got[0].Trip != guard3.Trip || got[0].State.ID != guard3.State.ID {
		t.Errorf("guards after the start = %+v, want that of v3 to go on", got)
	}
	guard3.State.Phase = rollout.Reverted
	if _, err := h.Commit(t.Context(), rollout.Change{Base: before.Revision, State: guard3.State, Trip: guard3.Trip, Move: rollout.Revert, Safety: true}); err != nil {
		t.Errorf("revert by a guard whose version nobody decided about: %v", err)
	}
	if w := b.split("api").Weights["v3"]; w != 0 {
		t.Errorf("v3 has weight %v, want 0", w)
	}
	// A step decided before that is stale.
	change := rollout.Change{Base: before.Revision, State: s, Move: rollout.SetPercent, Percent: 50}
	if _, err := h.Commit(t.Context(), change); !errors.Is(err, rollout.ErrStale) {
		t.Errorf("step on an old revision: %v, want ErrStale", err)
	}
	// A revert is not, as long as nobody else has decided.
	trip := b.upstream("api").trips["v2"]
	s.Phase = rollout.Aborted
	revert := rollout.Change{Base: 1, State: s, Trip: trip, Move: rollout.Revert, Safety: true}
	if _, err := h.Commit(t.Context(), revert); err != nil {
		t.Errorf("revert on an old revision: %v", err)
	}
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 50, "v2": 50}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Commit(t.Context(), revert); !errors.Is(err, rollout.ErrStale) {
		t.Errorf("revert that an operator has overruled: %v, want ErrStale", err)
	}
}

// TestSafetyMovesWithoutAStore: with every save failing a revert takes effect
// and is kept later; everything else is refused and changes nothing.
func TestSafetyMovesWithoutAStore(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EROFS} {
		broken := true
		store := &faultyStore{Store: state.NewMemory()}
		b := newBench(t, Options{Config: oneUpstream(), Store: store})
		b.startWriter(t)
		s := b.startRollout(t, "v2")
		if err := b.do(t.Context(), func() error {
			store.fail = func(int) error {
				if broken {
					return cause
				}
				return nil
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		before := b.upstream("api")
		n, _ := b.published()
		_, err := b.step(t, s, rollout.SetPercent, 50, rollout.Progressing, false)
		wantKind(t, err, Unavailable)
		wantText(t, err, cause.Error())
		if now, _ := b.published(); now != n || b.upstream("api") != before {
			t.Errorf("%v: a refused step changed something", cause)
		}
		if st := b.Status().State; st.OK || st.Error == "" {
			t.Errorf("%v: status = %+v", cause, st)
		}
		rev, err := b.step(t, s, rollout.Revert, 0, rollout.Reverted, true)
		if err != nil || rev != before.record.Revision+1 {
			t.Fatalf("%v: revert = %d, %v", cause, rev, err)
		}
		if diff := cmp.Diff(weights{"v1": 100, "v2": 0}, b.split("api").Weights); diff != "" {
			t.Errorf("%v: weights (-want +got):\n%s", cause, diff)
		}
		if err := b.do(t.Context(), func() error { broken = false; return nil }); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for kept(t, store)["api"].Revision != rev {
			if time.Now().After(deadline) {
				t.Fatalf("%v: the revert was never kept", cause)
			}
			time.Sleep(5 * time.Millisecond)
		}
		if !b.Status().State.OK {
			// The view follows in the same step of the writer: ask it once.
			if err := b.do(t.Context(), func() error { return nil }); err != nil || !b.Status().State.OK {
				t.Errorf("%v: status after recovery = %+v", cause, b.Status().State)
			}
		}
	}
}

// TestGuardDuringSteps: a rollout of another version changes what its guard compares,
// and keeps its share when the guard gives stable something back.
func TestGuardDuringSteps(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 80, 1}, ver{"v2", 0, 1}, ver{"v3", 20, 1}))})
	b.startWriter(t)
	h := b.host("api")
	s := b.startRollout(t, "v2")
	s.Percent = 75
	if _, err := h.Commit(t.Context(), rollout.Change{Base: h.Brief().Revision, State: s, Move: rollout.SetPercent, Percent: 75}); err != nil {
		t.Fatal(err)
	}
	g := h.Brief().Guards[0]
	if g.State.Percent != 50 { // of 20 and 20
		t.Errorf("the guard of v3 is at %g%%, want 50%%", g.State.Percent)
	}
	g.State.Phase = rollout.Reverted
	if _, err := h.Commit(t.Context(), rollout.Change{Base: 1, State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"v1": 25, "v2": 75, "v3": 0}, b.split("api").Weights); diff != "" {
		t.Errorf("weights without v3 (-want +got):\n%s", diff)
	}
}
