package admin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/proxy/admin/api"
)

func TestReads(t *testing.T) {
	r := newRig(t, nil)
	for path, want := range map[string]string{
		"/v1/upstreams":                     `{"upstreams":[{"name":"api","revision":7,`,
		"/v1/upstreams/api":                 `"split":{"v1":{"weight":90,"share":0.9},"v2":{"weight":10,"share":0.1}}`,
		"/v1/upstreams/api/rollout":         `{"id":"r1","strategy":"canary","from":"v1","to":"v2","state":"reverted","step":2,"steps":4,"weight":0,"reason":"worse: 8 of 10 failed","waits_for":"","certified":false,"failures":["0af7651916cd43dd8448eb211c80319c"],"started_at":"2025-03-04T05:06:07Z","ended_at":"2025-03-04T05:06:07Z","report":{"requests":100,"user_errors":0,"availability":100,"failed_attempts":8,"seconds_to_zero":0.07},"warm_until":null}`,
		"/v1/upstreams/api/rollout/plan":    `"steps":[{"weight":10,"hold_seconds":0,"pause":false,"certified":false,"max_hold_seconds":0,"least_seconds":2.5,"requests":25,"seen":{"2x":null,"5x":null,"10x":null,"dead":2.5,"hanging":null}}],"bake_seconds":300,"least_seconds":null}`,
		"/v1/upstreams/api/history":         `{"revisions":[{"revision":7,"at":"2025-03-04T05:06:07Z","author":"ann","source":"rollout","reason":"worse","split":{`,
		"/v1/upstreams/api/series":          `"at":[1000,2000],"users":{"requests":[0,10],"errors":[0,1],"p50_ms":[null,1.5],"p99_ms":[null,20]},"versions":[{"name":"v1","share":[1,0.9],`,
		"/v1/upstreams/api/series?since=-7": `"evidence":[{"version":"v2","log10_e":[null,-0.25],"threshold_log10":2}]`,
		"/v1/config":                        `{"listeners":[]}`,
		"/v1/status":                        `"state":{"ok":true,"error":""}`,
	} {
		a := r.send("GET", path, "")
		if a.status != 200 || a.header.Get("Content-Type") != "application/json" || !json.Valid([]byte(a.body)) || !strings.Contains(a.body, want) {
			t.Errorf("GET %s: %d %s %s, want JSON with %s", path, a.status, a.header.Get("Content-Type"), a.body, want)
		}
		h := r.send("HEAD", path, "")
		if h.status != 200 || h.body != "" || h.header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD %s: %d %q, want the head of GET", path, h.status, h.body)
		}
		r.refused(r.send("DELETE", path, ""), 405, "DELETE "+strings.Split(path, "?")[0]+": want GET, HEAD")
	}
}

func TestUpstreamHasTheContractsKeys(t *testing.T) {
	r := newRig(t, nil)
	a := r.send("GET", "/v1/upstreams/api", "")
	if got := a.header.Get("ETag"); got != `"7"` {
		t.Errorf("ETag %s, want \"7\"", got)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	version := got["versions"].([]any)[0]
	want := map[string]any{
		"name": "v1",
		"endpoints": []any{map[string]any{
			"address": "127.0.0.1:3001", "state": "up", "health": "up", "inflight": 2.0, "tunnels": 0.0, "weight": 1.0,
			"cause": "", "since": nil,
		}},
		"window": map[string]any{
			"seconds": 10.0, "requests": 900.0, "errors": 9.0, "error_rate": 0.01, "p50_ms": 1.5, "p99_ms": 20.0,
		},
	}
	if diff := cmp.Diff(want, version); diff != "" {
		t.Errorf("version (-want +got):\n%s", diff)
	}
	for _, key := range []string{"name", "revision", "stable", "split", "versions", "rollout", "guard"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no key %q in %s", key, a.body)
		}
	}
}

func TestUnknownNamesAndPaths(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{
		"/v1/upstreams/nope", "/v1/upstreams/nope/rollout", "/v1/upstreams/nope/history", "/v1/upstreams/nope/series",
		"/v1", "/v1/upstreams/", "/v1/upstreams/api/", "/v1/upstreams/api/rollout/plan/x", "/v1/upstreams/nope/rollout/plan",
		"//v1/status", "/v1//status", "/v1/./status", "/v1/../v1/status", "/v1/status/..", "//", "/v1/upstreams/%2E%2E",
		"/v1/upstreams/api/split/x", "/openapi.json", "/ofrep/v1/configuration", "/v1/flags/nope", "/v1/flags/nope/history", "/V1/status",
	} {
		r.refused(r.send("GET", path, ""), 404, "")
	}
	r.backend.mu.neverRolled = true
	r.refused(r.send("GET", "/v1/upstreams/api/rollout", ""), 404, "no rollout")
}

func TestSeriesSinceWhen(t *testing.T) {
	r := newRig(t, nil)
	for _, since := range []string{"now", "1.5", "9223372036854775808", "1s"} {
		r.refused(r.send("GET", "/v1/upstreams/api/series?since="+since, ""), 422, "since: ")
	}
}

func TestHealthAndReadiness(t *testing.T) {
	r := newRig(t, nil)
	if a := r.send("GET", "/healthz", ""); a.status != 200 || a.body != "ok\n" {
		t.Errorf("healthz: %d %q", a.status, a.body)
	}
	if a := r.send("GET", "/readyz", ""); a.status != 200 || a.body != "ready\n" {
		t.Errorf("readyz: %d %q", a.status, a.body)
	}
	r.backend.mu.Lock()
	r.backend.mu.notReady = true
	r.backend.mu.Unlock()
	r.refused(r.send("GET", "/readyz", ""), 503, "not ready")
	if a := r.send("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("healthz while not ready: %d", a.status)
	}
	r.refused(r.send("POST", "/healthz", ""), 405, "want GET, HEAD")
}

func TestEmptyListsAreLists(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Backend = emptyBackend{} })
	for path, want := range map[string]string{
		"/v1/upstreams":           `{"upstreams":[]}`,
		"/v1/upstreams/x/history": `{"revisions":[]}`,
	} {
		if a := r.send("GET", path, ""); strings.TrimSpace(a.body) != want {
			t.Errorf("%s: %s, want %s", path, a.body, want)
		}
	}
}

// emptyBackend has nothing, and says so with nil.
type emptyBackend struct{ *fakeBackend }

func (emptyBackend) Upstreams() []api.Upstream              { return nil }
func (emptyBackend) History(string) ([]api.Revision, error) { return nil, nil }
