package admin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	metricsDoc = "../../docs/metrics.md"
	tableBegin = "<!-- every metric; WEIR_DOCS=write go test ./proxy/admin writes it -->\n"
	tableEnd   = "<!-- end of every metric -->"
)

// fullMetrics has something of everything.
func fullMetrics() Metrics {
	m := fakeMetrics()
	m.Certificates = []CertificateMetrics{{Listener: "web", File: "site.pem", NotAfter: time.Unix(2e9, 0)}}
	m.Tracing = &TracingMetrics{}
	m.Tokens = map[string]uint64{"valid": 1}
	m.Flags = []FlagMetrics{{Key: "new-checkout", Decisions: []FlagDecisions{{"on", "SPLIT", 1}}, Arms: []FlagArmMetrics{{Variant: "on", Requests: 1}}, Ended: map[string]uint64{"reverted": 1}}}
	u, unkeyed := &m.Upstreams[0], uint64(1)
	u.Unkeyed = &unkeyed
	v := &u.Versions[0]
	v.Names = []NameMetrics{{Name: "api.internal", OK: true, Addresses: 1}}
	v.Mirrored = map[string]uint64{"match": 1}
	return m
}

// metricsTable has a row for every metric that there is.
func metricsTable(t *testing.T) string {
	t.Helper()
	c := collector{fullMetrics}
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	descs := make(chan *prometheus.Desc, 1000)
	c.Describe(descs)
	if len(families) != len(descs) {
		t.Errorf("%d metrics are described and %d shown: fullMetrics must have something of each", len(descs), len(families))
	}
	var b strings.Builder
	b.WriteString("| metric | type | labels | what it says |\n|---|---|---|---|\n")
	for _, f := range families {
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	return b.String()
}

// TestEveryMetricIsDocumented: the table of docs/metrics.md is that of the code.
func TestEveryMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), tableBegin)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s: no table between %q and %q", metricsDoc, tableBegin, tableEnd)
	}
	want := metricsTable(t)
	if os.Getenv("WEIR_DOCS") == "write" {
		if err := os.WriteFile(metricsDoc, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		table = want
	}
	if table != want {
		t.Errorf("%s: the table is not that of the code: WEIR_DOCS=write writes it. It would be\n%s", metricsDoc, want)
	}
}

// cookies are what pages name that looks like a metric.
var cookies = map[string]bool{"weir_api": true, "weir_route": true, "weir_wrote": true}

// TestPagesNameMetricsThatExist: what any page calls a metric is one.
func TestPagesNameMetricsThatExist(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatal(pages, err)
	}
	table := metricsTable(t)
	for _, page := range append(pages, "../../README.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.FieldsFunc(string(text), func(r rune) bool {
			return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) {
			name := strings.TrimSuffix(strings.TrimSuffix(word, "_bucket"), "_count")
			if strings.HasPrefix(word, "weir_") && word != "weir_" && !cookies[word] && !strings.Contains(table, "`"+name+"`") {
				t.Errorf("%s names %s, which is no metric", page, word)
			}
		}
	}
}
