package control

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// rollingFile is a file whose rolling rollouts take a second for each endpoint.
func rollingFile(from, to int) *config.Config {
	u := upstreamConfig("api", ver{"v1", 100, from}, ver{"v2", 0, to})
	u.Rollout.Strategy, u.Rollout.Bake = rolling, 10*time.Second
	u.Rollout.Rolling = config.Rolling{MaxSurge: config.Amount{Count: 1}, MinReady: time.Second, ProgressDeadline: time.Minute}
	return fileConfig(u)
}

// serving counts the endpoints that requests may come to.
func serving(u *upstream) map[string]int {
	out := map[string]int{}
	for _, v := range u.versions {
		for i := range v.endpoints {
			if v.endpoints[i].live.live.Usable() {
				out[v.name]++
			}
		}
	}
	return out
}

// states are those of a version's endpoints, as operators see them.
func states(u *upstream, version string) string {
	var out []string
	for _, e := range u.version(version).endpoints {
		out = append(out, e.live.live.Admin().String())
	}
	return strings.Join(out, " ")
}

// TestRollingReplacesAll: usable capacity is never below what it was, the share follows
// it, and what was replaced is the way back.
func TestRollingReplacesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		b := newBench(t, Options{Config: rollingFile(3, 3), Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		b.startAll(t)
		if p, err := b.Plan("api", ""); err != nil || len(p.Steps) != 3 || p.Steps[2].Percent != 100 {
			t.Errorf("plan: %+v, %v", p.Steps, err)
		}
		u, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
		if err != nil || u.Rollout.Phase != rollout.Progressing || u.Rollout.Plan.Rolling.Desired != 3 {
			t.Fatalf("start: %+v, %v", u.Rollout, err)
		}
		if got := states(b.upstream("api"), "v2"); !strings.HasSuffix(got, "down down") {
			t.Errorf("endpoints that are not in yet: %s", got)
		}
		shares := map[float64]bool{}
		for b.upstream("api").rollout().Phase == rollout.Progressing {
			time.Sleep(20 * time.Millisecond)
			u := b.upstream("api")
			n := serving(u)
			if n["v1"]+n["v2"] < 3 || n["v1"]+n["v2"] > 4 && u.rollout().Phase == rollout.Progressing {
				t.Fatalf("%v serve in %s", n, u.rollout().Reason)
			}
			shares[u.record.Split.Weights["v2"]] = true
		}
		for _, want := range []float64{25, 33.33, 50, 66.67, 75, 100} {
			if !shares[want] {
				t.Errorf("never at %v %%: %v", want, shares)
			}
		}
		if run := b.upstream("api").rollout(); run.Phase != rollout.Baking || run.StepNumber() != 3 || run.StepCount() != 3 {
			t.Fatalf("%s after %d of %d batches: %s", run.Phase, run.StepNumber(), run.StepCount(), run.Reason)
		}
		if n := serving(b.upstream("api")); n["v1"] != 3 || n["v2"] != 3 {
			t.Errorf("%v in the bake, want the way back to be warm", n)
		}
		time.Sleep(11 * time.Second)
		r := kept(t, store)["api"]
		if r.Rollout.Phase != rollout.Succeeded || r.Split.Stable != "v2" || len(r.Endpoints) != 0 {
			t.Errorf("%s, stable %s, endpoints %v", r.Rollout.Phase, r.Split.Stable, r.Endpoints)
		}
		if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
			t.Errorf("undo: %v", err)
		}
	})
}

// TestRollingRevert: what is drained is back in the snapshot that takes the candidate's
// share away.
func TestRollingRevert(t *testing.T) {
	for _, how := range []string{"abort", "worse", "bake"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: rollingFile(4, 4)})
				bad := failing()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go traffic(ctx, b, bad)
				b.startAll(t)
				b.each = func() {
					u := b.upstream("api")
					if w := u.record.Split.Weights["v2"]; w == 0 && u.record.Rollout != nil && u.record.Rollout.Roll.Back && states(u, "v1") != "up up up up" {
						t.Errorf("nothing on v2, and v1 is %s", states(u, "v1"))
					}
				}
				if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
					t.Fatal(err)
				}
				want := rollout.Reverted
				for run := b.upstream("api").rollout(); run.Roll.Batch < 3 || how == "bake" && run.Phase != rollout.Baking; run = b.upstream("api").rollout() {
					time.Sleep(50 * time.Millisecond)
				}
				if how == "abort" {
					want = rollout.Aborted
					if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
						t.Fatal(err)
					}
				} else {
					bad.add("v2")
				}
				time.Sleep(3 * time.Second)
				u := b.upstream("api")
				if run := u.rollout(); run.Phase != want || run.Percent != 0 || u.record.Split.Weights["v1"] != 100 || run.Report == nil {
					t.Errorf("%s: %s at %v %%: %s", how, run.Phase, run.Percent, run.Reason)
				}
				if states(u, "v1") != "up up up up" || states(u, "v2") != "up up up up" || len(u.record.Endpoints) != 0 {
					t.Errorf("v1 is %s, v2 %s, set %v", states(u, "v1"), states(u, "v2"), u.record.Endpoints)
				}
			})
		})
	}
}

// TestRollingDeadline: a replacement that never comes up reverts, and says which.
func TestRollingDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: rollingFile(3, 3)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		b.startAll(t)
		synctest.Wait() // until health watches: an ejection that it finds is one that ends
		sick := b.upstream("api").version("v2").endpoints[1]
		sick.live.live.SetEjected(true)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		for range 70 * 20 {
			sick.live.live.SetEjected(true)
			time.Sleep(50 * time.Millisecond)
		}
		run := b.upstream("api").rollout()
		if run.Phase != rollout.Reverted || !strings.Contains(run.Reason, "deadline") || !strings.Contains(run.Reason, sick.address) {
			t.Errorf("%s: %s", run.Phase, run.Reason)
		}
		if n := serving(b.upstream("api")); n["v1"] != 3 {
			t.Errorf("%v serve", n)
		}
	})
}

// TestRollingGoesOn: a process that ends in any batch is followed by one that goes on
// there.
func TestRollingGoesOn(t *testing.T) {
	for _, after := range []time.Duration{500 * time.Millisecond, 1200 * time.Millisecond, 2 * time.Second, 3 * time.Second, 4500 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := state.NewMemory()
				func() {
					b := newBench(t, Options{Config: rollingFile(3, 3), Store: keepOpen{store}})
					ctx, cancel := context.WithCancel(t.Context())
					done := make(chan error, 1)
					go func() { done <- b.Run(ctx) }()
					if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
						t.Error(err)
					}
					time.Sleep(after)
					cancel()
					<-done
				}()
				was := kept(t, store)["api"]
				b := newBench(t, Options{Config: rollingFile(3, 3), Store: keepOpen{store}})
				b.startAll(t)
				if n := serving(b.upstream("api")); n["v1"]+n["v2"] < 3 {
					t.Errorf("%v serve after a start in batch %d", n, was.Rollout.Roll.Batch)
				}
				time.Sleep(30 * time.Second)
				if run := b.upstream("api").rollout(); run.Phase != rollout.Succeeded {
					t.Errorf("%s: %s", run.Phase, run.Reason)
				}
			})
		})
	}
}

// keepOpen is a store that survives its Control.
type keepOpen struct{ state.Store }

func (keepOpen) Close() error { return nil }

// TestRollingRefused: what could not be done is not begun.
func TestRollingRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Upstream)
		want   string
	}{
		"too few": {func(u *config.Upstream) { u.Versions[1].Endpoints = u.Versions[1].Endpoints[:2] }, "v2 has 2 endpoints to bring in, v1 has 3 usable, and max_unavailable is 0: want 3 or more"},
		"a share": {func(u *config.Upstream) { u.Versions[0].Weight, u.Versions[1].Weight = 90, 10 }, "weight 10 already"},
		"all out": {func(u *config.Upstream) {
			u.Versions[1].Endpoints[0].State = "down"
			u.Versions[1].Endpoints = u.Versions[1].Endpoints[:1]
		}, "no endpoint to bring in"},
		"in place": {func(u *config.Upstream) { u.Versions[1].Endpoints[0].Address = u.Versions[0].Endpoints[0].Address }, "rolling.max_unavailable of 1 or more"},
		"no hook": {func(u *config.Upstream) {
			u.Versions[1].Endpoints[0].Address = u.Versions[0].Endpoints[0].Address
			u.Rollout.Rolling.MaxUnavailable.Count = 1
		}, "rolling.start or rolling.stop"},
		"no check": {func(u *config.Upstream) {
			u.Versions[1].Endpoints[0].Address = u.Versions[0].Endpoints[0].Address
			u.Rollout.Rolling.MaxUnavailable.Count = 1
			u.Rollout.Rolling.Start = &config.RollingHook{Exec: []string{"true"}, Timeout: time.Second}
		}, "health.active"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := rollingFile(3, 3)
			c.change(&cfg.Upstreams[0])
			b := newBench(t, Options{Config: cfg})
			b.startAll(t)
			_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
			wantKind(t, err, Conflict)
			wantText(t, err, c.want)
			if u := b.upstream("api"); u.record.Rollout != nil || len(u.record.Endpoints) > 0 {
				t.Errorf("%+v", u.record)
			}
		})
	}
}

// TestRollingIsNotAnOperators: what a rolling rollout asks of an endpoint is told from
// what an operator does, and neither is lost by the other.
func TestRollingIsNotAnOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: rollingFile(3, 4)})
		b.startAll(t)
		first, third := b.upstream("api").version("v2").endpoints[0].address, b.upstream("api").version("v2").endpoints[2].address
		set := func(address, state string) error {
			_, err := b.SetEndpoint(t.Context(), "api", address, EndpointPatch{State: &state}, Meta{})
			return err
		}
		if err := set(first, "drain"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		if got := states(b.upstream("api"), "v2"); !strings.HasPrefix(got, "drain") || !strings.HasSuffix(got, "down down") {
			t.Errorf("at the start: %s, want the operator's to stay", got)
		}
		err := set(third, "up")
		wantKind(t, err, Conflict)
		if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := states(b.upstream("api"), "v2"); got != "drain up up up" {
			t.Errorf("after it: %s", got)
		}
	})
}

// TestRollingHooks: each endpoint that comes in is started, each that goes is stopped
// once it is drained; a revert starts what was stopped. Real commands, real time.
func TestRollingHooks(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := filepath.Join(dir, "hook")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$WEIR_GATE $WEIR_VERSION $WEIR_ENDPOINT $WEIR_FROM>$WEIR_TO\" >>"+log+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg := rollingFile(2, 2)
	r := &cfg.Upstreams[0].Rollout.Rolling
	r.MinReady = 0
	r.Start = &config.RollingHook{Exec: []string{script}, Timeout: 10 * time.Second}
	r.Stop = &config.RollingHook{Exec: []string{script}, Timeout: 10 * time.Second}
	b := newBench(t, Options{Config: cfg})
	b.startAll(t)
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", ID: "r"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	until(t, b.inPhase(rollout.Baking))
	if got := states(b.upstream("api"), "v1"); got != "down down" {
		t.Errorf("v1, which was stopped, is %s", got)
	}
	if s := b.upstream("api").rollout(); !s.Roll.Cold() {
		t.Errorf("v1, which was stopped, is warm: %+v", s.Roll.From)
	}
	if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
		t.Fatal(err)
	}
	until(t, b.inPhase(rollout.Aborted))
	u := b.upstream("api")
	if got := states(u, "v1") + ", " + states(u, "v2"); got != "up up, down down" {
		t.Errorf("%s after the abort: %s", got, u.rollout().Reason)
	}
	said, _ := os.ReadFile(log)
	var want []string
	for _, l := range []string{"start v2 1:3000", "stop v1 0:3000", "start v2 1:3001", "stop v1 0:3001"} {
		want = append(want, strings.ReplaceAll(strings.ReplaceAll(l, " 1:", " 127.0.1.0:"), " 0:", " 127.0.0.0:")+" v1>v2")
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if len(lines) != 8 || strings.Join(lines[:4], "\n") != strings.Join(want, "\n") {
		t.Fatalf("hooks:\n%s", said)
	}
	for _, l := range []string{"start v1 127.0.0.0:3000", "start v1 127.0.0.0:3001", "stop v2 127.0.1.0:3000", "stop v2 127.0.1.0:3001"} {
		if !strings.Contains(strings.Join(lines[4:], "\n"), l+" v2>v1") {
			t.Errorf("no %q on the way back:\n%s", l, said)
		}
	}
}

// inPhase is what until waits for: the phase of api's rollout.
func (b *bench) inPhase(want rollout.Phase) func() string {
	return func() string {
		run := b.upstream("api").rollout()
		if run.Phase == want {
			return ""
		}
		return string(run.Phase) + ": " + run.WaitsFor()
	}
}
