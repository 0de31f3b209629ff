//go:build !race

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
	"weir/health/dns/dnstest"
)

// everythingOn is a Weir that has all that has metrics: two listeners, one of them with
// a certificate, rollouts, a guard, gates, copies, held writes, a queue, sessions, names,
// notifications, spans and an access log. One rollout was aborted, the next one copies, a
// hundred requests were served and one was refused.
func everythingOn(t *testing.T) (v1, v2 *backend, w *weir) {
	t.Helper()
	v1, v2, w = newBackend(t), newBackend(t), newWeir(t)
	names := dnstest.Start(t)
	names.Addresses("host.internal", 1, "127.0.0.1")
	services(names, v1)
	newAuthority(t).issue(w.dir, "site", "site.test")
	w.tells("hook.url", newListener(t).url)
	w.define("{}")
	text := w.yaml(conf{versions: []version{one("v1", 100, v1.addr, v1.another(t)), one("v2", 0, v2.addr, v2.another(t))}, extra: `
sticky: {cookie: who}
max_conns: 50
queue: {size: 10, timeout: 1s}
health: {active: {path: /health, interval: 200ms, timeout: 1s, rise: 1}}
schema: {current: 42}
rollout:
  writes: {pinned: true}
  steps: [{mirror: 100%, hold: 10m}, {weight: 10%, hold: 10m}, {weight: 100%, switch_writes: true}]
  gates: [{name: boss, at: before_finish, approval: true}]
  write_hold: {max: 1s}
`})
	text = strings.Replace(text, "v1: {weight: 100,", "v1: {weight: 100, schema: 41-43,", 1)
	text = strings.Replace(text, "v2: {weight: 0,", "v2: {weight: 0, schema: 41-43,", 1)
	text = strings.Replace(text, "listeners:\n", fmt.Sprintf("listeners:\n  - {name: tls, address: %q, tls: {cert: site.pem, key: site.key}}\n", ground.FreeAddr(t)), 1)
	text = strings.Replace(text, "routes:\n", fmt.Sprintf(`  guarded:
    stable: v1
    versions: {v1: {weight: 90, endpoints: [%q]}, v2: {weight: 10, endpoints: [%q]}}
  named:
    stable: v1
    versions: {v1: {endpoints: [{address: api.internal, resolve: true, service: http}]}}
    affinity: {learn: {create: $upstream_cookie_sid, lookup: $cookie_sid}}
routes:
  - {host: guarded.test, path: /, upstream: guarded}
  - {host: "*", path: /own, respond: {status: 200, body: ok}}
`, v1.addr, v2.addr), 1)
	w.writeText(text + fmt.Sprintf("resolver: {addresses: [%q], ipv6: off}\naccess_log: {file: access.log}\nnotify: [{name: hook, url_file: hook.url}]\ntracing: {otlp: %q}\n", names.Addr, newReceiver(t).url) + `
flags:
  files: [flags.json]
  pass: {headers: [new-checkout]}
  rollouts: {new-checkout: {to: "on", steps: [{weight: 10%, pause: true}, {weight: 100%}]}}
`)
	w.start()
	w.startRollout("v2")
	w.must("POST", "/v1/upstreams/api/rollout/abort", "", nil)
	w.rolloutIs("aborted")
	w.startRollout("v2")
	w.must("POST", "/v1/flags/new-checkout/rollout", "{}", nil)
	for range 100 {
		getFrom(t, w.web, "/", "", "")
	}
	getFrom(t, w.web, "/", "no host", "")
	getFrom(t, w.web, "/own", "", "")
	return v1, v2, w
}

// getFrom sends one request as it is given, and waits for the end of its answer.
func getFrom(t *testing.T, addr, target, host, method string) {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(patience))
	if method == "" {
		method = "GET"
	}
	if host == "" {
		host = "any.test"
	}
	fmt.Fprintf(nc, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, target, host)
	b := make([]byte, 4096)
	for {
		if _, err := nc.Read(b); err != nil {
			return
		}
	}
}

// seriesOf are the names and labels of what is exported, sorted, of Weir's own.
func seriesOf(metrics string) []string {
	var out []string
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "weir_") {
			out = append(out, line[:strings.LastIndexByte(line, ' ')])
		}
	}
	slices.Sort(out)
	return out
}

// Promise: metrics are as Prometheus wants them, all of them.
func TestMetricsAreClean(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		lacking(t, "prometheus")
	}
	_, _, w := everythingOn(t)
	metrics := w.metrics()
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(metrics)
	if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, said)
	}
	for _, name := range []string{
		"weir_mirror_requests_total{", "weir_evidence_log10{", "weir_guard_state{", "weir_probes_total{", "weir_queue_length{", "weir_name_ok{",
		"weir_certificate_expiry_seconds{", "weir_notifications_total{", "weir_split_unkeyed_total{", "weir_affinity_sessions{", "weir_write_hold_total{",
		`weir_rollouts_ended_total{kind="rollout",state="aborted",upstream="api"} 1`, "weir_access_log_lines_total ",
	} {
		if !strings.Contains(metrics, name) {
			t.Errorf("no %s although everything is on:\n%s", name, filepath.Join(w.dir, "log"))
		}
	}
}

// Promise: no client can make a series, whatever it asks for, and neither can an
// endpoint.
func TestClientsMakeNoSeries(t *testing.T) {
	t.Parallel()
	v1, v2, w := everythingOn(t)
	// Copies are answered alike: a rollout reverted by a mismatch would end series.
	for _, b := range []*backend{v1, v2} {
		b.does(func(_ int, r *http.Request) reply {
			status, _ := strconv.Atoi(r.URL.Query().Get("status"))
			return reply{status: max(200, status)}
		})
	}
	for name, change := range map[string]func(n int) (target, host, method string){
		"hosts":    func(n int) (string, string, string) { return "/", fmt.Sprintf("h%d.test", n), "GET" },
		"paths":    func(n int) (string, string, string) { return fmt.Sprintf("/%x?q=%d", n*7919, n), "", "GET" },
		"methods":  func(n int) (string, string, string) { return "/", "", fmt.Sprintf("M%d", n) },
		"statuses": func(n int) (string, string, string) { return fmt.Sprintf("/?status=%d", 200+n%400), "", "GET" },
		"all": func(n int) (string, string, string) {
			return fmt.Sprintf("/%d?status=%d", n, 200+n%400), fmt.Sprint(n), fmt.Sprintf("X%d", n)
		},
		"rubbish": func(n int) (string, string, string) {
			return fmt.Sprintf("/%d", n), fmt.Sprintf("bad host %d", n), fmt.Sprintf("B(%d)", n)
		},
	} {
		before := seriesOf(w.metrics())
		for range 40 {
			target, host, method := change(rand.IntN(1e6))
			getFrom(t, w.web, target, host, method)
		}
		for _, series := range seriesOf(w.metrics()) {
			if !slices.Contains(before, series) {
				t.Errorf("%s made %s", name, series)
			}
		}
	}
}
