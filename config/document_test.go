package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What GET /v1/config answers, loaded as a file, is the same configuration.
func TestDocumentLoadsAgain(t *testing.T) {
	files, err := filepath.Glob("../deploy/examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			loadsAgain(t, file, data)
		})
	}
	t.Run("numbers that JSON writes with an exponent", func(t *testing.T) {
		loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    rollout:
      steps: [{weight: 0.00000000001%}, {weight: 100%}]
      revert: {alpha: 0.0000001, max_error_rate: 0.00000000002%}
routes: [{upstream: api}]
`))
	})
	t.Run("access logs", func(t *testing.T) {
		for _, log := range []string{
			"{file: stdout}",
			"{file: ./stdout, format: combined, sample: 0.1%}",
			`{file: /var/log/weir.log, format: "$status $$ $target", only: {slower_than: 1ms}}`,
			`{file: stderr, format: json, only: {status: 499}}`,
		} {
			loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
access_log: `+log+`
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
routes: [{upstream: api}]
`))
		}
	})
	t.Run("active checks", func(t *testing.T) {
		for _, active := range []string{
			"{path: /}",
			`{path: "/a?b", method: HEAD, host: "[::1]:80", headers: {X-A: "", x-b: b}, status: "200,300-302", tls: on}`,
			`{path: /, match: {headers: ["X-A = b", "X-A != b  c", "X-A ~ ^a$ ", "X-A !~ \\d", X-A, "! X-A"], body: {contains: "a\r\n\0$", limit: 1}}}`,
			`{path: /, match: {body: {matches: "^\"a", not_matches: "\\\\", limit: 1MiB}}, port: 1, tls: off, jitter: 0.1%}`,
			`{tcp: {}, interval_down: 1h, jitter: 0%, mandatory: off}`,
			`{tcp: {send: "\x01\x1f\t é", expect: "\e"}, tls: on}`,
		} {
			loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}, health: {active: `+active+`}}}
routes: [{upstream: api}]
`))
		}
	})
	t.Run("schemas", func(t *testing.T) {
		for _, schema := range []string{"{current: 0}", "{current: 9007199254740991}", `{url: "https://db.internal/v?a"}`, `{url: "http://[::1]:80", interval: 100ms, timeout: 2s}`} {
			loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    stable: v1
    versions: {v1: {endpoints: ["127.0.0.1:3001"], schema: 41-43}, v2: {endpoints: ["127.0.0.1:3002"], schema: 42}, v3: {endpoints: ["127.0.0.1:3003"], schema: 43-}}
    schema: `+schema+`
routes: [{upstream: api}]
`))
		}
	})
	t.Run("names", func(t *testing.T) {
		loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
resolver: {addresses: ["10.0.0.2", "[::1]:5353"], timeout: 1s, valid: 2s, ipv6: off, nxdomain: keep}
upstreams:
  api:
    versions: {v1: {endpoints: [{address: "a.internal:80", resolve: true, weight: 3}, {address: a.internal, resolve: true, service: http}]}}
routes: [{upstream: api}]
`))
	})
	t.Run("groups", func(t *testing.T) {
		loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}, web: {versions: {v1: {endpoints: ["127.0.0.1:3002"]}}}}
groups: {shop: {upstreams: [web, api]}}
routes: [{upstream: api}]
`))
	})
	t.Run("percentages with decimals, guard off", func(t *testing.T) {
		loadsAgain(t, "weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    stable: a
    versions:
      a: {weight: 99.875%, endpoints: ["127.0.0.1:3001"]}
      b: {weight: 0.125%, endpoints: ["127.0.0.1:3002", {address: "[::1]:3003", weight: 7}]}
    guard: off
routes: [{upstream: api}]
`))
	})
}

// Every key of a route is in the document.
func TestDocumentOfRoutes(t *testing.T) {
	want, err := Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(want.Document())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("testdata/full.yaml", doc)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	if diff := cmp.Diff(want.Routes, got.Routes); diff != "" {
		t.Errorf("the document has other routes (-file +document):\n%s", diff)
	}
}

// hiddenFields are left out of comparisons: the document hides them.
var hiddenFields = cmp.Options{
	cmpopts.IgnoreFields(GateHTTP{}, "Headers"), cmpopts.IgnoreFields(GatePrometheus{}, "Headers"), cmpopts.IgnoreFields(GateJSON{}, "Headers"),
	cmpopts.IgnoreFields(ActiveCheck{}, "Headers"), cmpopts.IgnoreFields(Smoke{}, "Headers"), cmpopts.IgnoreFields(TCPCheck{}, "Send"),
}

func loadsAgain(t *testing.T, file string, data []byte) {
	t.Helper()
	want, err := Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(want.Document())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(file, doc)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), hiddenFields); diff != "" {
		t.Errorf("the document is another configuration (-file +document):\n%s", diff)
	}
}

func TestPercentIsExact(t *testing.T) {
	for _, tt := range []struct {
		ratio float64
		want  string
	}{{0.2, "20%"}, {0.001, "0.1%"}, {1, "100%"}, {0.00012345, "0.012345%"}, {0.29, "29%"}} {
		if got := percent(tt.ratio); got != tt.want {
			t.Errorf("percent(%v) = %s, want %s", tt.ratio, got, tt.want)
		}
	}
}
