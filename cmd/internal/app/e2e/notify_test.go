//go:build !race

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listener is a service that is told how rollouts go.
type listener struct {
	url string

	mu   sync.Mutex
	told []letter
}

type letter struct{ path, key, body string }

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, letter{r.URL.Path, r.Header.Get("Idempotency-Key"), string(body)})
	}))
	t.Cleanup(s.Close)
	l.url = s.URL
	return l
}

func (l *listener) heard() []letter {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]letter(nil), l.told...)
}

// notice is what a web hook reads of a message.
type notice struct {
	Event, Phase, Gate, Rollout, Upstream, From, To, Reason string
	Weight                                                  float64
	ApproveURL                                              string `json:"approve_url"`
}

func (l *listener) notices(t *testing.T) []notice {
	t.Helper()
	var out []notice
	for _, m := range l.heard() {
		var n notice
		if err := json.Unmarshal([]byte(m.body), &n); err != nil {
			t.Fatalf("%v: %s", err, m.body)
		}
		out = append(out, n)
	}
	return out
}

// lines are the messages as a chat has them, without the reasons.
func (l *listener) lines(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, m := range l.heard() {
		var said struct{ Text string }
		if err := json.Unmarshal([]byte(m.body), &said); err != nil {
			t.Fatalf("%v: %s", err, m.body)
		}
		line, _, _ := strings.Cut(strings.TrimPrefix(said.Text, "*api* v1 → v2: "), ": ")
		out = append(out, line)
	}
	return out
}

// silent is the address of a service that never answers.
func silent(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

// informed runs Weir with so many endpoints of v2, and with a web hook, a chat and a
// service that hangs, which want to know how rollouts go.
func informed(t *testing.T, endpoints int, extra string) (v2 *backend, hook, chat *listener, w *weir) {
	t.Helper()
	v1 := newBackend(t)
	v2, w = newBackend(t), newWeir(t)
	many := one("v2", 0, v2.addr)
	for len(many.endpoints) < endpoints {
		many.endpoints = append(many.endpoints, v2.another(t))
	}
	hook, chat = newListener(t), newListener(t)
	text := w.yaml(conf{versions: []version{one("v1", 100, v1.addr), many}, extra: extra})
	text = strings.Replace(text, "admin: {", fmt.Sprintf("admin: {url: %q, ", "http://"+w.admin), 1)
	w.writeText(text + fmt.Sprintf(`
notify:
  - {name: hook, url_file: hook.url, headers: {authorization: Bearer h-s3cret}}
  - {name: chat, slack_file: chat.url}
  - {name: hung, url: "%s/s3cret", timeout: 10m}
`, silent(t)))
	w.tells("hook.url", hook.url+"/s3cret")
	w.tells("chat.url", chat.url+"/s3cret")
	w.start()
	return v2, hook, chat, w
}

// tells writes where a target is.
func (w *weir) tells(file, url string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(w.file), file), []byte(url+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// heardBoth checks that both have heard of these transitions, in this order, once each.
func heardBoth(t *testing.T, hook, chat *listener, want ...string) {
	t.Helper()
	eventually(t, "everything is told", func() bool { return len(hook.heard()) >= len(want) && len(chat.heard()) >= len(want) })
	var got []string
	id := hook.notices(t)[0].Rollout
	for _, n := range hook.notices(t) {
		if got = append(got, fmt.Sprintf("%s *%s* at %g%%", strings.ReplaceAll(n.Event, "_", " "), n.Phase, n.Weight)); n.Rollout != id || n.From != "v1" || n.To != "v2" || n.Upstream != "api" {
			t.Errorf("told of %+v", n)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the hook (-want +got):\n%s", diff)
	}
	said := slices.Clone(want)
	for i := range said {
		said[i] = strings.Replace(said[i], "retired *retired*", "*retired*", 1) // people are told no word twice
	}
	if diff := cmp.Diff(said, chat.lines(t)); diff != "" {
		t.Errorf("the chat (-want +got):\n%s", diff)
	}
	keys := map[string]bool{}
	for _, m := range hook.heard() {
		if m.key == "" || keys[m.key] {
			t.Errorf("the key %q again", m.key)
		}
		keys[m.key] = true
	}
}

// Promise: a web hook and a chat hear of each transition of a rollout, in order and
// once, where their files say at that moment; and nobody sees where that is.
func TestToldOfAGoodCanary(t *testing.T) {
	t.Parallel()
	_, hook, chat, w := informed(t, 1, `rollout: {steps: [{weight: 10%, hold: 1s}, {weight: 100%}], bake: 1s, min_requests: 1, keep_warm: 0s}`)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "told"})
	w.startRollout("v2")
	eventually(t, "the first is told", func() bool { return len(hook.heard()) > 0 })
	w.tells("hook.url", hook.url+"/other-s3cret")
	w.rolloutIs("succeeded")
	heardBoth(t, hook, chat, "rollout *progressing* at 10%", "rollout *progressing* at 100%", "rollout *baking* at 100%",
		"rollout *succeeded* at 100%", "version retired *retired* at 100%")
	noFailures(t, l.end())
	if heard := hook.heard(); heard[0].path != "/s3cret" || heard[len(heard)-1].path != "/other-s3cret" {
		t.Errorf("told at %+v", heard)
	}
	for _, metric := range []string{
		`weir_notifications_total{outcome="delivered",target="hook"} 5`, `weir_notifications_waiting{target="hook"} 0`,
		`weir_notifications_total{outcome="delivered",target="hung"} 0`, `weir_notifications_waiting{target="hung"} 5`,
	} {
		w.eventually(metric, func() bool { return strings.Contains(w.metrics(), metric+"\n") })
	}
	var config, status json.RawMessage
	w.must("GET", "/v1/config", "", &config)
	w.must("GET", "/v1/status", "", &status)
	for what, said := range map[string]string{"the configuration": string(config), "the status": string(status), "the log": w.logged()} {
		if strings.Contains(said, "s3cret") {
			t.Errorf("%s has a secret:\n%s", what, said)
		}
	}
}

// Promise: a bad candidate is out as fast as ever while a target hangs.
func TestToldOfABadCanary(t *testing.T) {
	v2, hook, chat, w := informed(t, 3, ramp)
	v2.fails(500)
	l := startLoad(t, loadOptions{addr: w.web, rate: 1000, prefix: "told"})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 1500 })
	w.startRollout("v2")
	w.rolloutIs("reverted")
	shots := l.end()
	noFailures(t, shots)
	bounded(t, v2, shots, decidedAt)
	reverted(t, w, "rollout", "worse", "errors")
	heardBoth(t, hook, chat, "rollout *progressing* at 10%", "rollout *reverting* at 0%", "rollout *reverted* at 0%")
	if n := hook.notices(t)[2]; n.Reason != w.rollout().Reason {
		t.Errorf("told the reason %q", n.Reason)
	}
}

// Promise: whoever is told that somebody's answer is waited for can give it, with the
// link that the message has, and the rollout goes on.
func TestApprovalByNotification(t *testing.T) {
	t.Parallel()
	_, hook, chat, w := informed(t, 1, `rollout:
  steps: [{weight: 10%, hold: 10m}, {weight: 100%}]
  gates: [{name: boss, at: before_start, approval: true}]`)
	w.startRollout("v2")
	w.rolloutIs("waiting_gate")
	var link string
	eventually(t, "a link is told", func() bool {
		for _, n := range hook.notices(t) {
			if n.ApproveURL != "" && n.Gate == "boss" && n.Event == "gate" {
				link = n.ApproveURL
			}
		}
		return link != ""
	})
	if !strings.HasPrefix(link, "http://"+w.admin+"/approve/") {
		t.Fatalf("the link is %s", link)
	}
	eventually(t, "the chat has it too", func() bool {
		for _, m := range chat.heard() {
			if strings.HasSuffix(m.body, ". Approve or reject: "+link+`"}`) {
				return true
			}
		}
		return false
	})
	page := func(do func() (*http.Response, error)) string {
		t.Helper()
		res, err := do()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v\n%s", res.Status, err, body)
		}
		return string(body)
	}
	if said := page(func() (*http.Response, error) { return http.Get(link) }); !strings.Contains(said, "asks gate <b>boss</b>") {
		t.Errorf("the page:\n%s", said)
	}
	w.rolloutIs("waiting_gate")
	page(func() (*http.Response, error) {
		return http.PostForm(link, url.Values{"answer": {"approve"}, "author": {"ann"}})
	})
	w.rolloutIs("progressing")
	eventually(t, "the start is told", func() bool { n := hook.notices(t); return n[len(n)-1].Phase == "progressing" })
	for _, n := range hook.notices(t) {
		if (n.ApproveURL != "") != (n.Phase == "asking") {
			t.Errorf("told %+v", n)
		}
	}
	if strings.Contains(w.logged(), "/approve/") {
		t.Error("the log has the link")
	}
}

// logged is what the child has said.
func (w *weir) logged() string {
	w.t.Helper()
	said, err := os.ReadFile(w.logFile())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(said)
}
