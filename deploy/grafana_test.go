package deploy

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// board is a dashboard as Grafana's model has it (kinds/dashboard, schemaVersion 39), as
// far as ours goes. A key that is not here is an error.
type board struct {
	UID, Title, Timezone, Refresh string
	SchemaVersion, Version        int
	GraphTooltip                  int // 1: a shared crosshair
	Editable                      bool
	Tags                          []string
	Time                          struct{ From, To string }
	Annotations                   struct{ List []boardAnnotation }
	Templating                    struct{ List []boardVariable }
	Panels                        []boardPanel
}

type boardSource struct{ Type, UID string }

type boardAnnotation struct {
	Name, Expr, TitleFormat, Step, IconColor string
	Enable                                   bool
	Datasource                               boardSource
}

type boardVariable struct {
	Name, Type, Definition, AllValue string
	Query                            any // of a datasource its type; else an object
	Datasource                       boardSource
	IncludeAll, Multi                bool
	Refresh, Sort                    int
	Current                          struct{ Text, Value string }
}

type boardPanel struct {
	ID                       int
	Type, Title, Description string
	Datasource               boardSource
	GridPos                  struct{ X, Y, W, H int }
	Collapsed                bool
	Panels                   []boardPanel // of a collapsed row
	Targets                  []boardTarget
	FieldConfig              struct {
		Defaults  boardField
		Overrides []struct{}
	}
	Options struct {
		Legend        struct{ DisplayMode, Placement string }
		Tooltip       struct{ Mode, Sort string }
		ReduceOptions struct{ Calcs []string }
		ShowValue     string
		MergeValues   bool
	}
}

type boardTarget struct {
	RefID, Expr, LegendFormat, Format string
	Instant                           bool
	Datasource                        boardSource
}

type boardField struct {
	Unit       string
	Decimals   int
	Min, Max   *float64
	Thresholds struct {
		Mode  string
		Steps []struct {
			Value *float64
			Color string
		}
	}
	Mappings []struct {
		Type    string
		Options map[string]struct{ Text, Color string }
	}
	Custom struct {
		LineInterpolation, ShowPoints string
		LineWidth, FillOpacity        int
		Stacking                      struct{ Mode string }
	}
}

var (
	boardVariables = regexp.MustCompile(`\$\{?(\w+)`)
	boardLegend    = regexp.MustCompile(`\{\{(\w+)\}\}`)
	boardGrouping  = regexp.MustCompile(`^[^{]*?\bby \(([^)]*)\)`)
)

// Promise: the dashboard has only what Grafana knows, its panels have room beside each
// other, and what they name is there.
func TestGrafanaDashboard(t *testing.T) {
	var b board
	dec := json.NewDecoder(bytes.NewReader(read(t, "grafana/weir.json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`).MatchString(b.UID) || b.Title == "" || b.SchemaVersion < 36 || len(b.Panels) < 20 {
		t.Errorf("uid %q, title %q, schemaVersion %d, %d panels", b.UID, b.Title, b.SchemaVersion, len(b.Panels))
	}
	known := []string{"__rate_interval"}
	for _, v := range b.Templating.List {
		known = append(known, v.Name)
		if !slices.Contains([]string{"datasource", "query"}, v.Type) || v.Type == "query" && v.Definition == "" {
			t.Errorf("variable %s of type %q with definition %q", v.Name, v.Type, v.Definition)
		}
		b.knows(t, known, "variable "+v.Name, v.Definition)
	}
	for _, a := range b.Annotations.List {
		b.knows(t, known, "annotation "+a.Name, a.Expr, a.Datasource.UID)
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range b.Panels {
		if p.ID <= 0 || ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q: want a number of its own and a title", p.ID, p.Title)
		}
		ids[p.ID] = true
		g := p.GridPos
		if g.X < 0 || g.W < 1 || g.X+g.W > 24 || g.H < 1 {
			t.Errorf("%s: %+v, want it within 24 columns", p.Title, g)
		}
		for x := range g.W {
			for y := range g.H {
				at := [2]int{g.X + x, g.Y + y}
				if over := taken[at]; over != "" {
					t.Fatalf("%s lies over %s", p.Title, over)
				}
				taken[at] = p.Title
			}
		}
		p.check(t)
		for _, q := range p.Targets {
			b.knows(t, known, p.Title, q.Expr, q.Datasource.UID, p.Datasource.UID)
		}
	}
}

// knows demands the variables that texts use.
func (b *board) knows(t *testing.T, known []string, who string, texts ...string) {
	t.Helper()
	for _, m := range boardVariables.FindAllStringSubmatch(strings.Join(texts, " "), -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("%s uses $%s, which is not a variable", who, m[1])
		}
	}
}

// check holds what a panel asks and how it shows the answer.
func (p *boardPanel) check(t *testing.T) {
	t.Helper()
	if p.Type == "row" {
		if len(p.Targets) > 0 || len(p.Panels) > 0 || p.GridPos.W != 24 {
			t.Errorf("row %s: %d targets, %d panels, %d wide", p.Title, len(p.Targets), len(p.Panels), p.GridPos.W)
		}
		return
	}
	if !slices.Contains([]string{"stat", "timeseries", "state-timeline", "table"}, p.Type) || len(p.Targets) == 0 {
		t.Errorf("%s: type %q, %d targets", p.Title, p.Type, len(p.Targets))
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if refs[q.RefID] || q.RefID == "" || q.Expr == "" || q.Datasource.Type != "prometheus" {
			t.Errorf("%s: %+v, want a refId of its own, an expression and a Prometheus", p.Title, q)
		}
		refs[q.RefID] = true
		by := boardGrouping.FindStringSubmatch(q.Expr)
		for _, m := range boardLegend.FindAllStringSubmatch(q.LegendFormat, -1) {
			if by != nil && !slices.Contains(strings.Split(by[1], ", "), m[1]) {
				t.Errorf("%s: the legend has %s, which the answer to %s does not", p.Title, m[1], q.Expr)
			}
		}
	}
	f := p.FieldConfig.Defaults
	if !slices.Contains([]string{"", "none", "reqps", "percentunit", "s", "bytes"}, f.Unit) {
		t.Errorf("%s: unit %q", p.Title, f.Unit)
	}
	last := math.Inf(-1)
	for i, s := range f.Thresholds.Steps {
		if (i == 0) != (s.Value == nil) || i > 0 && *s.Value <= last || s.Color == "" {
			t.Errorf("%s: thresholds %+v, want them in order, the first without a value", p.Title, f.Thresholds.Steps)
			break
		}
		if s.Value != nil {
			last = *s.Value
		}
	}
	for _, m := range f.Mappings {
		if m.Type != "value" || len(m.Options) == 0 {
			t.Errorf("%s: mapping %+v", p.Title, m)
		}
	}
}
