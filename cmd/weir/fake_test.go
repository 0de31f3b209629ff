package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/proxy/admin/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeAdmin answers with canned objects and remembers the last write.
type fakeAdmin struct {
	*httptest.Server
	mu struct {
		sync.Mutex
		last     string                   // METHOD path body, without the author
		refuse   *api.Problem             // of every request
		upstream func(n int) api.Upstream // n counts the answers, from 0
		rollout  func(n int) api.Rollout
		plan     api.Plan
		answers  map[string]int // by path
		missing  string         // the path that has nothing
		history  []api.Revision // nil: some
		audit    api.Audit      // without entries: some
	}
}

func newFakeAdmin(t *testing.T) *fakeAdmin {
	t.Helper()
	f := &fakeAdmin{}
	f.mu.upstream = func(int) api.Upstream { return someUpstream() }
	f.mu.rollout = func(int) api.Rollout { return *someRollout(api.RolloutProgressing) }
	f.mu.answers = map[string]int{}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		f.Close()
	})
	return f
}

func (f *fakeAdmin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/events" && r.URL.Query().Get("follow") == "false" && r.Header.Get("Last-Event-ID") == "" {
		f.tellEvents(w)
		return
	}
	if r.URL.Path == "/v1/events" {
		w.WriteHeader(http.StatusServiceUnavailable) // a watch must do without
		return
	}
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Method != http.MethodGet {
		f.mu.last = r.Method + " " + r.URL.EscapedPath() + " " + withoutAuthor(body)
	}
	if p := f.mu.refuse; p != nil {
		w.Header().Set("Content-Type", api.ProblemType)
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p)
		return
	}
	n := f.mu.answers[r.URL.Path]
	f.mu.answers[r.URL.Path]++
	var answer any
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/upstreams/shop"), r.URL.Path == f.mu.missing:
		w.Header().Set("Content-Type", api.ProblemType)
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(api.Problem{Status: http.StatusNotFound, Detail: "upstream " + r.URL.Path[len("/v1/upstreams/"):] + " does not exist"})
		return
	case r.URL.Path == "/readyz":
		_, _ = io.WriteString(w, "ready\n")
		return
	case r.URL.Path == "/v1/groups":
		answer = api.Groups{Groups: []api.Group{{Name: "shop"}}}
	case r.URL.Path == "/v1/groups/shop/rollout" && r.Method == http.MethodGet:
		answer = someGroupRollout(f.mu.rollout(n))
	case strings.HasPrefix(r.URL.Path, "/v1/groups/shop"):
		answer = someGroup()
	case r.URL.Path == "/v1/upstreams":
		answer = api.Upstreams{Upstreams: []api.Upstream{f.mu.upstream(n)}}
	case r.URL.Path == "/v1/status":
		answer = api.Status{Generation: 3, Ready: true, State: api.StateStatus{OK: false, Error: "disk full"}, Reload: api.ReloadStatus{OK: true}}
	case r.URL.Path == "/v1/reload":
		answer = api.ReloadResult{Generation: 4, Changed: []string{"api"}, Warnings: []string{"careful"}}
	case strings.HasPrefix(r.URL.Path, "/v1/flags"):
		answer = someFlagAnswer(r.URL.Path)
	case strings.HasSuffix(r.URL.Path, "/rollout/plan"):
		answer = f.mu.plan
	case strings.HasSuffix(r.URL.Path, "/rollout/gates"):
		answer = api.Gates{Gates: someGates()}
	case r.URL.Path == "/v1/audit" && len(f.mu.audit.Entries) > 0:
		answer = f.mu.audit
	case r.URL.Path == "/v1/audit":
		answer = api.Audit{Next: 7, Entries: []api.AuditEntry{
			{ID: 8, At: someTime, Author: "ann", Role: "operate", From: "127.0.0.1", Action: "split", Upstream: "api", Target: "v1=90 v2=1", Result: api.ResultRefused, Detail: "a rollout is on\nmore"},
			{ID: 7, At: someTime, From: "file", Action: "reload", Result: api.ResultOK, Reason: "more"},
			{ID: 6, At: someTime, From: "weir", Action: "rollout", Flag: "new-checkout", Target: "as the file says", Result: api.ResultOK, Reason: "worse"},
		}}
	case strings.HasSuffix(r.URL.Path, "/history") && f.mu.history != nil:
		answer = api.History{Revisions: f.mu.history}
	case strings.HasSuffix(r.URL.Path, "/history"):
		answer = api.History{Revisions: someHistory()}
	case strings.HasSuffix(r.URL.Path, "/rollout") && r.Method == http.MethodGet:
		answer = f.mu.rollout(n)
	default:
		answer = f.mu.upstream(n)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// withoutAuthor takes the name of whoever runs the tests off a body.
func withoutAuthor(body []byte) string {
	m := map[string]any{}
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	delete(m, "author")
	b, _ := json.Marshal(m) // keys are sorted
	return string(b)
}

// tellEvents says what is kept.
func (f *fakeAdmin) tellEvents(w io.Writer) {
	for i, e := range someEvents() {
		e.ID = fmt.Sprint(i + 1)
		b, _ := json.Marshal(e)
		fmt.Fprintf(w, "id: %d\ndata: %s\n\n", i+1, b)
	}
}

func someEvents() []api.Event {
	return []api.Event{
		{Type: api.EventReload, At: someTime, State: "refused", Reason: "weir.yaml:1:2: wrong\nweir.yaml:3:4: too"},
		{Type: api.EventEndpoint, At: someTime, Upstream: "api", Version: "v2", Address: "127.0.0.1:3002", State: "ejected", Reason: "ejected: 5 failures in a row"},
		{Type: api.EventRollout, At: someTime, Upstream: "web", Group: "shop", Version: "v2", State: "holding", Reason: "both fail"},
		{Type: api.EventRevision, At: someTime, Upstream: "api", Revision: 7, State: "guard", Reason: "worse: 8 of 10 failed"},
		{Type: api.EventFlag, At: someTime, Flag: "new-checkout", Revision: 4, State: "disabled", Reason: "it fails"},
	}
}

func (f *fakeAdmin) lastWrite() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mu.last
}

func (f *fakeAdmin) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// weir runs one command line in this process.
func (f *fakeAdmin) weir(args ...string) (stdout, stderr string, code int) {
	var out, errOut bytes.Buffer
	code = execute(context.Background(), append([]string{"--admin", f.URL}, args...), &out, &errOut)
	return out.String(), errOut.String(), code
}

var someTime = time.Date(2025, 3, 4, 5, 6, 7, 0, time.Local)

func someUpstream() api.Upstream {
	return api.Upstream{
		Name: "api", Revision: 7, Stable: "v1",
		Split: map[string]api.Share{"v1": {Weight: 90, Share: 0.9}, "v2": {Weight: 10, Share: 0.1}},
		Versions: []api.Version{
			{Name: "v1",
				Endpoints: []api.Endpoint{{Address: "127.0.0.1:3001", State: "up", Health: "up", Inflight: 2, Weight: 1}},
				Window:    api.Window{Seconds: 10, Requests: 905, Errors: 9, ErrorRate: 9.0 / 905, P50: 1.5, P99: 20.25}},
			{Name: "v2", Endpoints: []api.Endpoint{{Address: "127.0.0.1:3002", State: "up", Health: "ejected", Weight: 1}}},
		},
		Rollout: someRollout(api.RolloutProgressing),
	}
}

func someRollout(state string) *api.Rollout {
	r := &api.Rollout{
		ID: "r1", Strategy: "canary", From: "v1", To: "v2", State: state, Step: 2, Steps: 4, Weight: 10,
		Reason: "step 2 began", StartedAt: someTime,
	}
	if r.Ended() {
		seconds := 0.0712
		ended := someTime.Add(time.Minute)
		r.EndedAt = &ended
		r.Report = &api.Report{Requests: 1000, UserErrors: 1, Availability: 99.9, FailedAttempts: 8, SecondsToZero: &seconds}
	}
	return r
}

func someGroup() api.Group {
	one, other := someUpstream(), someUpstream()
	one.Rollout.Group, other.Rollout.Group, other.Name = "shop", "shop", "web"
	r := someGroupRollout(*one.Rollout)
	return api.Group{Name: "shop", Upstreams: []api.Upstream{one, other}, Rollout: &r}
}

func someGroupRollout(r api.Rollout) api.GroupRollout {
	waits := r
	waits.WaitsFor, r.WaitsFor = "api, which moves the group", "hold: 3s to go"
	return api.GroupRollout{Rollout: r, Parts: []api.Part{{Upstream: "api", Rollout: r}, {Upstream: "web", Rollout: waits}}}
}

func someHistory() []api.Revision {
	return []api.Revision{
		{Revision: 7, At: someTime, Source: "rollout", Reason: "worse: 8 of 10 failed", Stable: "v1",
			Split: map[string]api.Share{"v1": {Weight: 100, Share: 1}, "v2": {}}, Rollout: someRollout(api.RolloutReverted)},
		{Revision: 6, At: someTime, Author: "ann", From: "192.0.2.1", Source: "api", Stable: "v1",
			Split: map[string]api.Share{"v1": {Weight: 9, Share: 0.9}, "v2": {Weight: 1, Share: 0.1}}},
	}
}

// wantOutput compares output line by line, so that a difference is easy to see.
func wantOutput(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("output\n%s\nwant\n%s", numbered(got), numbered(want))
	}
}

func numbered(s string) string {
	var b strings.Builder
	n := 1
	for line := range strings.Lines(s) {
		fmt.Fprintf(&b, "%3d %q\n", n, line)
		n++
	}
	return b.String()
}
