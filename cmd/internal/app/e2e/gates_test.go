//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"weir/cmd/internal/app/ground"
)

// hook is a web hook, and the keys that it was asked with.
type hook struct {
	url string

	mu   sync.Mutex
	keys []string
}

func newHook(t *testing.T, answer http.HandlerFunc) *hook {
	t.Helper()
	h := &hook{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h.mu.Lock()
		h.keys = append(h.keys, r.Header.Get("Idempotency-Key"))
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	h.url = s.URL
	return h
}

func (h *hook) asked() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.keys...)
}

// pidIn waits for the id of a process that a command has written.
func pidIn(t *testing.T, file string) (pid int) {
	t.Helper()
	eventually(t, "a command runs", func() bool {
		said, _ := os.ReadFile(file)
		var err error
		pid, err = strconv.Atoi(strings.TrimSuffix(string(said), "\n"))
		return err == nil && strings.HasSuffix(string(said), "\n")
	})
	return pid
}

// neverEnds is a command that says its process id in a file and does not end.
func neverEnds(file string) string { return fmt.Sprintf(`[sh, -c, "echo $$ > %s; sleep 600"]`, file) }

// Promise: a hook that says no before the start ends the rollout before the candidate
// gets a single request.
func TestGateRejectsBeforeTheStart(t *testing.T) {
	t.Parallel()
	h := newHook(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, "migration 42 is missing\n")
	})
	_, v2, w := canary(t, fmt.Sprintf(`rollout:
  steps: [{weight: 10%%, hold: 10m}, {weight: 100%%}]
  gates: [{name: migrated, at: before_start, http: {url: "%s/"}}]`, h.url))
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "gate"})
	w.startRollout("v2")
	r := w.rolloutIs("aborted")
	n := l.sofar()
	eventually(t, "traffic after it", func() bool { return l.sofar() > n+100 })
	noFailures(t, l.end())
	if !strings.Contains(r.Reason, "migrated: status 409 Conflict: migration 42 is missing") {
		t.Errorf("reason %q", r.Reason)
	}
	if v2.count() != 0 || w.upstream().Revision != 1 {
		t.Errorf("the candidate got %d requests, the split is at revision %d; want 0 and 1", v2.count(), w.upstream().Revision)
	}
	if out := w.does("rollout", "status", "api"); !strings.Contains(out, "gate migrated:") || !strings.Contains(out, "before_start, rejected: status 409") {
		t.Errorf("weir rollout status:\n%s", out)
	}
}

// Promise: what a gate that does not answer is worth is said by on_timeout, and its
// command is gone.
func TestGateWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for policy, state := range map[string]string{"reject": "aborted", "approve": "baking", "hold": "holding"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			_, _, w := canary(t, fmt.Sprintf(`rollout:
  strategy: blue_green
  bake: 10m
  gates: [{name: smoke, at: before_switch, exec: %s, timeout: 1s, on_timeout: %s}]`, neverEnds(file), policy))
			w.startRollout("v2")
			r := w.rolloutIs(state)
			if policy != "approve" && !strings.Contains(r.Reason, "smoke: no answer within 1s") {
				t.Errorf("reason %q", r.Reason)
			}
			if policy == "hold" {
				if w.share("v2") != 0 {
					t.Errorf("v2 has %v", w.share("v2"))
				}
				w.does("rollout", "promote", "api")
				w.rolloutIs("baking")
			}
			pid := pidIn(t, file)
			eventually(t, "the command is gone", func() bool { return syscall.Kill(pid, 0) != nil })
			if out := w.does("rollout", "gates", "api"); !strings.Contains(out, "smoke") || !strings.Contains(out, "no answer within 1s") {
				t.Errorf("weir rollout gates:\n%s", out)
			}
		})
	}
}

// Promise: a candidate that fails while a gate is asked is out as fast as ever.
func TestHangingGateDelaysNoRevert(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	_, v2, w := threefold(t, fmt.Sprintf(`rollout:
  steps: [{weight: 10%%}, {weight: 100%%}]
  bake: 10m
  gates: [{name: slow, at: before_step, exec: %s, timeout: 1h}]`, neverEnds(file)))
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "slow", most: 200})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 600 })
	w.startRollout("v2")
	w.rolloutIs("waiting_gate")
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("v2 has %v while the gate of step 2 is asked", got)
	}
	pid := pidIn(t, file)
	v2.fails(500)
	w.rolloutIs("reverted")
	shots := l.end()
	noFailures(t, shots)
	reverted(t, w, "rollout", "worse", "errors")
	bounded(t, v2, shots, 30) // it was good for a while, which counts for it
	eventually(t, "the command is gone", func() bool { return syscall.Kill(pid, 0) != nil })
}

// Promise: after a crash a gate is asked again, with the same key.
func TestGateAfterACrash(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	h := newHook(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	})
	_, _, w := canary(t, fmt.Sprintf(`rollout:
  steps: [{weight: 10%%, hold: 10m}, {weight: 100%%}]
  gates: [{name: ready, at: before_start, http: {url: "%s/"}, timeout: 10m}]`, h.url))
	w.does("rollout", "start", "api", "--to", "v2", "--id", "release-7")
	eventually(t, "the hook is asked", func() bool { return len(h.asked()) == 1 })
	w.rolloutIs("waiting_gate")
	w.kill()
	w.start()
	eventually(t, "the hook is asked again", func() bool { return len(h.asked()) == 2 })
	close(ended)
	w.rolloutIs("progressing")
	for _, key := range h.asked() {
		if key != "release-7/ready" {
			t.Errorf("asked with the key %q", key)
		}
	}
}

// Promise: an approval's link opens a page, of which only the buttons act, once.
func TestApprovalByLink(t *testing.T) {
	t.Parallel()
	_, v2, w := canary(t, `rollout:
  steps: [{weight: 10%, hold: 10m}, {weight: 100%}]
  gates:
    - {name: boss, at: before_start, approval: true}
    - {name: dba, at: before_start, approval: true}`)
	w.startRollout("v2")
	w.rolloutIs("waiting_gate")
	var link string
	w.eventually("a link", func() bool {
		for line := range strings.Lines(w.does("rollout", "gates", "api")) {
			if url, ok := strings.CutPrefix(line, "answer boss: "); ok {
				link = strings.TrimSpace(url)
			}
		}
		return link != ""
	})
	page := func(method string, form url.Values) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, link, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", "http://"+w.admin)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	for _, method := range []string{"HEAD", "GET", "GET"} {
		if status, body := page(method, nil); status != 200 || method == "GET" && !strings.Contains(body, "asks gate <b>boss</b>") {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
	if out := w.does("rollout", "gates", "api"); !strings.Contains(out, "asking") {
		t.Errorf("after the page was looked at:\n%s", out)
	}
	yes := url.Values{"answer": {"approve"}, "author": {"ann"}, "reason": {"fine"}}
	if status, body := page("POST", yes); status != 200 {
		t.Errorf("approve: %d %s", status, body)
	}
	for _, method := range []string{"GET", "POST"} {
		if status, body := page(method, yes); status != 410 || !strings.Contains(body, "approved by a link (ann): fine") && !strings.Contains(body, "not waited for any more") {
			t.Errorf("%s of a used link: %d %s", method, status, body)
		}
	}
	w.does("rollout", "approve", "api", "dba", "--reason", "backup is done")
	w.rolloutIs("progressing")
	w.eventually("v2 has its share", func() bool { return w.share("v2") == 0.1 })
	if _, stderr, code := w.cli("rollout", "approve", "api", "dba"); code != 1 || !strings.Contains(stderr, "not asked now") {
		t.Errorf("approve once more: exit %d, %s", code, stderr)
	}
	if v2.count() != 0 {
		t.Errorf("v2 got %d requests of nobody", v2.count())
	}
}

// Promise: a rollout stops at what a real Prometheus has seen of Weir itself, and a
// query that is wrong is no answer, and says why.
func TestPrometheusGates(t *testing.T) {
	t.Parallel()
	p := prometheus{address: ground.FreeAddr(t)}
	_, v2, w := canary(t, fmt.Sprintf(`rollout:
  steps: [{weight: 10%%}, {weight: 50%%}, {weight: 100%%}]
  bake: 10m
  gates:
    - name: traffic
      at: before_step
      steps: [2]
      prometheus: {url: "http://%[1]s", query: 'sum(weir_requests_total{upstream="{{upstream}}", code="2xx"})', min: 100}
      interval: 200ms
      inconclusive_limit: 1000
      failure_limit: 1000
    - name: errors
      at: before_switch
      prometheus:
        url: "http://%[1]s"
        query: 'sum(weir_attempts_total{upstream="{{upstream}}", version="{{to}}", outcome="error"} or vector(0))'
        max: 0
      interval: 200ms
      count: 15
    - {name: wrong, at: on_revert, error_limit: 0, prometheus: {url: "http://%[1]s", query: "up{", min: 1}}
    - {name: nothing, at: on_revert, prometheus: {url: "http://%[1]s", query: no_such_name, min: 1}}
    - {name: many, at: on_revert, error_limit: 0, prometheus: {url: "http://%[1]s", query: '{__name__=~"up|scrape_duration_seconds"}', min: 1}}
`, p.address))
	p.run(t, w.admin)
	v2.does(func(n int, _ *http.Request) reply { // fewer failures than any rule takes out
		if n == 50 || n == 100 {
			return reply{status: 500}
		}
		return reply{}
	})
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "prom"})
	w.startRollout("v2")
	r := w.rolloutIs("aborted")
	noFailures(t, l.end())
	if !strings.Contains(r.Reason, "errors: ") || !strings.Contains(r.Reason, "want 0 or less") {
		t.Errorf("reason %q, want the second gate's, with its number", r.Reason)
	}
	if h := w.history(); len(h) != 4 {
		t.Errorf("%d revisions, want the file's, two steps and the abort", len(h))
	}
	var out string
	w.eventually("the gates of on_revert have been asked", func() bool {
		out = w.does("rollout", "gates", "api")
		return strings.Contains(out, "the query has 2 series")
	})
	for _, want := range []string{
		"before_step 2", "100 or more", "1:4: parse error: unexpected end of input inside braces", "inconclusive: the query has no series",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("weir rollout gates lacks %q:\n%s", want, out)
		}
	}
}
