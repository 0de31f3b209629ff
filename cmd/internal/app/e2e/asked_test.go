//go:build !race

package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// asked are the expressions of the alerts and of the dashboard, and who asks each.
func asked(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range alerts(t).Groups[0].Rules {
		all[r.Expr] = r.Alert
	}
	var board any
	if err := json.Unmarshal([]byte(textOf(t, deployed+"grafana/weir.json")), &board); err != nil {
		t.Fatal(err)
	}
	expressions(board, all)
	if len(all) < 50 {
		t.Fatalf("%d expressions found, want those of 22 alerts and 30 panels", len(all))
	}
	return all
}

// expressions collects what the panels, annotations and variables of a dashboard ask.
func expressions(v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, is := range v {
			if s, ok := is.(string); ok && (key == "expr" || key == "definition") {
				into[s] = "the dashboard"
			}
			expressions(is, into)
		}
	case []any:
		for _, is := range v {
			expressions(is, into)
		}
	}
}

var (
	labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
	comparison  = regexp.MustCompile(` ([=!<>]=|[<>]) `)
	fromGrafana = strings.NewReplacer("$instance", ".*", "$upstream", ".*", "$__rate_interval", "1m")
)

// Promise: a Prometheus understands whatever the alerts and the dashboard ask, and while
// a rollout runs finds something for all of it, in classic buckets or in native histograms.
func TestAlertsAndDashboardFindSomething(t *testing.T) {
	t.Parallel()
	_, _, w := everythingOn(t)
	for name, flags := range map[string][]string{"classic": nil, "native": {"--enable-feature=native-histograms"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prometheus{address: ground.FreeAddr(t), flags: flags}
			p.run(t, w.admin)
			for expr, where := range asked(t) {
				query := labelValues.ReplaceAllString(fromGrafana.Replace(expr), "count by ($2) ($1)")
				found := p.find(t, query)
				if strings.HasPrefix(expr, "absent(") {
					if len(found) > 0 {
						t.Errorf("%s finds %v, although Weir is there: %s", where, found, query)
					}
					continue
				}
				// What is compared is there whether it fires or not; a rate has to be
				// scraped twice first.
				query = comparison.ReplaceAllString(query, " $1 bool ")
				eventually(t, where+" finds something: "+query, func() bool { return len(p.find(t, query)) > 0 })
			}
		})
	}
}
