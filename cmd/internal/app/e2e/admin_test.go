//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAdminRefusals(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	before := w.upstream()
	const api = "/v1/upstreams/api"
	for _, c := range []struct {
		method, path, body string
		status             int
		headers            []string
	}{
		{"GET", "/v1/upstreams/none", "", 404, nil},
		{"GET", api + "/rollout", "", 404, nil},
		{"PUT", "/v1/upstreams/none/split", `{"weights":{"v1":1}}`, 404, nil},
		{"PUT", api + "/split", `{"weights":{"v1":-1,"v2":2}}`, 422, nil},
		{"PUT", api + "/split", `{"weights":{"v1":0,"v2":0}}`, 422, nil},
		{"PUT", api + "/split", `{"weights":{"v1":1e300,"v2":1}}`, 422, nil},
		{"PUT", api + "/split", `{"weights":{}}`, 422, nil},
		{"PUT", api + "/split", `{"weights":{"v9":1}}`, 404, nil},
		{"POST", api + "/rollout", `{"to":"nope"}`, 404, nil},
		{"POST", api + "/rollout", `{"strategy":"canary"}`, 422, nil},
		{"PATCH", api + "/endpoints/127.0.0.1:1", `{"state":"drain","version":"v9"}`, 404, nil},
		{"PATCH", api + "/endpoints/" + before.Versions[0].Endpoints[0].Address, `{}`, 422, nil},
		{"GET", "//v1/status", "", 404, nil},
		{"GET", "/v1/../v1/status", "", 404, nil},
		{"PUT", api + "/split", `{"weigths":{"v1":1}}`, 422, nil},
		{"PUT", api + "/split", `{"weights":`, 400, nil},
		{"DELETE", api + "/split", "", 405, nil},
		{"PUT", api + "/split", `{"weights":{"v1":1,"v2":1}}`, 412, []string{"If-Match", fmt.Sprintf(`"%d"`, before.Revision+7)}},
		{"POST", api + "/rollout/promote", "", 409, nil},
		{"POST", api + "/rollout/dance", "", 404, nil},
		{"PATCH", api + "/endpoints/127.0.0.1:1", `{"state":"drain"}`, 404, nil},
		{"PATCH", api + "/endpoints/" + before.Versions[0].Endpoints[0].Address, `{"state":"asleep"}`, 422, nil},
		{"POST", api + "/undo", `{"to_revision":99}`, 404, nil},
		{"PUT", api + "/split", `{"weights":{"v1":1,"v2":1}}`, 403, []string{"Origin", "http://elsewhere.example"}},
		{"PUT", api + "/split", `{"weights":{"v1":1,"v2":1}}`, 403, []string{"Origin", "null"}},
	} {
		if status, p := w.call(c.method, c.path, c.body, nil, c.headers...); status != c.status || p.Detail == "" {
			t.Errorf("%s %s %s %v: %d %+v, want %d with a detail", c.method, c.path, c.body, c.headers, status, p, c.status)
		}
	}
	req, err := http.NewRequest("GET", "http://"+w.admin+api, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "weir.elsewhere.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("foreign Host: %d, want 421", res.StatusCode)
	}
	if u := w.upstream(); u.Revision != before.Revision {
		t.Errorf("revision %d after refusals, want %d still", u.Revision, before.Revision)
	}
	var u upstreamAnswer
	if status, _ := w.call("PUT", api+"/split", `{"weights":{"v1":1,"v2":1}}`, &u, "If-Match", fmt.Sprintf(`"%d"`, before.Revision)); status != 200 || u.Revision != before.Revision+1 {
		t.Errorf("PUT split with the current revision: %d, revision %d, want 200 and %d", status, u.Revision, before.Revision+1)
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	res, err := http.Get("http://" + w.admin + "/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q, want text/event-stream", ct)
	}
	lines := make(chan string, 1)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			if data, ok := strings.CutPrefix(s.Text(), "data:"); ok && strings.Contains(data, `"revision"`) {
				lines <- data
				return
			}
		}
	}()
	w.split(`{"v1":80,"v2":20}`)
	if data := receive(t, "an event with a revision", lines); !strings.Contains(data, `"api"`) {
		t.Errorf("event %q, want one about upstream api", data)
	}
}

func TestMetricsAndReadiness(t *testing.T) {
	t.Parallel()
	_, _, w := canary(t, ramp)
	w.startRollout("v2")
	noFailures(t, closedLoop(w.web, 4, 200))
	text := w.metrics()
	for _, name := range []string{
		"weir_requests_total", "weir_attempts_total", "weir_request_duration_seconds_bucket", "weir_split_share",
		"weir_endpoint_up", "weir_rollout_state", "weir_config_reload_success", "weir_config_reload_time_seconds", "weir_state_ok",
	} {
		if !strings.Contains(text, "\n"+name) {
			t.Errorf("no metric %s", name)
		}
	}
	total := 0.0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "weir_requests_total{") {
			var v float64
			if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &v); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			total += v
		}
	}
	for range 3 { // not for any upstream, so in a series of their own
		rejected(t, w.web)
	}
	if line := `weir_rejected_requests_total{reason="bad_host"} 3`; !strings.Contains(w.metrics(), line+"\n") {
		t.Errorf("no line %s after 3 requests without Host", line)
	}
	if total != 200 {
		t.Errorf("weir_requests_total is %v after 200 requests", total)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		res, err := http.Get("http://" + w.admin + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, want 200", path, res.StatusCode)
		}
	}
}

// rejected sends a request that the gate refuses.
func rejected(t *testing.T, addr string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("request without Host: %d, want 400", res.StatusCode)
	}
}
