package control

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// TestMigrationBeforeTheStart: a candidate that only runs on the schema which the gates
// before the start bring may be started; it gets requests when they have, and none when
// they passed without having brought it.
func TestMigrationBeforeTheStart(t *testing.T) {
	for _, brings := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			cfg := schemaConfig()
			u := &cfg.Upstreams[0]
			u.Schema = &config.Schema{URL: "http://db/version", Interval: time.Hour, Timeout: time.Second}
			u.Rollout.Gates = []config.Gate{people("expand", config.BeforeStart)}
			b, d := newBench(t, Options{Config: cfg}), &database{}
			d.version.Store(41)
			b.askSchema = d.ask
			b.startAll(t)
			synctest.Wait()
			if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v3"}, Meta{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if r, _ := b.Rollout("api"); r.Phase != rollout.WaitingGate || b.split("api").Weights["v3"] != 0 {
				t.Fatalf("before the migration: %s with %v: %s", r.Phase, b.split("api").Weights["v3"], r.Reason)
			}
			if brings {
				d.version.Store(42)
			}
			if _, err := b.Approve(t.Context(), "api", "expand", true, Meta{Author: "ann"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // long before the schema would be asked for at its interval
			r, _ := b.Rollout("api")
			got := b.split("api").Weights["v3"]
			if brings && (r.Phase != rollout.Progressing || got == 0) {
				t.Errorf("after the migration: %s with %v: %s", r.Phase, got, r.Reason)
			}
			if !brings && (r.Phase != rollout.Reverted || got != 0 || !strings.Contains(r.Reason, "schema: v3 cannot run on schema 41")) {
				t.Errorf("without the migration: %s with %v: %s", r.Phase, got, r.Reason)
			}
		})
	}
}

// TestNoMigrationInTheFile: the number in a file is not changed by a gate.
func TestNoMigrationInTheFile(t *testing.T) {
	cfg := schemaConfig()
	cfg.Upstreams[0].Rollout.Gates = []config.Gate{people("expand", config.BeforeStart)}
	b := newBench(t, Options{Config: cfg})
	b.startWriter(t)
	_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v3"}, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "schema: v3 cannot run on schema 41")
}
