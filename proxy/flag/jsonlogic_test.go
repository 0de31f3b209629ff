//go:build !race

package flag

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/diegoholiveira/jsonlogic/v3"
)

// TestSimulationBesideJSONLogic: rules say what they say in the library that flagd is built
// on. Where that cannot answer, or writes what it does differently on purpose (a text
// without the spaces at its ends), the generator does not go.
func TestSimulationBesideJSONLogic(t *testing.T) {
	const cases = 10_000 * often
	answered, wrong := 0, 0
	for _, seed := range seeds(t) {
		g := newGenerator(seed, false)
		for range cases {
			rule := pick(g, g.truth, g.number, g.text, g.merged)(1 + g.IntN(3))
			context := g.context()
			want, err := theirs(rule, context)
			if err != nil {
				continue
			}
			answered++
			if got := run(t, rule, context); !alike(got, want) {
				t.Errorf("%s of %s: %v, theirs says %v", shown(rule), shown(context), got, want)
				if wrong++; wrong > 10 {
					t.FailNow()
				}
			}
		}
	}
	if answered < 19*cases/10 {
		t.Errorf("only %d of %d rules were answered", answered, 2*cases)
	}
}

// merged is a list that an operator makes: of one that is written the library makes null
// where it is empty.
func (g generator) merged(depth int) tree { return branch{"merge": []any{g.list(depth)}} }

// theirs is what a rule says there; an error where the library cannot answer.
func theirs(rule tree, context branch) (Value, error) {
	said, err := jsonlogic.ApplyRaw(json.RawMessage(shown(rule)), json.RawMessage(shown(context)))
	if err != nil {
		return Value{}, err
	}
	var v any
	if err := json.Unmarshal(said, &v); err != nil {
		return Value{}, err
	}
	return ValueOf(v)
}

// run is what a rule says here.
func run(t *testing.T, rule tree, context branch) Value {
	t.Helper()
	in := &reader{}
	c := compiler{segments: map[string]*Segment{}, index: map[string]int{}}
	o := c.compile(place{in: in, node: nodeOf(rule)})
	if len(in.problems) > 0 {
		t.Fatalf("%s: %v", shown(rule), in.problems)
	}
	v, err := ValueOf(context)
	if err != nil {
		t.Fatal(err)
	}
	about := &Context{View: &Attributes{v}}
	about.begin(&Flag{})
	return o.run(about)
}

// alike is whether two values are the same, but for where the order of sums shows.
func alike(a, b Value) bool {
	switch {
	case a.kind != b.kind:
		return false
	case a.kind == Number:
		return math.Abs(a.number-b.number) <= 1e-9*math.Max(1, math.Abs(a.number))
	case a.kind == List:
		if len(a.inner.items) != len(b.inner.items) {
			return false
		}
		for i := range a.inner.items {
			if !alike(a.inner.items[i], b.inner.items[i]) {
				return false
			}
		}
		return true
	}
	return same(a, b)
}
