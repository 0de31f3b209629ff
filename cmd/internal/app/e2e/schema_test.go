//go:build !race

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// database answers for its schema's version, and takes the contract: the migration
// that drops what the old version needs.
type database struct {
	*httptest.Server
	version atomic.Int64

	mu        sync.Mutex
	contracts []contractCall
}

type contractCall struct {
	key     string
	at      time.Time
	payload struct{ Gate, Phase, Rollout, From, To, Reason string }
}

func newDatabase(t *testing.T, version int64) *database {
	t.Helper()
	d := &database{}
	d.version.Store(version)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			fmt.Fprintf(w, `{"version": %d}`, d.version.Load())
			return
		}
		c := contractCall{key: r.Header.Get("Idempotency-Key"), at: time.Now()}
		_ = json.NewDecoder(r.Body).Decode(&c.payload) // what is missing is seen
		d.version.Store(43)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.contracts = append(d.contracts, c)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *database) contracted() []contractCall {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.contracts
}

// schemaAnswer is what the tests of schemas read of an upstream.
type schemaAnswer struct {
	Schema struct {
		Current *int
		Source  string
	}
	Contract struct{ State string }
	Versions []struct {
		Schema struct {
			Min, Max *int
			Source   string
		}
		Retired *struct {
			LastRequestAt time.Time `json:"last_request_at"`
		}
	}
}

func (w *weir) schema() (u schemaAnswer) {
	w.t.Helper()
	w.must("GET", "/v1/upstreams/api", "", &u)
	return u
}

// refused is a command that has to be refused, with these words.
func (w *weir) refused(words string, args ...string) {
	w.t.Helper()
	_, stderr, code := w.cli(args...)
	if code != 1 || !strings.Contains(stderr, words) {
		w.t.Errorf("weir %s: exit %d, %q, want 1 and %q", strings.Join(args, " "), code, stderr, words)
	}
}

// Promise: a version never gets requests that its database cannot serve it for; an old
// version is done with when its last request has ended, not before; and behind the
// contract nobody goes back by mistake.
func TestSchemaFromExpandToContract(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, 40)
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	v2.schema.Store("42-43")
	text := w.yaml(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: fmt.Sprintf(`health: {active: {path: /health, interval: 100ms, rise: 1}}
schema: {url: "%[1]s/version", interval: 100ms}
rollout:
  steps: [{weight: 100%%}]
  min_requests: 1
  bake: 0s
  keep_warm: 1s
  gates: [{name: drop, at: after_finish, http: {url: "%[1]s/contract"}}]
`, db.URL)})
	w.writeText(strings.Replace(text, "v1: {", `v1: {schema: "40-42", `, 1))
	w.start()

	w.eventually("schema 40", func() bool {
		u := w.schema()
		return u.Schema.Current != nil && *u.Schema.Current == 40 && u.Versions[1].Schema.Min != nil
	})
	if u := w.schema(); *u.Versions[1].Schema.Min != 42 || *u.Versions[1].Schema.Max != 43 || u.Versions[1].Schema.Source != "announced" || u.Versions[0].Schema.Source != "declared" {
		t.Errorf("ranges: %+v", u.Versions)
	}
	const cannot = "schema: v2 cannot run on schema 40: it runs on 42-43 (announced)"
	w.refused("upstream api: "+cannot, "rollout", "start", "api", "--to", "v2")
	w.refused("upstream api: weights.v2: "+cannot, "set-weight", "api", "v1=90", "v2=10")
	if out := w.does("status", "api"); !strings.Contains(out, "schema: 40; v1 runs on 40-42, v2 runs on 42-43") {
		t.Errorf("status:\n%s", out)
	}

	// Expanded. A long request to v1 outlives the rollout and what is kept warm.
	db.version.Store(42)
	w.eventually("schema 42", func() bool { return *w.schema().Schema.Current == 42 })
	release := make(chan struct{})
	v1.does(func(_ int, r *http.Request) reply {
		if r.URL.Path == "/long" {
			return reply{until: release}
		}
		return reply{}
	})
	long := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + w.web + "/long")
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		long <- err
	}()
	w.eventually("the long request", func() bool { return w.endpoint(v1.addr).Inflight == 1 })
	retired := w.follows("version_retired")
	l := startLoad(t, loadOptions{addr: w.web, rate: 200, prefix: "schema"})
	w.startRollout("v2")
	w.rolloutIs("succeeded")
	noFailures(t, l.end())
	w.eventually("v1 is warm no longer", func() bool {
		var r struct {
			WarmUntil time.Time `json:"warm_until"`
		}
		w.must("GET", "/v1/upstreams/api/rollout", "", &r)
		return time.Now().After(r.WarmUntil.Add(1500 * time.Millisecond))
	})
	if u := w.schema(); u.Versions[0].Retired != nil || len(db.contracted()) > 0 || u.Contract.State != "pending" {
		t.Errorf("with a request in flight: retired %v, contract %s", u.Versions[0].Retired, u.Contract.State)
	}
	ended := time.Now()
	close(release)
	if err := <-long; err != nil {
		t.Errorf("the long request: %v", err)
	}
	w.eventually("the contract", func() bool { return w.schema().Contract.State == "passed" })
	if r := w.schema().Versions[0].Retired; r == nil || r.LastRequestAt.Before(ended.Add(-time.Second)) {
		t.Errorf("retired: %+v, want the last request after %v", r, ended)
	}
	var ev struct {
		Version  string
		Inflight *int `json:"in_flight"`
		Warm     *bool
	}
	if said := retired(); json.Unmarshal([]byte(said), &ev) != nil || ev.Version != "v1" || ev.Inflight == nil || *ev.Inflight != 0 || ev.Warm == nil || *ev.Warm {
		t.Errorf("event: %s", said)
	}
	if c := db.contracted(); len(c) != 1 || c[0].at.Before(ended) || c[0].key != c[0].payload.Rollout+"/drop" || c[0].payload.Phase != "after_finish" ||
		!strings.HasPrefix(c[0].payload.Reason, "v1 has retired: last request at ") {
		t.Errorf("the contract was asked for as %+v", c)
	}

	// No way back, unless somebody insists.
	w.refused(" is a point of no return: drop passed at ", "rollout", "undo", "api")
	if _, stderr, code := w.cli("rollout", "undo", "api", "--override"); code != 2 || !strings.Contains(stderr, "--reason") {
		t.Errorf("an override without a reason: exit %d, %q", code, stderr)
	}
	w.kill()
	w.start()
	w.refused(" is a point of no return: drop passed at ", "rollout", "undo", "api", "--to-revision", "1")
	w.does("rollout", "undo", "api", "--override", "--reason", "restored from the backup")
	if h := w.history(); h[0].Stable != "v1" || !strings.HasPrefix(h[0].Reason, "restored from the backup (to revision 1 by override, though revision ") {
		t.Errorf("history: %+v", h[0])
	}
	log, err := os.ReadFile(w.logFile())
	if err != nil || !strings.Contains(string(log), "by override, though revision ") {
		t.Errorf("the log does not say so: %v", err)
	}
	if len(db.contracted()) != 1 {
		t.Errorf("the contract was asked for %d times", len(db.contracted()))
	}
}

// follows reads events from now on; the function it returns waits for the first of a
// type and says its data.
func (w *weir) follows(kind string) func() string {
	w.t.Helper()
	res, err := http.Get("http://" + w.admin + "/v1/events")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	said := make(chan string, 1)
	go func() {
		in := bufio.NewScanner(res.Body)
		for mine := false; in.Scan(); {
			if line := in.Text(); strings.HasPrefix(line, "event: ") {
				mine = line == "event: "+kind
			} else if data, ok := strings.CutPrefix(line, "data: "); ok && mine {
				said <- data
				return
			}
		}
		close(said)
	}()
	return func() string {
		select {
		case s := <-said:
			return s
		case <-time.After(10 * time.Second):
			return "nothing in ten seconds"
		}
	}
}
