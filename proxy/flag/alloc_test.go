//go:build !race

package flag

import "testing"

func TestAllocEvaluate(t *testing.T) {
	for name, tt := range typical {
		f, c := oneFlagOf(t, tt.rule), about(t, tt.context)
		var d Decision
		if n := testing.AllocsPerRun(1000, func() { d = f.Evaluate(c, nil) }); n != 0 {
			t.Errorf("%s: %v allocs per decision, want 0", name, n)
		}
		if d.Variant == "" || d.Reason != ReasonTargetingMatch {
			t.Errorf("%s: %+v, want a variant by the rule", name, d)
		}
		layer := &Layer{Ramp: &Ramp{To: f.Variant("on"), Share: 50_000}}
		if n := testing.AllocsPerRun(1000, func() { d = f.Evaluate(c, layer) }); n != 0 {
			t.Errorf("%s: %v allocs per decision within a ramp, want 0", name, n)
		}
	}
}
