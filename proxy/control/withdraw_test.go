package control

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

// slowDisk is a store whose next save takes three seconds once slow is set; fail,
// if set, is what saves answer.
type slowDisk struct {
	state.Store
	slow atomic.Bool
	fail atomic.Pointer[error]
}

func (d *slowDisk) Save(changes map[string][]byte) error {
	if d.slow.CompareAndSwap(true, false) {
		time.Sleep(3 * time.Second)
	}
	if err := d.fail.Load(); err != nil {
		return *err
	}
	return d.Store.Save(changes)
}

// baking is an upstream whose rollout to v2 has everything, with traffic.
func baking(t *testing.T, disk *slowDisk, versions ...ver) (b *bench, bad *faulty) {
	t.Helper()
	b = newBench(t, Options{Config: fileConfig(upstreamConfig("api", versions...)), Store: disk})
	bad = failing()
	go traffic(t.Context(), b, bad)
	b.startAll(t)
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Command(t.Context(), "api", rollout.PromoteFull, Meta{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	return b, bad
}

func (b *bench) chosen() string {
	u := b.upstream("api")
	return u.versions[u.proxied.Split.Choose(nil)].name
}

// TestFinishIsWithdrawn: a candidate that dies while the end of its rollout is
// being written does not become stable, where nothing could take it out.
func TestFinishIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{Store: state.NewMemory()}
		b, bad := baking(t, disk, ver{"v1", 100, 5}, ver{"v2", 0, 5})
		disk.slow.Store(true)
		end := make(chan error, 1)
		go func() {
			_, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}) // ends the bake
			end <- err
		}()
		time.Sleep(500 * time.Millisecond)
		bad.add("v2")
		time.Sleep(2 * time.Second) // the disk still works
		if got := b.chosen(); got != "v1" {
			t.Errorf("%s is chosen while the end is being written, want v1", got)
		}
		wantKind(t, <-end, Conflict)
		time.Sleep(20 * time.Second)
		u := b.upstream("api")
		if h := u.record.History[0]; u.record.Split.Stable != "v1" || b.chosen() != "v1" || h.Source != SourceRollout || !h.Settled {
			t.Errorf("stable %s, chosen %s, newest revision %+v; want the revert to v1", u.record.Split.Stable, b.chosen(), h)
		}
		if r := kept(t, disk.Store)["api"]; r.Revision != u.record.Revision || r.Split.Stable != "v1" {
			t.Errorf("kept: revision %d, stable %s, want what serves", r.Revision, r.Split.Stable)
		}
	})
}

// TestGuardTripsWhileAnotherFinishes: its weight goes back to the stable of then.
func TestGuardTripsWhileAnotherFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{Store: state.NewMemory()}
		b, bad := baking(t, disk, ver{"v1", 80, 5}, ver{"v2", 0, 5}, ver{"v3", 20, 5})
		disk.slow.Store(true)
		go func() { _, _ = b.Command(t.Context(), "api", rollout.Promote, Meta{}) }()
		time.Sleep(500 * time.Millisecond)
		bad.add("v3")
		time.Sleep(time.Minute)
		u := b.upstream("api")
		if w := u.record.Split; w.Stable != "v2" || w.Weights["v3"] != 0 || w.Weights["v2"] != 100 {
			t.Errorf("split %+v, want v2 stable with everything", w)
		}
		if h := u.record.History[0]; h.Source != SourceGuard {
			t.Errorf("newest revision by %s, want the guard", h.Source)
		}
	})
}

// TestGuardRevertsThoughTurnedOff: a version that is out has its weight taken,
// whatever a reload says meanwhile.
func TestGuardRevertsThoughTurnedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{Store: state.NewMemory()}
		b := newBench(t, Options{Config: oneUpstream(), Store: disk})
		bad := failing()
		go traffic(t.Context(), b, bad)
		b.startAll(t)
		time.Sleep(2 * time.Second)
		disk.slow.Store(true)
		go func() { // holds the writer while the guard trips
			_, _ = b.SetEndpoint(t.Context(), "api", b.upstream("api").version("v1").endpoints[0].address, EndpointPatch{Weight: new(3)}, Meta{})
		}()
		time.Sleep(100 * time.Millisecond)
		off := oneUpstream()
		off.Upstreams[0].Guard = false
		go func() { _, _ = b.Reload(t.Context(), off) }()
		time.Sleep(100 * time.Millisecond)
		bad.add("v2")
		time.Sleep(time.Minute)
		if w := b.upstream("api").record.Split.Weights; w["v2"] != 0 && b.upstream("api").trips["v2"].IsSet() {
			t.Errorf("weights %v: v2 is out and keeps its weight", w)
		}
	})
}

func TestReloadedRulesReachTheGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: oneUpstream()})
		b.startAll(t)
		time.Sleep(time.Second)
		cfg := oneUpstream()
		cfg.Upstreams[0].Rollout.Revert.MaxErrorRate = 0.01
		if _, err := b.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, s := range b.upstream("api").live.engine.States() {
			if s.Plan.Rules.MaxErrorRate != 0.01 {
				t.Errorf("guard %s judges by %+v", s.ID, s.Plan.Rules)
			}
		}
	})
}

// TestHoldsAreTold: those of a guard, and those that a store in trouble cannot keep.
func TestHoldsAreTold(t *testing.T) {
	for _, start := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			disk := &slowDisk{Store: state.NewMemory()}
			b := newBench(t, Options{Config: oneUpstream(), Store: disk})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			bad := failing()
			go traffic(ctx, b, bad)
			b.startAll(t)
			if start {
				if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
					t.Fatal(err)
				}
				full := errors.New("no space left")
				disk.fail.Store(&full)
				defer disk.fail.Store(nil)
			}
			b.emitted() // of before
			bad.add("v1", "v2")
			time.Sleep(3 * time.Second)
			if !slices.ContainsFunc(b.emitted(), func(e Event) bool {
				return e.Kind == EventRollout && e.State == string(rollout.Holding)
			}) {
				t.Errorf("rollout %v: no event about the hold", start)
			}
		})
	}
}

// TestStartFromAnOldStable: its plan was made before another version became
// stable.
func TestStartFromAnOldStable(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 80, 1}, ver{"v2", 10, 1}, ver{"v3", 10, 1}))})
	b.startWriter(t)
	u := b.upstream("api")
	s, a := rollout.New("r", plan(u.config, canary, "v3", "v2"), 10, time.Now())
	_, err := b.host("api").Commit(t.Context(), rollout.Change{Base: u.record.Revision, State: s, Move: a.Move, Percent: a.Percent, Start: true})
	if !errors.Is(err, rollout.ErrStale) || b.upstream("api") != u {
		t.Errorf("error %v, want a stale start that changes nothing", err)
	}
}

// TestReloadWhoseCallerLeaves: the writer goes on, and its result is nobody's.
func TestReloadWhoseCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{Store: state.NewMemory()}
		b := newBench(t, Options{Config: oneUpstream(), Store: disk})
		b.startAll(t)
		synctest.Wait()
		disk.slow.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		more := oneUpstream()
		more.Upstreams = append(more.Upstreams, upstreamConfig("more", ver{"v1", 1, 1}))
		if res, err := b.Reload(ctx, more); !errors.Is(err, context.DeadlineExceeded) || res.Generation != 0 {
			t.Errorf("Reload = %+v, %v, want nothing but the context's end", res, err)
		}
		time.Sleep(5 * time.Second)
		if b.upstream("more") == nil {
			t.Error("the reload that was under way has not been made")
		}
	})
}
