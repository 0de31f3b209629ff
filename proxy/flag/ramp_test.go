package flag

import (
	"fmt"
	"testing"
)

// word is what ends a ramp at once.
type word bool

func (w *word) IsSet() bool { return bool(*w) }

// TestRampArms: the ramp says of each where it has put him, and what those beside get.
func TestRampArms(t *testing.T) {
	s := set(t, `{
		"$evaluators": {"internal": {"==": [{"var": "group"}, "staff"]}},
		"flags": {"new": {"state": "ENABLED", "variants": {"off": 0, "on": 1, "next": 2}, "defaultVariant": "off"}}
	}`)
	f := s.Flag("new")
	var out word
	internal := []*Segment{s.Segment("internal")}
	ramp := Ramp{To: f.Variant("on"), Segments: internal, Share: Whole / 2, Out: &out}
	over := ramp
	over.Rest = f.Variant("next")
	whole := ramp
	whole.Share = Whole
	lower, upper := "", "" // users in the lower half, and in the upper
	for i := 0; lower == "" || upper == ""; i++ {
		user := fmt.Sprint("user", i)
		if at, _ := f.Bucket(about(t, `{"targetingKey": "`+user+`"}`)); at < Whole/2 {
			lower = user
		} else {
			upper = user
		}
	}
	staff := fmt.Sprintf(`{"targetingKey": %q, "group": "staff"}`, upper)
	in, beside := fmt.Sprintf(`{"targetingKey": %q}`, lower), fmt.Sprintf(`{"targetingKey": %q}`, upper)
	for _, c := range []struct {
		name    string
		ramp    *Ramp
		who     string
		variant string
		reason  string
		arm     Arm
		out     bool
	}{
		{"in the segment", &ramp, staff, "on", ReasonTargetingMatch, Chosen, false},
		{"in the segment, without a name", &ramp, `{"group": "staff"}`, "on", ReasonTargetingMatch, Chosen, false},
		{"in the share", &ramp, in, "on", ReasonSplit, Drawn, false},
		{"beside", &ramp, beside, "off", ReasonStatic, Beside, false},
		{"nobody is named", &ramp, `{}`, "off", ReasonStatic, NoArm, false},
		{"beside, over another variant", &over, beside, "next", ReasonStatic, Beside, false},
		{"everybody", &whole, beside, "on", ReasonSplit, Drawn, false},
		{"everybody, named or not", &whole, `{}`, "on", ReasonSplit, Drawn, false},
		{"it is out: the segment", &ramp, staff, "off", ReasonStatic, NoArm, true},
		{"it is out: the share", &whole, in, "off", ReasonStatic, NoArm, true},
		{"it is out, over another variant", &over, in, "next", ReasonStatic, NoArm, true},
	} {
		out = word(c.out)
		if d := f.Evaluate(about(t, c.who), &Layer{Ramp: c.ramp}); d.Variant != c.variant || d.Reason != c.reason || d.Arm != c.arm {
			t.Errorf("%s: %s, %s, arm %d; want %s, %s, arm %d", c.name, d.Variant, d.Reason, d.Arm, c.variant, c.reason, c.arm)
		}
	}
}
