package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// withGates is a file with these gates.
func withGates(gates string) []byte {
	return []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
admin: {url: "https://weir.example.com/ops"}
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    rollout:
      steps: [{weight: 10%}, {weight: 50%}, {weight: 100%}]
      gates:
` + gates + `
routes: [{upstream: api}]
`)
}

func TestGates(t *testing.T) {
	file := withGates(`
        - {name: hook, at: before_start, http: {url: "https://ci.internal/hook?x"}}
        - {name: soak, at: before_step, steps: [3, 2], exec: [./soak.sh, "{{to}} $x"], timeout: 5m, initial_delay: 10s, interval: 30s, count: 3,
           failure_limit: 1, inconclusive_limit: 2, error_limit: 0, on_timeout: hold, dry_run: on}
        - {name: people, at: before_switch, approval: on}
        - {name: people.soon, at: before_switch, approval: on, timeout: 1h, on_timeout: approve}
        - {name: rate, at: after_switch, prometheus: {url: "http://prometheus:9090/p", query: 'sum(x{version="{{to}}"}) or {{ upstream }}', min: -1.5, max: 2}}
        - {name: value, at: before_finish, json: {url: "http://x/{{from}}", path: a.0.b, equals: "true", headers: {Authorization: Bearer x}}}
        - {name: lag, at: after_finish, json: {url: "http://x/", max: 0.5}}
        - {name: tell, at: on_revert, exec: [logger], timeout: 1ms}`)
	c, err := Parse("weir.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	measured := func(g Gate) Gate {
		g.OnTimeout, g.Count, g.ErrorLimit, g.Timeout = "reject", 1, 4, 30*time.Second
		return g
	}
	low, high, half := -1.5, 2.0, 0.5
	want := []Gate{
		measured(Gate{Name: "hook", At: BeforeStart, HTTP: &GateHTTP{URL: "https://ci.internal/hook?x", Method: "POST"}}),
		{
			Name: "soak", At: BeforeStep, Steps: []int{2, 3}, Exec: []string{filepath.Join(dir, "soak.sh"), "{{to}} $x"},
			Timeout: 5 * time.Minute, OnTimeout: "hold", InitialDelay: 10 * time.Second, Interval: 30 * time.Second, Count: 3,
			FailureLimit: 1, InconclusiveLimit: 2, DryRun: true,
		},
		{Name: "people", At: BeforeSwitch, Approval: true, OnTimeout: "reject", Count: 1, ErrorLimit: 4},
		{Name: "people.soon", At: BeforeSwitch, Approval: true, Timeout: time.Hour, OnTimeout: "approve", Count: 1, ErrorLimit: 4},
		measured(Gate{Name: "rate", At: AfterSwitch, Prometheus: &GatePrometheus{
			URL: "http://prometheus:9090/p", Query: `sum(x{version="{{to}}"}) or {{ upstream }}`, Bounds: Bounds{Min: &low, Max: &high},
		}}),
		measured(Gate{Name: "value", At: BeforeFinish, JSON: &GateJSON{
			URL: "http://x/{{from}}", Path: "a.0.b", Equals: "true", Headers: []Pair{{"authorization", "Bearer x"}},
		}}),
		measured(Gate{Name: "lag", At: AfterFinish, JSON: &GateJSON{URL: "http://x/", Bounds: Bounds{Max: &half}}}),
		measured(Gate{Name: "tell", At: OnRevert, Exec: []string{"logger"}}),
	}
	want[7].Timeout = time.Millisecond
	if diff := cmp.Diff(want, c.Upstreams[0].Rollout.Gates); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
	if got := c.Admin.URL; got != "https://weir.example.com/ops" {
		t.Errorf("admin.url is %s", got)
	}
	loadsAgain(t, "weir.yaml", file)
	doc, err := json.Marshal(c.Document())
	if err != nil || strings.Contains(string(doc), "Bearer") || !strings.Contains(string(doc), `"authorization":"***"`) {
		t.Errorf("%v: want headers without their values:\n%s", err, doc)
	}
}

// The example of the page about gates is one.
func TestGatesPage(t *testing.T) {
	page, err := os.ReadFile("../docs/gates.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("docs/gates.md has no example")
	}
	c, err := Parse("weir.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Upstreams[0].Rollout.Gates); n != 6 {
		t.Errorf("%d gates, want 6", n)
	}
	loadsAgain(t, "weir.yaml", []byte(example))
}

func TestPlaceholders(t *testing.T) {
	words := func(name string) string { return "<" + name + ">" }
	for in, want := range map[string]string{
		"":                            "",
		"no {braces} of {that} kind}": "no {braces} of {that} kind}",
		"{{to}}{{ from }}":            "<to><from>",
		`x{v="{{to}}"}`:               `x{v="<to>"}`,
		"{{to}} and {{":               "<to> and {{",
	} {
		if got := FillPlaceholders(in, words); got != want {
			t.Errorf("FillPlaceholders(%q) = %q, want %q", in, got, want)
		}
	}
}
