package gate

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

var question = &Question{
	Gate: "smoke", Phase: "before_switch", Rollout: "api-7", Upstream: "api", From: "v1", To: "v2", Weight: 12.5,
	Reason: "because", Key: "api-7/smoke",
}

// serve answers as f does, on a socket of its own.
func serve(t *testing.T, f http.HandlerFunc) (address string) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func want(t *testing.T, what string, got Measurement, result Result, why string) {
	t.Helper()
	if got.Result != result || !strings.Contains(got.Why, why) {
		t.Errorf("%s: %s: %s; want %s: %s", what, got.Result, got.Why, result, why)
	}
}

func TestHookCarriesTheQuestion(t *testing.T) {
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var got map[string]any
		if err := json.Unmarshal(body, &got); err != nil {
			t.Errorf("body %s: %v", body, err)
		}
		for key, want := range map[string]any{
			"gate": "smoke", "phase": "before_switch", "rollout": "api-7", "upstream": "api", "from": "v1", "to": "v2", "weight": 12.5, "reason": "because",
		} {
			if got[key] != want {
				t.Errorf("%s is %v, want %v", key, got[key], want)
			}
		}
		for name, want := range map[string]string{"Idempotency-Key": "api-7/smoke", "Content-Type": "application/json", "X-Token": "secret"} {
			if v := r.Header.Get(name); v != want {
				t.Errorf("%s is %q, want %q", name, v, want)
			}
		}
		if len(got) != 8 || r.Method != "PUT" || r.RequestURI != "/hook?a=b" {
			t.Errorf("%s %s with %d keys", r.Method, r.RequestURI, len(got))
		}
	})
	h := &Hook{URL: address + "/hook?a=b", Method: "PUT", Headers: []Header{{"x-token", "secret"}}}
	want(t, "hook", h.Ask(t.Context(), question), Passed, "status 200 OK")
}

func TestHookAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		result Result
		why    string
	}{
		{200, "", Passed, "status 200 OK"},
		{204, "", Passed, "status 204 No Content"},
		{409, "\n  tables missing\x07 \nmore", Failed, "status 409 Conflict: tables missing"},
		{422, strings.Repeat("x", 300), Failed, strings.Repeat("x", 200) + "..."},
		{404, "", Failed, "status 404 Not Found"},
		{500, "oops", Errored, "status 500 Internal Server Error: oops"},
		{503, "", Errored, "status 503"},
		{304, "", Errored, "not followed"},
		{299, strings.Repeat("endless", 1<<20), Passed, "status 299: endless"},
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		want(t, address, (&Hook{URL: address, Method: "POST"}).Ask(t.Context(), question), tt.result, tt.why)
	}
}

// A redirect that would ask something else, or somebody else, is not an answer.
func TestHookRedirects(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(other, "http://"))
	for _, tt := range []struct {
		status int
		to     string
		result Result
		why    string
	}{
		{307, "/yes", Passed, "status 200"},
		{308, "/yes", Passed, "status 200"},
		{302, "/yes", Errored, "status 302 Found to another place or method: not followed"},
		{307, "http://localhost:" + port, Errored, "not followed"},
		{307, "/ask", Errored, "not followed"},
	} {
		asked := 0
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if asked++; !strings.Contains(string(body), `"gate":"smoke"`) || r.Header.Get("Idempotency-Key") != question.Key {
				t.Errorf("asked %s without the question", r.URL)
			}
			if r.URL.Path == "/ask" {
				http.Redirect(w, r, tt.to, tt.status)
			}
		})
		want(t, tt.to, (&Hook{URL: address + "/ask", Method: "POST"}).Ask(t.Context(), question), tt.result, tt.why)
		if asked > mostRedirects+1 {
			t.Errorf("asked %d times", asked)
		}
	}
}

func TestHookWithoutAnAnswer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + ln.Addr().String() + "/?token=secret"
	ln.Close()
	m := (&Hook{URL: nobody, Method: "POST"}).Ask(t.Context(), question)
	want(t, "nobody there", m, Errored, "connection refused")
	if strings.Contains(m.Why, "secret") {
		t.Errorf("the reason has the URL in it: %s", m.Why)
	}

	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	want(t, "cut", (&Hook{URL: cut, Method: "POST"}).Ask(t.Context(), question), Errored, "read the answer")

	ctx, cancel := context.WithCancel(t.Context())
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server would not look for the end of the connection
		cancel()
		<-r.Context().Done()
	})
	start := time.Now()
	want(t, "hangs", (&Hook{URL: hangs, Method: "GET"}).Ask(ctx, question), Errored, "context canceled")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v after the end", took)
	}
}

func TestPrometheus(t *testing.T) {
	low, high := 0.99, 1.0
	for _, tt := range []struct {
		name   string
		status int
		body   string
		result Result
		why    string
	}{
		{"one series", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0.995"]}]}}`, Passed, "0.995, 0.99 to 1"},
		{"scalar", 200, `{"status":"success","data":{"resultType":"scalar","result":[1.5,"0.5"]}}`, Failed, "0.5, want 0.99 to 1"},
		{"too much", 200, `{"status":"success","data":{"resultType":"scalar","result":[1.5,"+Inf"]}}`, Failed, "+Inf, want 0.99 to 1"},
		{"nothing", 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, Inconclusive, "the query has no series"},
		{"0/0", 200, `{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"NaN"]}]}}`, Inconclusive, "NaN"},
		{"two series", 200, `{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"1"]}]}}`, Errored, "the query has 2 series: want one, as by sum()"},
		{"string", 200, `{"status":"success","data":{"resultType":"string","result":[1,"1"]}}`, Errored, "the query gives a string: want a number"},
		{"range", 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, Errored, "the query gives a matrix"},
		{"no number", 200, `{"status":"success","data":{"resultType":"scalar","result":[1,"one"]}}`, Errored, `"one" is not a number`},
		{"no pair", 200, `{"status":"success","data":{"resultType":"scalar","result":[1]}}`, Errored, "a sample is [1]"},
		{"bad query", 400, `{"status":"error","errorType":"bad_data","error":"parse error: unexpected end of input"}`, Errored, "parse error: unexpected end of input"},
		{"not there", 404, "no such page", Errored, "status 404 Not Found: no such page"},
		{"something else", 200, "<html>", Errored, "the answer is not Prometheus's"},
		{"something else of JSON", 200, "{}", Errored, "the answer is not Prometheus's"},
		{"down", 503, "", Errored, "status 503"},
		{"endless", 200, strings.Repeat("x", mostDocument+1), Errored, "longer than"},
	} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query().Get("query"); r.URL.Path != "/p/api/v1/query" || q != "a + b" || r.Header.Get("X-Scope") != "me" {
				t.Errorf("asked %s %s", r.RequestURI, q)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		p := &Prometheus{URL: address + "/p/", Query: "a + b", Headers: []Header{{"X-Scope", "me"}}, Bounds: Bounds{&low, &high}}
		want(t, tt.name, p.Ask(t.Context(), question), tt.result, tt.why)
	}
}

func TestDocument(t *testing.T) {
	const body = `{"a": {"b": [1, {"c": 0.25, "s": "ok", "t": true, "n": null, "big": 1e999, "": 3}]}, "": {"x": 1}, "text": "0.97"}`
	low, high := 0.2, 0.3
	for _, tt := range []struct {
		path, equals string
		result       Result
		why          string
	}{
		{"a.b.1.c", "", Passed, "0.25, 0.2 to 0.3"},
		{"a.b.0", "", Failed, "1, want 0.2 to 0.3"},
		{"a.b.2", "", Errored, "the answer has no a.b.2: there is a list of 2"},
		{"a.b.-1", "", Errored, "the answer has no a.b.-1"},
		{"a.c", "", Errored, "the answer has no a.c"},
		{"text.x", "", Errored, "the answer has no text.x: what is there has nothing in it"},
		{"text", "", Errored, "the value is not a number"},
		{"a.b.1.n", "", Inconclusive, "null"},
		{"a.b.1.big", "", Errored, "too large"},
		{"a.b.1.s", "ok", Passed, `"ok"`},
		{"a.b.1.s", "OK", Failed, `"ok", want OK`},
		{"a.b.1.c", "0.250", Passed, "0.25"},
		{"a.b.1.c", "x", Failed, "0.25, want x"},
		{"a.b.1.t", "true", Passed, "true"},
		{"a.b.1.t", "1", Failed, "true, want 1"},
		{"a.b.1.n", "null", Passed, "null"},
		{"a.b", "1", Errored, "a list or an object"},
		{"", "1", Errored, "a list or an object"},
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		d := &Document{URL: address + "/x?" + url.QueryEscape(tt.path), Path: tt.path, Equals: tt.equals, Bounds: Bounds{&low, &high}}
		want(t, tt.path+" "+tt.equals, d.Ask(t.Context(), question), tt.result, tt.why)
	}
	for body, why := range map[string]string{"": "not JSON", "{": "not JSON", "1": "the answer has no a"} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		want(t, body, (&Document{URL: address, Path: "a", Equals: "b"}).Ask(t.Context(), question), Errored, why)
	}
	moved := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		io.WriteString(w, "5")
	})
	want(t, "moved", (&Document{URL: moved, Equals: "5"}).Ask(t.Context(), question), Passed, "5")
}
