//go:build !race

package e2e

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// TestSecretsAreSaidNowhere plants a secret at each place of the configuration that may
// have one, has all of those fail that can, and looks for it in every answer, the
// events, the log and the audit log.
func TestSecretsAreSaidNowhere(t *testing.T) {
	t.Parallel()
	const secret, token = "S3CR3T-S3CR3T-S3CR3T", "operate-0123456789abcdef"
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	nobody := "127.0.0.1:" + port(ground.FreeAddr(t)) // where all of them are refused
	if err := os.WriteFile(filepath.Join(w.dir, "tokens"), []byte("operate:"+token+"\nview:"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := w.yaml(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: strings.NewReplacer("SECRET", secret, "NOBODY", nobody).Replace(`
health: {active: {path: "/health?token=SECRET", headers: {X-Api-Key: SECRET}, interval: 100ms, rise: 1}}
rollout:
  strategy: canary
  steps: [{weight: 10%}, {weight: 100%}]
  gates:
    - {name: hook, at: before_start, timeout: 1s, http: {url: "http://NOBODY/?token=SECRET", headers: {Authorization: "Bearer SECRET"}}}
    - {name: query, at: before_start, timeout: 1s, prometheus: {url: "http://NOBODY/?token=SECRET", query: up, min: 1, headers: {Authorization: SECRET}}}
    - {name: value, at: before_start, timeout: 1s, json: {url: "http://NOBODY/?v={{to}}&token=SECRET", equals: x, headers: {Authorization: SECRET}}}
`)})
	text = strings.Replace(text, "admin: {address: \""+w.admin+"\"}", "admin: {address: \""+w.admin+"\", tokens_file: tokens}", 1)
	// An upstream of its own: nothing is rolled out while the schema is not known.
	text = strings.Replace(text, "\nroutes:", strings.NewReplacer("SECRET", secret, "NOBODY", nobody).Replace(`
  db:
    versions: {v1: {endpoints: ["NOBODY"]}}
    schema: {url: "http://u:SECRET@NOBODY/v?key=SECRET", interval: 100ms}
routes:`), 1)
	text += strings.NewReplacer("SECRET", secret, "NOBODY", nobody).Replace(`notify:
  - {name: chat, slack: "http://u:SECRET@NOBODY/services/SECRET", headers: {Authorization: SECRET}, retries: 1, events: [reload, revision, gate, aborted, schema]}
`)
	w.writeText(text)
	w.start()
	auth := []string{"Authorization", "Bearer " + token}

	var seen strings.Builder
	events := make(chan string, 1)
	stream, err := http.NewRequest("GET", "http://"+w.admin+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream.Header.Set(auth[0], auth[1])
	res, err := http.DefaultClient.Do(stream)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	go func() {
		var b strings.Builder
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			b.WriteString(lines.Text() + "\n")
		}
		events <- b.String()
	}()

	w.call("POST", "/v1/upstreams/api/rollout", `{"to":"v2","reason":"a try"}`, nil, auth...)
	w.writeText(strings.Replace(text, `url: "http://`+nobody+`/?token`, `url: "http://u:`+secret+`@`+nobody+`/?token`, 1)) // which is refused
	if status, p := w.call("POST", "/v1/reload", "", nil, auth...); status != 422 || strings.Contains(p.Detail, secret) {
		t.Errorf("a bad file: %d, %s", status, p.Detail)
	}
	w.eventually("gates that fail", func() bool {
		var r rolloutAnswer
		w.call("GET", "/v1/upstreams/api/rollout", "", &r, auth...)
		return r.State == "aborted"
	})
	w.call("POST", "/v1/upstreams/api/undo", "", nil, "Authorization", "Bearer "+secret+"x")
	w.call("POST", "/v1/upstreams/api/undo", "", nil, "Authorization", "Bearer "+secret)
	for _, path := range []string{
		"/v1/config", "/v1/status", "/v1/upstreams", "/v1/upstreams/api", "/v1/upstreams/api/rollout", "/v1/upstreams/api/rollout/gates",
		"/v1/upstreams/api/rollout/plan?to=v2", "/v1/upstreams/api/history", "/v1/audit", "/v1/groups", "/metrics", "/debug/pprof/cmdline",
	} {
		seen.WriteString(path + "\n" + w.read(path, auth...) + "\n")
	}
	w.stop()
	seen.WriteString(<-events)
	for _, file := range []string{w.logFile(), filepath.Join(w.dir, "state", "audit.log")} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen.Write(data)
	}
	for line := range strings.Lines(seen.String()) {
		if i := strings.Index(line, secret); i >= 0 {
			t.Errorf("a secret is said: %s", line[max(0, i-300):min(len(line), i+100)])
		}
	}
	if n := seen.Len(); n < 10_000 || !strings.Contains(seen.String(), "***") {
		t.Errorf("%d bytes were looked at: the test would prove nothing", n)
	}
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// read is the body of an answer, whatever that is.
func (w *weir) read(path string, header ...string) string {
	w.t.Helper()
	r, err := http.NewRequest("GET", "http://"+w.admin+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set(header[0], header[1])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		b.WriteString(lines.Text() + "\n")
	}
	return b.String()
}
