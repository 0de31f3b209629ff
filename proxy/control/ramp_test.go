package control

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
	"weir/proxy/control/state"
)

// traffic counts 1000 attempts a second, by the shares that serve, until ctx
// ends. A version in bad fails each of them.
func traffic(ctx context.Context, b *bench, bad *faulty) { trafficOf(ctx, b, bad, 10*time.Millisecond) }

// trafficOf is traffic of ten attempts in each interval.
func trafficOf(ctx context.Context, b *bench, bad *faulty, interval time.Duration) {
	trafficTo(ctx, b, "api", bad, interval)
}

// trafficTo is trafficOf to the upstream of that name.
func trafficTo(ctx context.Context, b *bench, name string, bad *faulty, interval time.Duration) {
	attemptsAt(ctx, b, name, interval, func(u *upstream, v *version, e *liveEndpoint) {
		kind, status := outcome.OK, 200
		if bad.has(v.name) {
			kind, status = outcome.Error, 500
		}
		e.stats.Record(kind, true)
		v.live.stats.First(0, kind)
		v.live.stats.FirstByte(0, true, 5*time.Millisecond)
		u.shared.Users.Done(0, status, false, 5*time.Millisecond)
		if kind != outcome.OK {
			select {
			case u.shared.Wake <- struct{}{}:
			default:
			}
		}
	})
}

// attempts makes ten attempts in each interval, by the shares that serve, until ctx
// ends: each is what made says of it.
func attempts(ctx context.Context, b *bench, interval time.Duration, made func(u *upstream, v *version, e *liveEndpoint)) {
	attemptsAt(ctx, b, "api", interval, made)
}

func attemptsAt(ctx context.Context, b *bench, name string, interval time.Duration, made func(u *upstream, v *version, e *liveEndpoint)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		u := b.upstream(name)
		for range 10 {
			v := u.versions[u.proxied.Split.Choose(nil)]
			e := u.proxied.Split.Pick(u.proxiedIndex(v.name), nil)
			if e < 0 {
				continue // ejected since it was chosen
			}
			made(u, v, v.endpoints[e].live)
		}
	}
}

// faulty is a set of versions that fail.
type faulty struct{ sync.Map }

func failing(versions ...string) *faulty {
	f := &faulty{}
	f.add(versions...)
	return f
}

func (f *faulty) add(versions ...string) {
	for _, v := range versions {
		f.Store(v, true)
	}
}

func (f *faulty) has(version string) bool {
	_, ok := f.Load(version)
	return ok
}

func (u *upstream) proxiedIndex(name string) int {
	for i, v := range u.versions {
		if v.name == name {
			return i
		}
	}
	return -1
}

func TestGoodCandidateBecomesStable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})), Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		b.startAll(t)
		u, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{Author: "ann", Reason: "1.2"})
		if err != nil || u.Revision != 2 || u.Rollout == nil || u.Rollout.Plan.To != "v2" {
			t.Fatalf("StartRollout = %+v, %v, want revision 2 and the rollout", u, err)
		}
		if got := b.split("api").Weights["v2"]; got != 10 {
			t.Errorf("v2 has weight %v after the start, want 10", got)
		}
		v, _ := b.Upstream("api")
		if v.Rollout == nil || v.Rollout.ID != "api-2" || v.Rollout.Phase != rollout.Progressing || v.Ended != nil {
			t.Errorf("rollout = %+v, ended %+v", v.Rollout, v.Ended)
		}
		time.Sleep(500 * time.Millisecond)
		if u, err := b.Command(t.Context(), "api", rollout.Pause, Meta{}); err == nil && (u.Rollout == nil || u.Rollout.Phase != rollout.Paused) {
			t.Errorf("pause answers with %+v, want it paused", u.Rollout)
		} else if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if s, _ := b.Rollout("api"); s.Phase != rollout.Paused || kept(t, store)["api"].Rollout.Phase != rollout.Paused {
			t.Errorf("a minute after pause: %+v", s)
		}
		_, err = b.Command(t.Context(), "api", rollout.Pause, Meta{})
		wantKind(t, err, Conflict)
		if want := "upstream api: pause while paused: it is paused already; want resume or abort"; err == nil || err.Error() != want {
			t.Errorf("pause again: %v, want %q", err, want)
		}
		if _, err := b.Command(t.Context(), "api", rollout.Resume, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if s, _ := b.Rollout("api"); s.Phase != rollout.Baking || b.split("api").Weights["v2"] != 100 {
			t.Errorf("ten seconds later: %+v at %v", s, b.split("api"))
		}
		generation := b.Status().Generation
		time.Sleep(time.Minute)
		if got := b.Status().Generation; got != generation {
			t.Errorf("a minute of bake made %d generations, want none: evidence is not for requests", got-generation)
		}
		time.Sleep(5 * time.Minute)
		v, _ = b.Upstream("api")
		if v.Stable != "v2" || v.Rollout != nil || v.Drift == "" {
			t.Errorf("after the bake: %+v", v)
		}
		h, _ := b.History("api")
		if h[0].Rollout == nil || h[0].Rollout.Report == nil || h[0].Rollout.Report.Availability != 100 || !h[0].Settled {
			t.Errorf("last revision = %+v, want the report", h[0])
		}
		for i, r := range h[1:4] {
			if r.Settled || r.Source != SourceRollout {
				t.Errorf("revision %d = %+v, want an unsettled one of the rollout", i+1, r)
			}
		}
	})
}

// TestBadCandidateIsReverted, with every save from the start of the trouble on
// failing: out at once, and kept as soon as the disk works again.
func TestBadCandidateIsReverted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := false
		store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
			if full {
				return syscall.ENOSPC
			}
			return nil
		}}
		b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})), Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing("v2"))
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", ID: "bad"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		u := b.upstream("api")
		if err := b.do(t.Context(), func() error { full = true; return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !u.trips["v2"].IsSet() || b.split("api").Weights["v2"] != 0 {
			t.Errorf("a second later: trip %v, split %v", u.trips["v2"].IsSet(), b.split("api"))
		}
		if st := b.Status().State; st.OK {
			t.Error("status says that state is kept")
		}
		var totals outcome.Totals
		u.version("v2").live.stats.Totals(&totals)
		if n := totals.Failures(); n > 16 {
			t.Errorf("%d requests went to the candidate, want 8 and those in flight then", n)
		}
		s, _ := b.Rollout("api")
		if s.Phase != rollout.Reverted || s.Report == nil || s.Report.SecondsToZero == nil {
			t.Errorf("rollout = %+v, want it reverted with its report", s)
		}
		if err := b.do(t.Context(), func() error { full = false; return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		got := kept(t, store)["api"]
		if !b.Status().State.OK || got.Rollout.Phase != rollout.Reverted || got.Split.Weights["v2"] != 0 || !got.History[0].Settled {
			t.Errorf("kept after the disk works again: %+v", got)
		}
	})
}

// TestGuardRevertsASplitNobodyStarted: an imported 90/10 with a dead 10.
func TestGuardRevertsASplitNobodyStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: oneUpstream()})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing("v2"))
		if m := b.Metrics(); m.Generation != 1 || m.Upstreams[0].Versions[0].Guard != "" || m.Upstreams[0].Versions[1].Guard != rollout.Progressing {
			t.Error("metrics do not show generation 1 with a guard of v2 alone")
		}
		if v, _ := b.Upstream("api"); len(v.Guards) != 1 || v.Guards[0].Plan.To != "v2" {
			t.Errorf("guards = %+v", v.Guards)
		}
		b.startAll(t)
		time.Sleep(time.Second)
		synctest.Wait()
		h, _ := b.History("api")
		if h[0].Source != SourceGuard || h[0].Split["v2"] != 0 || h[0].Rollout == nil || h[0].Rollout.Report == nil {
			t.Errorf("newest revision = %+v", h[0])
		}
		if _, err := b.Rollout("api"); err == nil {
			t.Error("a guard shows as a rollout")
		}
	})
}

// TestAbort is also possible while nothing can be kept.
func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := false
		store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
			if full {
				return syscall.EROFS
			}
			return nil
		}}
		b := newBench(t, Options{Config: oneUpstream(), Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		if err := b.do(t.Context(), func() error { full = true; return nil }); err != nil {
			t.Fatal(err)
		}
		_, err := b.Command(t.Context(), "api", rollout.Promote, Meta{})
		wantKind(t, err, Unavailable)
		_, err = b.Command(t.Context(), "api", rollout.Abort, Meta{IfMatch: 99})
		wantKind(t, err, Stale)
		before := b.upstream("api").record.Revision
		u, err := b.Command(t.Context(), "api", rollout.Abort, Meta{Author: "ann"})
		if err != nil || u.Revision != before+1 || u.Rollout != nil || u.Split["v2"].Share != 0 || b.split("api").Weights["v2"] != 0 {
			t.Errorf("abort = %+v, %v, split %v", u, err, b.split("api"))
		}
		if s, _ := b.Rollout("api"); s.Phase != rollout.Aborted {
			t.Errorf("rollout = %+v", s)
		}
		if err := b.do(t.Context(), func() error { full = false; return nil }); err != nil {
			t.Fatal(err)
		}
	})
}

// TestKilledRampGoesOn: the process is gone in the middle of a step; the next
// one has the same split, step and revision, judges at once and finishes.
func TestKilledRampGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, disk := state.NewMemory(), state.NewMemory()
		file := func() *bench {
			return newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})), Store: store})
		}
		first := file()
		ctx, kill := context.WithCancel(t.Context())
		go traffic(ctx, first, failing())
		first.startAll(t)
		if _, err := first.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		held, _ := store.Load() // all that survives
		if err := disk.Save(held); err != nil {
			t.Fatal(err)
		}
		was, _ := first.Upstream("api")
		kill()

		store = disk
		second := file()
		ctx, end := context.WithCancel(t.Context())
		defer end()
		go traffic(ctx, second, failing())
		v, _ := second.Upstream("api")
		if v.Revision != was.Revision || v.Rollout == nil || v.Rollout.Step != was.Rollout.Step || v.Split["v2"].Weight != was.Split["v2"].Weight || v.Rollout.Step != 1 {
			t.Errorf("after the kill: %+v with %+v, want %+v with %+v", v, v.Rollout, was, was.Rollout)
		}
		if !second.upstream("api").proxied.Versions[1].Shielded || !second.upstream("api").version("v2").live.judged.Load() {
			t.Error("the candidate is not judged from the first request on")
		}
		second.startAll(t)
		time.Sleep(10 * time.Minute)
		if v, _ := second.Upstream("api"); v.Stable != "v2" {
			t.Errorf("ten minutes later: %+v", v)
		}
	})
}
