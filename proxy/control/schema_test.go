package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

// schemaConfig is an upstream at one version of three, behind a database at schema 41.
func schemaConfig() *config.Config {
	cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 2}, ver{"v3", 0, 1}))
	u := &cfg.Upstreams[0]
	u.Schema = &config.Schema{Current: 41}
	u.Versions[0].Schema = &config.SchemaRange{Min: 41, Max: 42}
	u.Versions[2].Schema = &config.SchemaRange{Min: 42, Max: config.MaxSchema}
	return cfg
}

// announce is what an endpoint's check hears.
func (b *bench) announce(version string, endpoint int, said string) {
	h := http.Header{}
	if said != "" {
		h.Set(schemaHeader, said)
	}
	b.upstream("api").version(version).endpoints[endpoint].live.announced.hear(h)
}

func TestFitness(t *testing.T) {
	const unknown = "it is not known which schema v2 runs on: 127.0.1.0:3000 announces none: want versions.v2.schema in the file, or X-Schema-Range on health answers"
	for _, c := range []struct {
		name            string
		first, second   string // what the endpoints of v2 announce
		secondIsDown    bool
		cannot, unknown string
	}{
		{"nothing said", "-", "-", false, "", unknown},
		{"nothing announced", "", "41", false, "", unknown},
		{"not a range", "v41", "41", false, "", "it is not known which schema v2 runs on: 127.0.1.0:3000 announces v41, which is no range like 41-43: want versions.v2.schema in the file, or X-Schema-Range on health answers"},
		{"both can", "41-43", "40-41", false, "", ""},
		{"one cannot", "41-43", "42-43", false, "v2 cannot run on schema 41: it runs on 42-43 (announced)", ""},
		{"that one is down", "41-43", "42-43", true, "", ""},
		{"nothing suits both", "40-41", "42-43", false, "v2 cannot run on schema 41: no schema suits all of its endpoints: 127.0.1.0:3001 announces 42-43, others 40-41", ""},
	} {
		b := newBench(t, Options{Config: schemaConfig()})
		for i, said := range []string{c.first, c.second} {
			if said != "-" {
				b.announce("v2", i, said)
			}
		}
		if c.secondIsDown {
			b.upstream("api").version("v2").endpoints[1].live.live.SetCheck(balancer.CheckDown)
		}
		want := fitness{cannot: c.cannot, unknown: c.unknown}
		if got := b.upstream("api").fitness("v2", time.Now()); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, want)
		}
	}

	b := newBench(t, Options{Config: schemaConfig()})
	b.announce("v3", 0, "41-") // declared goes before announced
	if got := b.upstream("api").fitness("v3", time.Now()).cannot; got != "v3 cannot run on schema 41: it runs on 42- (declared)" {
		t.Errorf("v3: %q", got)
	}
	cfg := schemaConfig()
	cfg.Upstreams[0].Schema = nil
	b = newBench(t, Options{Config: cfg})
	if got := b.upstream("api").fitness("v3", time.Now()); got != (fitness{}) {
		t.Errorf("without a schema: %+v", got)
	}
}

func TestSchemaRefuses(t *testing.T) {
	b := newBench(t, Options{Config: schemaConfig()})
	b.startWriter(t)
	const v3 = "schema: v3 cannot run on schema 41: it runs on 42- (declared)"

	_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v3"}, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "upstream api: "+v3)
	_, err = b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "upstream api: schema: it is not known which schema v2 runs on: 127.0.1.0:3000 announces none")

	_, err = b.SetSplit(t.Context(), "api", weights{"v1": 95, "v3": 5}, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "upstream api: weights.v3: "+v3)
	_, err = b.SetSplit(t.Context(), "api", weights{"v1": 95, "v2": 5}, Meta{})
	wantText(t, err, "upstream api: weights.v2: schema: it is not known")

	// A file that cuts over is refused whole, like any bad file.
	next := schemaConfig()
	next.Upstreams[0].Stable, next.Upstreams[0].Versions[0].Weight, next.Upstreams[0].Versions[2].Weight = "v3", 0, 100
	_, err = b.Reload(t.Context(), next)
	wantKind(t, err, Invalid)
	wantText(t, err, "upstreams.api.stable: v3 would get more than now, but "+v3)
	if u := b.upstream("api"); u.record.Revision != 1 || u.record.Base.Stable != "v1" {
		t.Errorf("after a refused file: revision %d, base %+v", u.record.Revision, u.record.Base)
	}
	next.Upstreams[0].Schema = &config.Schema{Current: 42} // the same with the schema that goes with it
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}

	// And back: v1 runs on 42, not on 43.
	next = schemaConfig()
	next.Upstreams[0].Stable, next.Upstreams[0].Versions[0].Weight, next.Upstreams[0].Versions[2].Weight = "v3", 0, 100
	next.Upstreams[0].Schema = &config.Schema{Current: 43}
	res, err := b.Reload(t.Context(), next)
	if err != nil || len(res.Changed) > 0 {
		t.Fatalf("a newer schema: %+v, %v", res, err)
	}
	_, err = b.Undo(t.Context(), "api", 0, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, "upstream api: revision 1: schema: v1 cannot run on schema 43: it runs on 41-42 (declared); --override with a --reason goes there all the same")
	if _, err := b.Undo(t.Context(), "api", 0, Meta{Override: true, Reason: "the table is still there"}); err != nil {
		t.Fatal(err)
	}
	h, _ := b.History("api")
	if want := "the table is still there (to revision 1 by override, though schema: v1 cannot run on schema 43: it runs on 41-42 (declared))"; h[0].Reason != want || h[0].Source != SourceUndo {
		t.Errorf("revision %d by %s: %q", h[0].Revision, h[0].Source, h[0].Reason)
	}

	// Less of a version, and more of stable, are not refused for want of knowledge.
	cfg := schemaConfig()
	cfg.Upstreams[0].Versions[0].Schema = nil
	cfg.Upstreams[0].Versions[0].Weight, cfg.Upstreams[0].Versions[2].Weight = 50, 50
	b = newBench(t, Options{Config: cfg})
	b.startWriter(t)
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 80, "v3": 20}, Meta{}); err != nil {
		t.Errorf("back to stable: %v", err)
	}
}

// database answers what it is told to.
type database struct {
	version atomic.Int64
	down    atomic.Bool
}

func (d *database) ask(context.Context, string) (int, error) {
	if d.down.Load() {
		return 0, errors.New("connection refused")
	}
	return int(d.version.Load()), nil
}

// asked is a bench whose schema is asked at a URL every 5 s.
func asked(t *testing.T) (*bench, *database) {
	t.Helper()
	cfg := schemaConfig()
	cfg.Upstreams[0].Schema = &config.Schema{URL: "http://db/version", Interval: 5 * time.Second, Timeout: time.Second}
	cfg.Upstreams[0].Versions[1].Schema = &config.SchemaRange{Min: 41, Max: 43}
	b, d := newBench(t, Options{Config: cfg}), &database{}
	d.version.Store(41)
	b.askSchema = d.ask
	return b, d
}

func TestSchemaMovesDuringARollout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := asked(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		if why := b.upstream("api").fitness("v2", time.Now()).unknown; why != "the schema is not known: http://db/version has not been asked yet" {
			t.Errorf("before the start: %q", why)
		}
		b.startAll(t)
		synctest.Wait()
		cfg := b.Config().Upstreams[0]
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		d.version.Store(42) // expanded: both can
		time.Sleep(cfg.Schema.Interval + time.Second)
		if r := b.upstream("api").rollout(); r.Phase == rollout.Holding || r.Percent == 0 {
			t.Fatalf("on 42: %s: %s", r.Phase, r.Reason)
		}

		// Nobody answers: after three intervals it holds, and goes on when it is known again.
		d.down.Store(true)
		time.Sleep(20 * time.Second)
		if r := b.upstream("api").rollout(); r.Phase != rollout.Holding || !strings.Contains(r.Reason, "schema: the schema was 42 at 2000-01-01T") || !strings.HasSuffix(r.Reason, "http://db/version: connection refused") {
			t.Errorf("with nobody who answers: %s: %s", r.Phase, r.Reason)
		}
		_, err := b.Command(t.Context(), "api", rollout.Promote, Meta{})
		wantKind(t, err, Conflict)
		d.down.Store(false)
		time.Sleep(20 * time.Second)
		if r := b.upstream("api").rollout(); r.Phase == rollout.Holding {
			t.Errorf("with an answer: %s: %s", r.Phase, r.Reason)
		}

		// Contracted too early: stable cannot go back. Then both cannot, then only v2.
		d.version.Store(43)
		time.Sleep(6 * time.Second)
		_, err = b.Command(t.Context(), "api", rollout.Abort, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "schema: v1 cannot run on schema 43: it runs on 41-42 (declared); abort --force goes back to it all the same")
		d.version.Store(44)
		time.Sleep(6 * time.Second)
		r := b.upstream("api").rollout()
		if r.Phase != rollout.Holding || !strings.Contains(r.Reason, "schema: v1 cannot run on schema 44") || !strings.Contains(r.Reason, "v2 cannot run on schema 44") {
			t.Errorf("where nobody can run: %s: %s", r.Phase, r.Reason)
		}
		b.emitted()
		d.version.Store(40)
		time.Sleep(6 * time.Second)
		if r := b.upstream("api").rollout(); r.Phase != rollout.Holding {
			t.Errorf("on 40: %s: %s", r.Phase, r.Reason)
		}
		if ev := b.emitted(); len(ev) == 0 || ev[0].Kind != EventSchema || ev[0].State != "40" || ev[0].Upstream != "api" {
			t.Errorf("events = %+v, want the schema first", ev)
		}
		if _, err := b.Command(t.Context(), "api", rollout.AbortForce, Meta{Author: "ann"}); err != nil {
			t.Fatal(err)
		}
		if r := b.upstream("api").rollout(); r.Phase != rollout.Aborted || !strings.Contains(r.Reason, "by force, though schema: v1 cannot run on schema 40") {
			t.Errorf("forced: %s: %s", r.Phase, r.Reason)
		}
		cancel()
	})
}

func TestSchemaRevertsAndIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, d := asked(t)
		cfg := &b.Config().Upstreams[0]
		cfg.Versions[0].Schema, cfg.Versions[1].Schema = &config.SchemaRange{Min: 40, Max: 42}, &config.SchemaRange{Min: 41, Max: 41}
		b.startAll(t)
		synctest.Wait()
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		at := time.Now()
		d.version.Store(42)
		time.Sleep(6 * time.Second)
		r := b.upstream("api").rollout()
		if r.Phase != rollout.Reverted || r.Reason != "schema: v2 cannot run on schema 42: it runs on 41 (declared)" || b.split("api").Weights["v2"] != 0 {
			t.Errorf("%s: %s, %v", r.Phase, r.Reason, b.split("api"))
		}
		v, _ := b.Upstream("api")
		want := &SchemaView{Current: 42, Known: true, At: at.Add(5 * time.Second), Source: "http://db/version"}
		if diff := cmp.Diff(want, v.Schema); diff != "" {
			t.Errorf("schema (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(&RangeView{Min: 41, Max: 41, Known: true, Source: "declared"}, v.Versions[1].Schema); diff != "" {
			t.Errorf("v2 (-want +got):\n%s", diff)
		}

		// Another interval keeps what is known, another URL does not, and none ends it.
		next := schemaConfig()
		next.Upstreams[0].Schema = &config.Schema{URL: "http://db/version", Interval: time.Hour, Timeout: time.Second}
		d.down.Store(true)
		if _, err := b.Reload(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := b.upstream("api").schemaNow(time.Now()); !s.known || s.version != 42 || s.stale || s.err != "http://db/version: connection refused" {
			t.Errorf("with another interval: %+v", s)
		}
		next = schemaConfig()
		next.Upstreams[0].Schema = &config.Schema{URL: "http://other/version", Interval: time.Hour, Timeout: time.Second}
		if _, err := b.Reload(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if s := b.upstream("api").schemaNow(time.Now()); s.known {
			t.Errorf("of another database: %+v", s)
		}
		if _, err := b.Reload(t.Context(), schemaConfig()); err != nil {
			t.Fatal(err)
		}
		if b.upstream("api").live.schema.Load() != nil {
			t.Error("a URL is asked that the file does not have")
		}
	})
}

// TestBlueGreenWaitsForAnAnnouncement: a candidate that is not up yet cannot say what
// it runs on.
func TestBlueGreenWaitsForAnAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := schemaConfig()
		b := newBench(t, Options{Config: cfg})
		b.startAll(t)
		synctest.Wait() // what begins without checks is up, once Run has begun
		for _, e := range b.upstream("api").version("v2").endpoints {
			e.live.live.SetCheck(balancer.CheckDown)
		}
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: blueGreen}, Meta{}); err != nil {
			t.Fatal(err)
		}
		for i, e := range b.upstream("api").version("v2").endpoints {
			b.announce("v2", i, "42")
			e.live.live.SetCheck(balancer.CheckUp)
		}
		time.Sleep(time.Second)
		if r := b.upstream("api").rollout(); r.Phase != rollout.Reverted || r.Reason != "schema: v2 cannot run on schema 41: it runs on 42 (announced)" {
			t.Errorf("%s: %s", r.Phase, r.Reason)
		}
	})
}
