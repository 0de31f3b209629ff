package control

import (
	"context"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weir/health/outcome"
)

// TestSamplerKeepsSeconds: every second is there, with what users saw and what each
// version did, and what there is against the one that is judged.
func TestSamplerKeepsSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: oneUpstream()})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b.startAll(t)
		time.Sleep(time.Millisecond) // traffic comes between two looks
		synctest.Wait()
		if v, _ := b.Upstream("api"); v.Users != (outcome.Summary{}) {
			t.Errorf("what users saw before there are any = %+v", v.Users)
		}
		bad := failing()
		go traffic(ctx, b, bad)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		v, _ := b.Upstream("api")
		if u := v.Users; u.Requests < 9900 || u.Requests > 10_100 || u.Errors != 0 || u.Span != 10*time.Second || u.P99 < 4*time.Millisecond || u.P99 > 6*time.Millisecond {
			t.Errorf("what users saw = %+v, want 10 000 requests of 5 ms in 10 s", u)
		}
		s, err := b.Series("api", 0)
		if err != nil || len(s.At) != 21 && len(s.At) != 20 {
			t.Fatalf("series of 20 seconds: %d points, %v", len(s.At), err)
		}
		for i := 1; i < len(s.At); i++ {
			if s.At[i]-s.At[i-1] != 1000 || s.Requests[i] < 950 || s.Requests[i] > 1050 || s.P50[i] < 4 || s.P50[i] > 6 {
				t.Errorf("point %d: %d ms later, %v requests of %v ms", i, s.At[i]-s.At[i-1], s.Requests[i], s.P50[i])
			}
		}
		v1, v2 := s.Versions[0], s.Versions[1]
		if v1.Share[5] != 0.9 || v2.Share[5] != 0.1 || v1.Requests[5] < 8*v2.Requests[5] || v1.Judged() || !v2.Judged() || v2.Threshold != 2 {
			t.Errorf("versions = %+v, %+v; want nine tenths and one, and v2 judged at alpha 0.01", v1, v2)
		}
		bad.add("v2")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		s, _ = b.Series("api", s.At[len(s.At)-1])
		v2 = s.Versions[1]
		if len(s.At) != 3 || v2.Share[2] != 0 || !math.IsNaN(v2.Threshold) || slices.Max(v2.Errors) == 0 {
			t.Errorf("after the revert: %d points, %+v; want three, without a share, errors in one, and nobody judging", len(s.At), v2)
		}
		if _, err := b.Series("nope", 0); err == nil {
			t.Error("series of no upstream")
		}
	})
}

// TestSeriesOutlivesReloads: of an upstream that stays, and no other.
func TestSeriesOutlivesReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := func(names ...string) Options {
			cfg := fileConfig()
			for _, name := range names {
				cfg.Upstreams = append(cfg.Upstreams, upstreamConfig(name, ver{"v1", 90, 2}, ver{"v2", 10, 2}))
			}
			return Options{Config: cfg}
		}
		b := newBench(t, two("api", "gone"))
		b.startAll(t)
		points := func(name string) int {
			synctest.Wait()
			s, _ := b.Series(name, 0)
			return len(s.At)
		}
		use := func(names ...string) {
			for _, name := range names {
				b.upstream(name).shared.Users.Done(0, 200, false, time.Millisecond)
			}
			time.Sleep(3 * time.Second)
		}
		use("api", "gone")
		before := points("api")
		if before < 3 || points("gone") < 3 {
			t.Fatalf("%d and %d points after three seconds", before, points("gone"))
		}
		for _, names := range [][]string{{"api"}, {"api", "gone"}} {
			if _, err := b.Reload(t.Context(), two(names...).Config); err != nil {
				t.Fatal(err)
			}
		}
		if n := points("gone"); n > 1 {
			t.Errorf("%d points of an upstream that was removed and is back", n)
		}
		time.Sleep(2 * time.Second)
		if n := points("api"); n != before+2 {
			t.Errorf("%d points of the upstream that stayed, want %d and two more", n, before)
		}
	})
}
