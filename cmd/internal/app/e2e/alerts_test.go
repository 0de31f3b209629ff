//go:build !race

package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const deployed = "../../../../deploy/"

// rules is deploy/prometheus/alerts.yaml.
type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr         string
			Labels, Annotations map[string]string
		}
	}
}

// Promise: the alerts fire when they should and not when they should not, and each says
// what to do.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		lacking(t, "prometheus")
	}
	for _, args := range [][]string{{"check", "config", "prometheus.yml"}, {"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}, {"test", "rules", "alerts_days_test.yaml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = deployed + "prometheus"
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, said)
		}
	}
	page := textOf(t, "../../../../docs/metrics.md")
	cases := textOf(t, deployed+"prometheus/alerts_test.yaml") + textOf(t, deployed+"prometheus/alerts_days_test.yaml")
	for _, r := range alerts(t).Groups[0].Rules {
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s: annotations %v, labels %v", r.Alert, r.Annotations, r.Labels)
		}
		if r.Annotations["runbook"] != "docs/metrics.md#"+strings.ToLower(r.Alert) || !strings.Contains(page, "\n### "+r.Alert+"\n") {
			t.Errorf("%s: runbook %q, want its own part of docs/metrics.md", r.Alert, r.Annotations["runbook"])
		}
		if !strings.Contains(cases, "\n      - alertname: "+r.Alert+"\n") {
			t.Errorf("%s: no case in alerts_test.yaml makes it fire", r.Alert)
		}
	}
}

func alerts(t *testing.T) (r rules) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(textOf(t, deployed+"prometheus/alerts.yaml")), &r); err != nil || len(r.Groups) != 1 || len(r.Groups[0].Rules) == 0 {
		t.Fatalf("alerts.yaml: %v, %+v", err, r)
	}
	return r
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Promise: whatever the alerts and the dashboard ask for is there, with its labels.
func TestAlertsAndDashboardKnowWhatIsExported(t *testing.T) {
	t.Parallel()
	_, _, w := everythingOn(t)
	exported := map[string][]string{} // labels by metric
	for line := range strings.Lines(w.metrics()) {
		if series := sampleLine.FindStringSubmatch(line); series != nil {
			labels := append([]string{"instance"}, labelNames(series[2])...)
			exported[series[1]] = labels
			if native, ok := strings.CutSuffix(series[1], "_bucket"); ok {
				exported[native] = labels // to a Prometheus that asks for it
			}
		}
	}
	for expr, where := range asked(t) {
		for _, problem := range unknown(expr, exported) {
			t.Errorf("%s: %s, which is not exported: %s", where, problem, expr)
		}
	}
	if found := unknown(`sum by (x) (weir_nothing{y="z"}) / weir_requests_total{path="/"}`, exported); len(found) != 3 {
		t.Errorf("of a metric and labels that do not exist it finds %q", found)
	}
}

var (
	sampleLine = regexp.MustCompile(`^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? `)
	selector   = regexp.MustCompile(`\b((?:weir|go|process)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	grouping   = regexp.MustCompile(`\b(?:by|on) \(([^)]*)\)`)
	label      = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"[^"]*"`)
)

func labelNames(matchers string) (names []string) {
	for _, m := range label.FindAllStringSubmatch(matchers, -1) {
		names = append(names, m[1])
	}
	return names
}

// unknown are the metrics of an expression that are not exported, or not with a label.
func unknown(expr string, exported map[string][]string) (problems []string) {
	var known []string // labels of any of them
	for _, m := range selector.FindAllStringSubmatch(expr, -1) {
		labels, ok := exported[m[1]]
		if !ok {
			problems = append(problems, m[1])
			continue
		}
		known = append(known, labels...)
		for _, name := range labelNames(m[2]) {
			if !slices.Contains(labels, name) {
				problems = append(problems, m[1]+" by "+name)
			}
		}
	}
	for _, by := range grouping.FindAllStringSubmatch(expr, -1) {
		for _, name := range strings.Split(by[1], ", ") {
			if !slices.Contains(known, name) {
				problems = append(problems, "label "+name)
			}
		}
	}
	return problems
}
