package admintest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// recorder is a test that must not fail because of what it records.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func newContract(t *testing.T) *Contract {
	t.Helper()
	spec, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	healthy = `{"title":"Not Found","detail":"no such upstream","status":404}`
	event   = `data: {"id":"1","type":"reload","at":"2026-11-27T09:31:00Z"%s}` + "\n\n"
)

// TestViolationsAreSeen has a server break the contract in every way that is looked at.
func TestViolationsAreSeen(t *testing.T) {
	c := newContract(t)
	for _, x := range []struct {
		name, method, path, body string // of the request
		status                   int
		contentType, got         string // of the answer
		want                     string // in the failure; empty: there is none
	}{
		{"all is well", "GET", "/v1/groups", "", 200, "application/json", `{"groups":[]}`, ""},
		{"a refusal", "GET", "/v1/upstreams/x", "", 404, "application/problem+json", healthy, ""},
		{"a status that is not listed", "GET", "/v1/groups", "", 418, "application/problem+json", strings.ReplaceAll(healthy, "404", "418"), ""},
		{"text", "GET", "/healthz", "", 200, "text/plain; charset=utf-8", "ok\n", ""},
		{"a bad request, refused", "PUT", "/v1/upstreams/x/split", `{"weigths":{}}`, 422, "application/problem+json", healthy, ""},
		{"no such path, refused", "GET", "/v2", "", 404, "application/problem+json", healthy, ""},
		{"no such method, refused", "POST", "/healthz", "", 405, "application/problem+json", healthy, ""},
		{"a stream", "GET", "/v1/events", "", 200, "text/event-stream", ": hello\n\n" + fmt.Sprintf(event, ""), ""},

		{"a key too many", "GET", "/v1/groups", "", 200, "application/json", `{"groups":[],"more":1}`, "'more' not allowed"},
		{"a key that lacks", "GET", "/v1/groups", "", 200, "application/json", `{}`, "missing property 'groups'"},
		{"null for a list", "GET", "/v1/groups", "", 200, "application/json", `{"groups":null}`, "got null, want array"},
		{"deep inside", "GET", "/v1/groups", "", 200, "application/json", `{"groups":[{"name":"x","upstreams":[],"rollout":{}}]}`, "'/groups/0/rollout'"},
		{"no JSON", "GET", "/v1/groups", "", 200, "application/json", `{"groups":`, "not JSON"},
		{"another type", "GET", "/v1/groups", "", 200, "text/plain", `{"groups":[]}`, `content type "text/plain" is not described`},
		{"no type", "GET", "/v1/groups", "", 200, "", `{"groups":[]}`, "is not described"},
		{"a refusal as text", "GET", "/v1/upstreams/x", "", 404, "text/plain", "no", `content type "text/plain" is not described`},
		{"a refusal with more", "GET", "/v1/upstreams/x", "", 404, "application/problem+json", `{"title":"","detail":"","status":404,"error":"internals"}`, "'error' not allowed"},
		{"other text", "GET", "/healthz", "", 200, "text/plain", "fine", "/healthz breaks openapi.yaml"},
		{"a header that lacks", "GET", "/v1/upstreams/x", "", 200, "application/json", `{}`, "ETag"},
		{"a path that is not described", "GET", "/v2", "", 200, "application/json", `{}`, "answered with 200"},
		{"a method that is not described", "DELETE", "/v1/groups", "", 200, "application/json", `{}`, "answered with 200"},
		{"an undescribed key, obeyed", "POST", "/v1/reload", `{"hard":true}`, 200, "application/json", `{"generation":1,"changed":[]}`, "request: "},
		{"an event with more", "GET", "/v1/events", "", 200, "text/event-stream", fmt.Sprintf(event, `,"more":1`), "'more' not allowed"},
		{"an event of no known type", "GET", "/v1/events", "", 200, "text/event-stream", strings.ReplaceAll(fmt.Sprintf(event, ""), "reload", "party"), "value must be one of"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{x.contentType}
				w.WriteHeader(x.status)
				_, _ = io.WriteString(w, x.got)
			}))
			defer s.Close()
			seen := &recorder{TB: t}
			transport := c.Transport(s.Client().Transport)
			transport.Watch(seen, s.Listener.Addr().String())
			req, err := http.NewRequest(x.method, s.URL+x.path, strings.NewReader(x.body))
			if err != nil {
				t.Fatal(err)
			}
			res, err := (&http.Client{Transport: transport}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if b, err := io.ReadAll(res.Body); err != nil || string(b) != x.got {
				t.Errorf("body %q, %v, want it as it was sent", b, err)
			}
			switch all := strings.Join(seen.failures, "\n"); {
			case x.want == "" && all != "":
				t.Errorf("failed with %s", all)
			case !strings.Contains(all, x.want):
				t.Errorf("failed with %q, want something with %q", all, x.want)
			}
		})
	}
}

// TestOthersAreLeftAlone: what no test watches may answer as it likes.
func TestOthersAreLeftAlone(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	transport := newContract(t).Transport(s.Client().Transport)
	res, err := (&http.Client{Transport: transport}).Get(s.URL + "/v1/groups")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

// TestBadDescriptions: a description that is not valid is not used.
func TestBadDescriptions(t *testing.T) {
	for name, spec := range map[string]string{
		"no YAML":   "openapi: [",
		"no schema": "openapi: 3.1.0\ninfo: {title: x, version: x}\npaths: {/x: {get: {responses: {\"200\": {$ref: \"#/components/responses/None\"}}}}}",
	} {
		if _, err := New([]byte(spec)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
