package control

import (
	"context"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// contract answers for the gates of after_finish, when it is told to.
type contract struct {
	mu    sync.Mutex
	asked []rollout.State
	done  func(rollout.GateReport)
}

func (c *contract) ask(_ *upstream, s *rollout.State, done func(rollout.GateReport)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.done = append(c.asked, *s), done
}

func (c *contract) times() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

// afterConfig is an upstream whose rollouts are quick, and keep warm for ten seconds.
func afterConfig() *config.Config {
	cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2}))
	r := &cfg.Upstreams[0].Rollout
	r.Steps, r.MinRequests, r.Bake, r.KeepWarm = []config.Step{{Percent: 100}}, 0, 0, 10*time.Second
	return cfg
}

// release starts what is to run on a store, and moves everything from v1 to v2; gates
// are those of after_finish.
func release(t *testing.T, b *bench, gates ...string) {
	t.Helper()
	u := b.upstream("api")
	p := plan(u.config, canary, "v1", "v2")
	for _, name := range gates {
		p.Gates = append(p.Gates, rollout.PlanGate{Name: name, At: rollout.AfterFinish})
	}
	if _, err := u.live.engine.Start(t.Context(), "r1", p, rollout.Meta{Author: "ann"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if s := b.upstream("api").record.done(); s == nil {
		t.Fatalf("the rollout is %s: %s", b.upstream("api").rollout().Phase, b.upstream("api").rollout().Reason)
	}
}

// runs runs everything until the function it returns is called.
func (b *bench) runs(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (b *bench) eventsOf(kind EventKind) []Event {
	return slices.DeleteFunc(b.emitted(), func(ev Event) bool { return ev.Kind != kind })
}

func (b *bench) retiredView() *RetiredView {
	v, _ := b.Upstream("api")
	return v.Versions[0].Retired
}

func TestVersionRetires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		b := newBench(t, Options{Config: afterConfig(), Store: store})
		stop := b.runs(t)
		defer func() { stop() }()
		long := b.upstream("api").version("v1").endpoints[1].live.live
		long.Begin()
		release(t, b)

		u, _ := b.Upstream("api")
		if w := u.WayBack; w == nil || w.Revision != 1 || w.Stable != "v1" || !w.WarmUntil.Equal(b.upstream("api").record.Rollout.EndedAt.Add(10*time.Second)) || w.Refused != "" {
			t.Errorf("way back: %+v", w)
		}
		// Warm, then with a request that goes on: not yet.
		time.Sleep(9 * time.Second)
		if b.retiredView() != nil {
			t.Error("retired while it is kept warm")
		}
		time.Sleep(20 * time.Second)
		if b.retiredView() != nil {
			t.Error("retired with a request in flight")
		}
		ended := time.Now()
		long.End()
		time.Sleep(2 * time.Second)
		v := b.retiredView()
		if v == nil || v.Rollout != "r1" || v.LastRequestAt.Before(ended.Add(-time.Second)) || v.LastRequestAt.After(ended.Add(time.Second)) {
			t.Fatalf("retired: %+v, want the last request at %v", v, ended)
		}
		ev := b.eventsOf(EventRetired)
		if len(ev) != 1 || ev[0].Move != (Move{Rollout: "r1", From: "v1", To: "v2", Weight: 100}) || ev[0].Version != "v1" || ev[0].Upstream != "api" || ev[0].Retired == nil || !ev[0].Retired.LastRequestAt.Equal(v.LastRequestAt) ||
			!strings.HasPrefix(ev[0].Reason, "v1 has retired: last request at 2000-01-01T") || !strings.HasSuffix(ev[0].Reason, ", 0 in flight, not warm") {
			t.Errorf("events: %+v", ev)
		}

		// Once, over reloads and restarts.
		if _, err := b.Reload(t.Context(), afterConfig()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		b2 := newBench(t, Options{Config: afterConfig(), Store: store})
		stop = b2.runs(t)
		time.Sleep(time.Minute)
		if diff := cmp.Diff(v, b2.retiredView()); diff != "" {
			t.Errorf("after a restart (-want +got):\n%s", diff)
		}
		if ev := append(b.eventsOf(EventRetired), b2.eventsOf(EventRetired)...); len(ev) > 0 {
			t.Errorf("told again: %+v", ev)
		}
		// Requests again: it is not done with any more.
		if _, err := b2.SetSplit(t.Context(), "api", weights{"v1": 5, "v2": 95}, Meta{}); err != nil {
			t.Fatal(err)
		}
		if b2.retiredView() != nil {
			t.Error("retired, and has 5% of the requests")
		}
	})
}

// TestRetirementBeforeAndAfterARestart: what a process did not see in its time the
// next one does, also without the version in the file.
func TestRetirementBeforeAndAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		b := newBench(t, Options{Config: afterConfig(), Store: store})
		stop := b.runs(t)
		release(t, b)
		at := b.upstream("api").record.weightless("v1")
		stop()
		next := afterConfig()
		u := &next.Upstreams[0]
		u.Stable, u.Versions = "v2", u.Versions[1:]
		u.Versions[0].Weight = 100
		b = newBench(t, Options{Config: next, Store: store})
		defer b.runs(t)()
		time.Sleep(5 * time.Second)
		if b.upstream("api").record.After != nil {
			t.Error("retired while it is kept warm")
		}
		time.Sleep(10 * time.Second)
		if ev := b.eventsOf(EventRetired); len(ev) != 1 || !ev[0].Retired.LastRequestAt.Equal(at) {
			t.Errorf("events: %+v, want one, with the last request not after %v", ev, at)
		}
	})
}

// TestRetirementWaitsForEndpointsThatAreGone from the file: their requests are the
// version's.
func TestRetirementWaitsForEndpointsThatAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: afterConfig()})
		defer b.runs(t)()
		long := b.upstream("api").version("v1").endpoints[1].live.live
		long.Begin()
		release(t, b)
		next := afterConfig()
		next.Upstreams[0].Versions[0].Endpoints = next.Upstreams[0].Versions[0].Endpoints[:1]
		if _, err := b.Reload(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if b.retiredView() != nil {
			t.Error("retired with a request in flight at an endpoint that is gone")
		}
		long.End()
		time.Sleep(2 * time.Second)
		if b.retiredView() == nil {
			t.Error("not retired")
		}
	})
}

func TestNothingRetiresAfterAnUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &contract{}
		b := newBench(t, Options{Config: afterConfig()})
		b.askAfter = c.ask
		defer b.runs(t)()
		release(t, b, "drop")
		if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if ev := b.eventsOf(EventRetired); len(ev) > 0 || c.times() > 0 || b.upstream("api").record.After != nil {
			t.Errorf("events %+v, %d questions", ev, c.times())
		}
	})
}

func TestContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, store := &contract{}, state.NewMemory()
		b := newBench(t, Options{Config: afterConfig(), Store: store})
		b.askAfter = c.ask
		stop := b.runs(t)
		defer func() { stop() }()
		state := func() ContractView {
			v, _ := b.Upstream("api")
			if v.Contract == nil {
				return ContractView{}
			}
			return *v.Contract
		}
		release(t, b, "drop", "vacuum")
		if got := state(); got != (ContractView{Rollout: "r1", State: ContractPending}) {
			t.Errorf("while v1 is warm: %+v", got)
		}
		time.Sleep(20 * time.Second)
		if got := state(); got.State != ContractRunning || c.times() != 1 {
			t.Fatalf("after it has retired: %+v, %d questions", got, c.times())
		}
		if s := c.asked[0]; s.ID != "r1" || !strings.HasPrefix(s.Reason, "v1 has retired: last request at ") {
			t.Errorf("asked of %s: %s", s.ID, s.Reason)
		}
		_, err := b.Undo(t.Context(), "api", 0, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "upstream api: revision 1: the gates of after_finish are being asked", "--override")
		_, err = b.StartRollout(t.Context(), "api", StartOptions{To: "v1"}, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "the gates of after_finish of rollout r1 are being asked: wait for their answer")
		_, err = b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 99}, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "upstream api: weights.v1: the gates of after_finish are being asked", "--override")

		// Rejected: it stays so, nothing is lost yet, and promote asks again.
		c.done(rollout.GateReport{Failed: "drop: exit status 1"})
		time.Sleep(time.Minute)
		if got := state(); got != (ContractView{Rollout: "r1", State: ContractFailed, Reason: "drop: exit status 1"}) || c.times() != 1 {
			t.Errorf("rejected: %+v, %d questions", got, c.times())
		}
		for _, cmd := range []rollout.Command{rollout.Abort, rollout.PromoteFull} {
			_, err := b.Command(t.Context(), "api", cmd, Meta{})
			wantKind(t, err, Conflict)
		}
		if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := state(); got.State != ContractRunning || c.times() != 2 {
			t.Fatalf("again: %+v, %d questions", got, c.times())
		}

		// The process ends meanwhile: the next one asks again, of the same rollout.
		stop()
		b = newBench(t, Options{Config: afterConfig(), Store: store})
		b.askAfter = c.ask
		stop = b.runs(t)
		time.Sleep(time.Second)
		if c.times() != 3 || c.asked[2].ID != "r1" || c.asked[2].Reason != c.asked[0].Reason {
			t.Fatalf("after a restart: %d questions", c.times())
		}
		passed := time.Now()
		c.done(rollout.GateReport{Done: true})
		time.Sleep(time.Second)
		if got := state(); got != (ContractView{Rollout: "r1", State: ContractPassed}) {
			t.Errorf("passed: %+v", got)
		}
		if ev := b.eventsOf(EventContract); len(ev) != 1 || ev[0].State != ContractPassed || ev[0].Version != "v1" || ev[0].Move != (Move{Rollout: "r1", From: "v1", To: "v2", Weight: 100}) {
			t.Errorf("events: %+v", ev)
		}

		// There is no way back but by override.
		h, _ := b.History("api")
		if diff := cmp.Diff(&NoReturn{At: passed.UTC(), Gates: []string{"drop", "vacuum"}}, h[0].NoReturn); diff != "" || h[1].NoReturn != nil {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		if v, _ := b.Upstream("api"); v.WayBack == nil || !strings.HasPrefix(v.WayBack.Refused, "revision 3 is a point of no return: ") {
			t.Errorf("way back: %+v", v.WayBack)
		}
		_, err = b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 99}, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "weights.v1: revision 3 is a point of no return: drop, vacuum passed at ", "--override")
		if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 99}, Meta{Override: true, Reason: "restored"}); err != nil {
			t.Fatal(err)
		}
		if h, _ := b.History("api"); !strings.HasPrefix(h[0].Reason, "restored (more for v1 by override, though revision 3 is a point of no return: ") {
			t.Errorf("reason: %s", h[0].Reason)
		}
		if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 2, "v2": 98}, Meta{}); err != nil {
			t.Fatal(err) // it has requests again
		}
		for _, to := range []uint64{0, 1, 2} {
			_, err := b.Undo(t.Context(), "api", to, Meta{})
			wantKind(t, err, Conflict)
			wantText(t, err, "revision 3 is a point of no return: drop, vacuum passed at ")
		}
		if _, err := b.Undo(t.Context(), "api", 3, Meta{}); err != nil {
			t.Errorf("undo to the point itself: %v", err)
		}
		if _, err := b.Undo(t.Context(), "api", 0, Meta{Override: true, Reason: "restored"}); err != nil {
			t.Fatal(err)
		}
		h, _ = b.History("api")
		if !strings.HasPrefix(h[0].Reason, "restored (to revision 1 by override, though revision 3 is a point of no return: ") {
			t.Errorf("reason: %s", h[0].Reason)
		}
	})
}

// TestFileBehindTheContract: a file gives the old version no more than a command does.
func TestFileBehindTheContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &contract{}
		b := newBench(t, Options{Config: afterConfig()})
		b.askAfter = c.ask
		defer b.runs(t)()
		release(t, b, "drop")
		time.Sleep(20 * time.Second)
		file := func(stable string, v1, v2 float64) *config.Config {
			cfg := afterConfig()
			u := &cfg.Upstreams[0]
			u.Stable, u.Versions[0].Weight, u.Versions[1].Weight = stable, v1, v2
			return cfg
		}
		_, err := b.Reload(t.Context(), file("v2", 1, 99))
		wantKind(t, err, Invalid)
		wantText(t, err, "upstreams.api.versions.v1.weight: v1 would get more than now, but the gates of after_finish are being asked")
		if n := c.times(); n != 1 {
			t.Fatalf("the gates were asked %d times, want once", n)
		}
		c.done(rollout.GateReport{Done: true})
		time.Sleep(time.Second)
		_, err = b.Reload(t.Context(), file("v2", 1, 99))
		wantKind(t, err, Invalid)
		wantText(t, err, "upstreams.api.versions.v1.weight: v1 would get more than now, but revision 3 is a point of no return: drop passed at ", "weir set-weight --override")
		_, err = b.Reload(t.Context(), file("v1", 1, 99))
		wantKind(t, err, Invalid)
		wantText(t, err, "upstreams.api.stable: v1 would get more than now")
		if _, err := b.Reload(t.Context(), file("v2", 0, 100)); err != nil {
			t.Errorf("a file that says what serves: %v", err)
		}
		if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 99}, Meta{Override: true, Reason: "restored"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Reload(t.Context(), file("v2", 1, 99)); err != nil {
			t.Errorf("a file that agrees with an override: %v", err)
		}
		if got := b.split("api").Weights["v1"]; got != 1 {
			t.Errorf("v1 has %v, want what the override and the file say", got)
		}
	})
}

// TestContractWaitsForItsStore: nothing is told or asked before it is kept.
func TestContractWaitsForItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &contract{}
		full := false
		var mu sync.Mutex
		store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
			mu.Lock()
			defer mu.Unlock()
			if full {
				return syscall.ENOSPC
			}
			return nil
		}}
		fill := func(to bool) { mu.Lock(); full = to; mu.Unlock() }
		b := newBench(t, Options{Config: afterConfig(), Store: store})
		b.askAfter = c.ask
		stop := b.runs(t)
		release(t, b, "drop")
		fill(true)
		time.Sleep(time.Minute)
		if ev := b.eventsOf(EventRetired); len(ev) > 0 || c.times() > 0 || b.retiredView() != nil {
			t.Errorf("on a full disk: events %+v, %d questions", ev, c.times())
		}
		fill(false)
		time.Sleep(20 * time.Second)
		if ev := b.eventsOf(EventRetired); len(ev) != 1 || c.times() != 1 {
			t.Fatalf("then: events %+v, %d questions", ev, c.times())
		}
		fill(true)
		go c.done(rollout.GateReport{Done: true})
		time.Sleep(time.Minute)
		if ev := b.eventsOf(EventContract); len(ev) > 0 {
			t.Errorf("on a full disk: events %+v", ev)
		}
		fill(false)
		time.Sleep(20 * time.Second)
		if ev := b.eventsOf(EventContract); len(ev) != 1 || c.times() != 1 {
			t.Errorf("then: events %+v, %d questions", ev, c.times())
		}
		stop()
		if r := kept(t, store.Store)["api"]; r.After == nil || r.After.Contract != ContractPassed {
			t.Errorf("kept: %+v", r.After)
		}
	})
}

// TestADryContractIsNoPointOfNoReturn, as it does nothing; nor is one without gates.
func TestADryContractIsNoPointOfNoReturn(t *testing.T) {
	for _, gates := range [][]string{{"dry"}, nil} {
		synctest.Test(t, func(t *testing.T) {
			cfg := afterConfig()
			cfg.Upstreams[0].Rollout.Gates = []config.Gate{{Name: "dry", At: config.AfterFinish, DryRun: true}}
			b := newBench(t, Options{Config: cfg})
			b.askAfter = func(_ *upstream, _ *rollout.State, done func(rollout.GateReport)) {
				go done(rollout.GateReport{Done: true})
			}
			defer b.runs(t)()
			release(t, b, gates...)
			time.Sleep(20 * time.Second)
			if b.retiredView() == nil {
				t.Fatal("not retired")
			}
			if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
				t.Errorf("undo after %v: %v", gates, err)
			}
		})
	}
}

// TestAnotherRolloutTakesItsTurn: it begins while the old version is warm, and what that
// needs is left alone.
func TestAnotherRolloutTakesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &contract{}
		b := newBench(t, Options{Config: afterConfig()})
		b.askAfter = c.ask
		defer b.runs(t)()
		release(t, b, "drop")
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v1", ID: "r2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if v, _ := b.Upstream("api"); c.times() > 0 || v.Contract != nil || v.Versions[1].Retired == nil || v.Versions[1].Retired.Rollout != "r2" {
			t.Errorf("%d questions, contract %v, v2 retired %v", c.times(), v.Contract, v.Versions[1].Retired)
		}
	})
}
