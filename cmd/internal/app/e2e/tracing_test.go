//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver takes spans as a collector does.
type receiver struct {
	url string

	mu    sync.Mutex
	spans []*otlp.Span
	key   string // the header authorization, of the last request
	name  string // service.name
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var m collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &m); err != nil || req.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("spans come as %s: %v", req.Header.Get("Content-Type"), err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.key = req.Header.Get("Authorization")
		for _, of := range m.ResourceSpans {
			for _, a := range of.Resource.Attributes {
				if a.Key == "service.name" {
					r.name = a.Value.GetStringValue()
				}
			}
			for _, scope := range of.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(s.Close)
	r.url = s.URL + "/v1/traces"
	return r
}

// of are the spans of a trace.
func (r *receiver) of(id string) (spans []*otlp.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if fmt.Sprintf("%x", s.TraceId) == id {
			spans = append(spans, s)
		}
	}
	return spans
}

// said are a span's attributes.
func said(s *otlp.Span) map[string]string {
	out := map[string]string{}
	for _, a := range s.Attributes {
		if text := a.Value.GetStringValue(); text != "" {
			out[a.Key] = text
		} else {
			out[a.Key] = fmt.Sprint(a.Value.GetIntValue())
		}
	}
	return out
}

// Promise: a sampled request has a span, and one below for each attempt, under the
// caller's; endpoints get the attempt's as their parent. One that is not sampled has
// none, and goes on as it came.
func TestSpans(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	var mu sync.Mutex
	parents := map[string][]string{} // what backends got, by path
	for _, b := range []*backend{v1, v2} {
		b.does(func(_ int, req *http.Request) reply {
			mu.Lock()
			defer mu.Unlock()
			parents[req.URL.Path] = append(parents[req.URL.Path], req.Header.Get("traceparent")+" "+req.Header.Get("tracestate"))
			if b == v2 && req.URL.Path == "/sampled" {
				return reply{status: 503}
			}
			return reply{}
		})
	}
	if err := os.WriteFile(filepath.Join(w.dir, "otlp.headers"), []byte("authorization: Bearer k\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := w.yaml(conf{versions: []version{one("v1", 0, v1.addr), one("v2", 100, v2.addr)}})
	text = "clients: {trusted_proxies: [127.0.0.1]}\n" + strings.Replace(text, "stable: v1", "stable: v1\n    guard: off\n    retry: {tries: 2}", 1)
	w.writeText(text + fmt.Sprintf("tracing: {otlp: %q, sample: 0%%, service: shop, headers_file: otlp.headers}\n", r.url))
	w.start()
	const id, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	ask := func(path, flags string) {
		req, _ := http.NewRequest("GET", "http://"+w.web+path+"?q=1", nil)
		req.Header.Set("traceparent", "00-"+id+"-"+caller+"-"+flags)
		req.Header.Set("tracestate", "a=b")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	ask("/plain", "00")
	ask("/sampled", "01")
	var spans []*otlp.Span
	eventually(t, "a span for the request and one for each attempt", func() bool {
		spans = r.of(id)
		return len(spans) == 3
	})
	mu.Lock()
	defer mu.Unlock()
	if got := parents["/plain"]; len(got) != 1 || got[0] != "00-"+id+"-"+caller+"-00 a=b" {
		t.Errorf("what is not sampled came as %q", got)
	}
	var request *otlp.Span
	var attempts []*otlp.Span
	for _, s := range spans {
		if s.Kind == otlp.Span_SPAN_KIND_SERVER {
			request = s
		} else {
			attempts = append(attempts, s)
		}
	}
	if request == nil || len(attempts) != 2 || fmt.Sprintf("%x", request.ParentSpanId) != caller {
		t.Fatalf("spans %v, want the request's below the caller's and two attempts", spans)
	}
	for key, want := range map[string]string{
		"http.request.method": "GET", "url.path": "/sampled", "url.query": "", "url.scheme": "http",
		"http.response.status_code": "200", "weir.upstream": "api", "client.address": "127.0.0.1",
	} {
		if got := said(request)[key]; got != want {
			t.Errorf("the request's %s = %q, want %q", key, got, want)
		}
	}
	for i, a := range attempts {
		if string(a.ParentSpanId) != string(request.SpanId) || a.StartTimeUnixNano < request.StartTimeUnixNano || a.EndTimeUnixNano > request.EndTimeUnixNano {
			t.Errorf("attempt %d is not within the request: %v", i, a)
		}
		if want := fmt.Sprintf("00-%s-%x-01 a=b", id, a.SpanId); len(parents["/sampled"]) != 2 || parents["/sampled"][i] != want {
			t.Errorf("attempt %d came with %q, want %q", i, parents["/sampled"], want)
		}
	}
	first, second := said(attempts[0]), said(attempts[1])
	if first["weir.version"] != "v2" || first["weir.attempt"] != "first" || first["weir.outcome"] != "error" || first["http.response.status_code"] != "503" {
		t.Errorf("the first attempt says %v", first)
	}
	if second["weir.attempt"] != "retry" || second["weir.outcome"] != "ok" || second["http.request.resend_count"] != "1" {
		t.Errorf("the second attempt says %v", second)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.key != "Bearer k" || r.name != "shop" {
		t.Errorf("authorization %q, service %q", r.key, r.name)
	}
}

// Promise: a receiver that hangs costs spans and no request, and a metric says so.
func TestDeadReceiverTouchesNoRequest(t *testing.T) {
	t.Parallel()
	v1, w := newBackend(t), newWeir(t)
	w.writeText(w.yaml(conf{versions: []version{one("v1", 100, v1.addr)}}) + fmt.Sprintf("tracing: {otlp: %q, sample: 100%%}\n", silent(t)+"/v1/traces"))
	w.start()
	done := make(chan struct{})
	var users sync.WaitGroup
	stop := sync.OnceFunc(func() {
		close(done)
		users.Wait()
	})
	defer stop()
	for range 8 { // as fast as the machine can: what counts is how many there are
		users.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				res, err := http.Get("http://" + w.web)
				if err != nil {
					t.Errorf("a request: %v", err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				if res.Body.Close(); res.StatusCode != 200 {
					t.Errorf("a request: %s", res.Status)
				}
			}
		})
	}
	w.eventually("requests without a span", func() bool {
		m := w.metrics()
		return strings.Contains(m, "weir_trace_dropped_total ") && !strings.Contains(m, "weir_trace_dropped_total 0\n")
	})
	stop()
	began := time.Now()
	w.stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the process took %v to end, waiting for a receiver that hangs", took)
	}
}

// Promise: a part of the requests that are in no trace begin one, and a reload says
// which and where to.
func TestTracesBeginHere(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	v1, w := newBackend(t), newWeir(t)
	tracing := func(rest string) {
		w.writeText(w.yaml(conf{versions: []version{one("v1", 100, v1.addr)}}) + rest)
	}
	tracing("")
	w.start()
	get := func(path string) {
		getFrom(t, w.web, path, "", "")
	}
	roots := func(path string) (n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range r.spans {
			if s.Kind == otlp.Span_SPAN_KIND_SERVER && said(s)["url.path"] == path && len(s.ParentSpanId) == 0 {
				n++
			}
		}
		return n
	}
	get("/none")
	tracing(fmt.Sprintf("tracing: {otlp: %q, sample: 100%%, headers_file: none.headers}\n", r.url))
	if status, p := w.call("POST", "/v1/reload", "", nil); status != 422 || !strings.Contains(p.Detail, "tracing.headers_file: ") {
		t.Errorf("a reload with headers that are not there: %d %+v", status, p)
	}
	tracing(fmt.Sprintf("tracing: {otlp: %q, sample: 100%%}\n", r.url))
	w.must("POST", "/v1/reload", "", nil)
	for range 10 {
		get("/all")
	}
	eventually(t, "ten traces", func() bool { return roots("/all") == 10 })
	tracing(fmt.Sprintf("tracing: {otlp: %q, sample: 0%%}\n", r.url))
	w.must("POST", "/v1/reload", "", nil)
	get("/zero")
	tracing("")
	w.must("POST", "/v1/reload", "", nil)
	get("/off")
	w.stop() // what waits is sent
	if roots("/none")+roots("/zero")+roots("/off") > 0 || roots("/all") != 10 {
		t.Errorf("traces of %d, %d and %d requests that were not sampled, and %d that were", roots("/none"), roots("/zero"), roots("/off"), roots("/all"))
	}
}
