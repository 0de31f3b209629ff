package top

import (
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

// someWeir answers as one with an upstream named api would, and remembers what it was
// asked.
type someWeir struct {
	mu       sync.Mutex
	requests []string // method, URL, If-Match
	keys     []string // of idempotency, of writes
	missing  string   // a path below which nothing is
	broken   bool     // for all but events
	event    chan string
}

func newSomeWeir(t *testing.T) (*someWeir, *api.Client) {
	t.Helper()
	w := &someWeir{event: make(chan string)}
	s := httptest.NewServer(w)
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		s.CloseClientConnections()
		s.Close()
	})
	client, err := api.NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return w, client
}

func (w *someWeir) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/events" {
		w.tell(out, r)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("If-Match")))
	if r.Method != http.MethodGet {
		w.keys = append(w.keys, r.Header.Get("Idempotency-Key"))
	}
	refuse := func(status int) {
		out.Header().Set("Content-Type", api.ProblemType)
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(api.Problem{Status: status, Detail: "no"})
	}
	var answer any
	switch {
	case w.broken:
		refuse(http.StatusServiceUnavailable)
		return
	case w.missing != "" && strings.HasPrefix(r.URL.Path, w.missing):
		refuse(http.StatusNotFound)
		return
	case r.URL.Path == "/v1/status":
		answer = api.Status{Version: "1.2.3"}
	case r.URL.Path == "/v1/upstreams":
		answer = api.Upstreams{Upstreams: []api.Upstream{{Name: "api"}}}
	case strings.HasSuffix(r.URL.Path, "/rollout"):
		answer = api.Rollout{ID: "r1"}
	case strings.HasSuffix(r.URL.Path, "/series"):
		answer = api.Series{At: []int64{1_000_000, 1_001_000}}
	default:
		answer = api.Upstream{Name: "api"}
	}
	out.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(out).Encode(answer)
}

// tell streams what the test sends, until the reader leaves.
func (w *someWeir) tell(out http.ResponseWriter, r *http.Request) {
	out.Header().Set("Content-Type", "text/event-stream")
	out.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(out).Flush()
	for n := 1; ; n++ {
		select {
		case <-r.Context().Done():
			return
		case kind := <-w.event:
			_, _ = io.WriteString(out, fmt.Sprintf("id: %d\ndata: {\"id\":\"%d\",\"type\":%q}\n\n", n, n, kind))
			_ = http.NewResponseController(out).Flush()
		}
	}
}

// asked is what was asked since the last time.
func (w *someWeir) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.requests
	w.requests = nil
	return list
}

// TestLook: of one upstream there is more to see once it is opened, and what it lacks is
// no outage.
func TestLook(t *testing.T) {
	w, client := newSomeWeir(t)
	f := newFeed(client, "ann")
	fr := f.look(t.Context())
	if fr.err != nil || fr.status.Version != "1.2.3" || len(fr.upstreams) != 1 || fr.open != "" || fr.last != nil {
		t.Errorf("list: %+v", fr)
	}
	f.watch("api")
	w.asked()
	fr = f.look(t.Context())
	if fr.err != nil || fr.open != "api" || fr.last == nil || fr.last.ID != "r1" || len(fr.series.At) != 2 {
		t.Errorf("opened: %+v", fr)
	}
	if got := w.asked(); !strings.HasSuffix(got[len(got)-1], "/series?since=0") {
		t.Errorf("the first series: %q, want all of it", got)
	}
	f.look(t.Context())
	if got := w.asked(); !strings.HasSuffix(got[len(got)-1], fmt.Sprintf("/series?since=%d", 1_001_000-charted)) {
		t.Errorf("the next series: %q, want what is charted before the server's latest", got)
	}

	for _, missing := range []string{"/v1/upstreams/api/rollout", "/v1/upstreams/api/series", "/v1/upstreams/api"} {
		w.missing = missing
		if fr := f.look(t.Context()); fr.err != nil || len(fr.upstreams) != 1 {
			t.Errorf("without %s: %+v", missing, fr)
		}
	}
	w.missing, w.broken = "", true
	if fr := f.look(t.Context()); fr.err == nil || fr.at.IsZero() || fr.upstreams != nil {
		t.Errorf("an outage: %+v, want its error and when, nothing else", fr)
	}
}

// TestRunLooksWhenSomethingHappens, long before the pace would, and ends with its context.
func TestRunLooksWhenSomethingHappens(t *testing.T) {
	w, client := newSomeWeir(t)
	ctx, cancel := context.WithCancel(t.Context())
	frames, ended := make(chan frame), make(chan struct{})
	go func() {
		defer close(ended)
		newFeed(client, "").run(ctx, func(fr frame) {
			select {
			case frames <- fr:
			case <-ctx.Done():
			}
		})
	}()
	next := func(what string) frame {
		t.Helper()
		select {
		case fr := <-frames:
			return fr
		case <-time.After(10 * time.Second):
			t.Fatalf("no frame: %s", what)
		}
		return frame{}
	}
	first := next("by the pace")
	for range 3 {
		w.event <- api.EventRevision // taken once the stream is up
		at := next("after an event").at
		if took := at.Sub(first.at); took < breath {
			t.Errorf("%v after the frame before, want %v at least between two", took, breath)
		}
		first.at = at
	}
	w.mu.Lock()
	w.broken = true
	w.mu.Unlock()
	for next("while Weir is gone").err == nil {
	}
	cancel()
	<-ended
}

// TestChangesAreAskedForOnce: by a key of their own, and only of what was seen.
func TestChangesAreAskedForOnce(t *testing.T) {
	w, client := newSomeWeir(t)
	f := newFeed(client, "ann")
	for _, c := range []struct {
		change change
		want   string
	}{
		{change{upstream: "api", verb: api.Promote, revision: 7}, `POST /v1/upstreams/api/rollout/promote "7"`},
		{change{upstream: "api", verb: api.Abort}, "POST /v1/upstreams/api/rollout/abort"},
		{change{upstream: "api", group: "shop", verb: api.Pause}, "POST /v1/groups/shop/rollout/pause"},
		{change{upstream: "api", revision: 7, weights: map[string]float64{"v1": 1}}, `PUT /v1/upstreams/api/split "7"`},
		{change{upstream: "api", address: "127.0.0.1:1", version: "v1", state: "drain"}, "PATCH /v1/upstreams/api/endpoints/127.0.0.1:1"},
	} {
		msg, ok := f.do(c.change)().(changed)
		if got := w.asked(); !ok || msg.err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("%+v: %v, %q, want %q", c.change, msg.err, got, c.want)
		}
		select {
		case <-f.hint: // what came of it is looked at
		default:
			t.Errorf("%s: nothing to look at", c.want)
		}
	}
	seen := map[string]bool{}
	for _, k := range w.keys {
		if seen[k] = true; k == "" {
			t.Error("a change has no key")
		}
	}
	if len(seen) != len(w.keys) {
		t.Errorf("keys %q, want each once", w.keys)
	}
	w.broken = true
	if msg, _ := f.do(change{upstream: "api", verb: api.Abort})().(changed); msg.err == nil {
		t.Error("a refusal is no success")
	}
}
