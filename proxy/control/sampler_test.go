package control

import (
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

func TestSamplerFillsWindowsAndSetsOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := oneUpstream()
		cfg.Upstreams[0].Guard = false // or it would end the test's bad version
		b := newBench(t, Options{Config: cfg})
		b.startAll(t)
		u := b.upstream("api")
		if got := time.Duration(u.shared.OverdueAfter.Load()); got != time.Second {
			t.Errorf("overdue before anything is known: %v, want 1s", got)
		}
		synctest.Wait()
		v1, v2 := u.version("v1").live.stats, u.version("v2").live.stats
		for range 100 {
			v1.First(0, outcome.OK)
			v1.FirstByte(0, true, 800*time.Millisecond)
			v2.First(0, outcome.Error)
			v2.FirstByte(0, true, 5*time.Second)
		}
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		v, _ := b.Upstream("api")
		if w := v.Versions[0].Window; w.Requests != 100 || w.Errors != 0 || w.P99 < 700*time.Millisecond {
			t.Errorf("window of v1 = %+v", w)
		}
		if w := v.Versions[1].Window; w.Requests != 100 || w.Errors != 100 || w.ErrorRate != 1 {
			t.Errorf("window of v2 = %+v", w)
		}
		known := time.Duration(u.shared.OverdueAfter.Load())
		if known < 2*time.Second || known > 3*time.Second {
			t.Errorf("overdue = %v, want three times stable's 0.8 s, within a bucket", known)
		}
		// Stable falls silent, in a bake say: the last word counts.
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if got := time.Duration(u.shared.OverdueAfter.Load()); got != known {
			t.Errorf("overdue after silence = %v, want %v still", got, known)
		}
		if v, _ = b.Upstream("api"); v.Versions[0].Window.Requests != 0 {
			t.Errorf("window of v1 half a minute later = %+v", v.Versions[0].Window)
		}
		m := b.Metrics().Upstreams[0]
		if m.Versions[1].Attempts.Failures() != 100 || m.Versions[0].Share != 0.9 || !m.Versions[0].Endpoints[0].Up {
			t.Errorf("metrics = %+v", m.Versions)
		}
	})
}

// TestFlipsAreSeenSoonAndSeldom: a flipped endpoint is out of or in the eligible
// set within 10 ms, however many others flip.
func TestFlipsAreSeenSoonAndSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: oneUpstream()})
		b.startWriter(t)
		group := b.upstream("api").version("v2").group
		for _, e := range b.upstream("api").version("v2").endpoints {
			e.live.live.SetCheck(balancer.CheckDown)
		}
		b.flips.note("api") // of both at once, or the writer may rebuild between them
		b.flips.note("gone")
		synctest.Wait()
		if group.HasUsable() {
			t.Error("usable with every endpoint down")
		}
		at := time.Now()
		for _, e := range b.upstream("api").version("v2").endpoints {
			e.live.live.SetCheck(balancer.CheckUp)
			b.flips.note("api")
			synctest.Wait()
		}
		if time.Since(at) > 0 || group.Pick(nil, false) >= 0 {
			t.Error("rebuilt again within 10 ms")
		}
		time.Sleep(eligibleEvery)
		synctest.Wait()
		if group.Pick(nil, false) < 0 {
			t.Error("not rebuilt after 10 ms")
		}
		var health []string
		for _, ev := range b.emitted() {
			if ev.Kind == EventEndpoint {
				health = append(health, ev.Version+" "+ev.State)
			}
		}
		if len(health) != 4 || health[0] != "v2 down" || health[3] != "v2 up" {
			t.Errorf("endpoint events = %q, want two down and two up", health)
		}
	})
}
