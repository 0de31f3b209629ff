package flag

import (
	"fmt"
	"strings"
	"testing"
)

// told is an explanation in lines: the parts with what they said, those that decided with
// a star.
func told(e *Explanation) string {
	var b strings.Builder
	for _, p := range e.Rule {
		star := " "
		if p.Decided {
			star = "*"
		}
		what := p.Operator
		if what == "" || what == "$ref" {
			what = string(p.Written)
		}
		fmt.Fprintf(&b, "%s%s%s %d %s: %s", star, strings.Repeat("  ", p.Depth), p.Role, p.Line, what, p.Says)
		for _, a := range p.Attributes {
			fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
		}
		if p.Places > 0 {
			fmt.Fprintf(&b, " %d of %d", p.Place, p.Places)
		}
		b.WriteString("\n")
	}
	return b.String()
}

const ladder = `{
  "$evaluators": {
    "internal": {"or": [
      {"ends_with": [{"var": "email"}, "@example.com"]},
      {"ip_in": [{"var": "ip"}, ["10.0.0.0/8"]]}]}
  },
  "flags": {"a": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"if": [
    {"$ref": "internal"}, "on",
    {"and": [{"==": [{"var": ["plan", "free"]}, "pro"]}, {"!": [{"some": [{"var": "groups"}, {"==": [{"var": ""}, "slow"]}]}]}]},
    {"if": [{">": [{"var": "user.age"}, 18]}, "on", "off"]},
    {"fractional": [["on", 25], ["off", 75]]}
  ]}}}
}`

func TestExplain(t *testing.T) {
	s := set(t, ladder)
	for _, tt := range []struct{ context, want string }{
		{`{"ip": "10.0.0.1"}`, `
*if 8 {"$ref":"internal"}: true
*  operand 3 or: true
     operand 4 ends_with: null email=null
*    operand 5 ip_in: true ip="10.0.0.1"
 then 8 "on": "on"
`},
		{`{"plan": "pro", "user": {"age": 20}, "groups": ["x"]}`, `
 if 8 {"$ref":"internal"}: null
   operand 3 or: null
     operand 4 ends_with: null email=null
     operand 5 ip_in: null ip=null
*if 9 and: true
*  operand 9 ==: true plan="pro"
*  operand 9 !: true
*    operand 9 some: false groups=["x"]
 then 10 if: "on"
   if 10 >: true user.age=20
   then 10 "on": "on"
`},
		{`{"targetingKey": "ann"}`, `
 if 8 {"$ref":"internal"}: null
   operand 3 or: null
     operand 4 ends_with: null email=null
     operand 5 ip_in: null ip=null
 if 9 and: false
   operand 9 ==: false plan=null
*else 11 fractional: "off" targetingKey="ann" 74 of 100
`},
	} {
		c := about(t, tt.context)
		e := s.Explain(s.Flag("a"), c, nil)
		if got := "\n" + told(&e); got != tt.want || e.By != ByRule || e.Cut {
			t.Errorf("%s: by %s, cut %v%swant%s", tt.context, e.By, e.Cut, got, tt.want)
		}
		if d := s.Flag("a").Evaluate(c, nil); plain(d) != plain(e.Decision) {
			t.Errorf("%s: explained %s, is %s", tt.context, plain(e.Decision), plain(d))
		}
	}
}

func TestExplainLayers(t *testing.T) {
	s := set(t, ladder)
	f := s.Flag("a")
	to := &Ramp{To: f.Variant("on"), Segments: []*Segment{s.Segment("internal")}, Share: Whole / 5 * 4}
	const inside, ann, bob = `{"ip": "10.0.0.1"}`, `{"targetingKey": "ann"}`, `{"targetingKey": "bob"}`
	for _, tt := range []struct {
		layer             Layer
		context, by, want string
	}{
		{Layer{Disabled: true}, inside, ByState, "DISABLED"},
		{Layer{Force: f.Variant("off")}, inside, ByVariant, "STATIC off false"},
		{Layer{Ramp: to}, inside, ByRampSegment, "TARGETING_MATCH on true"},
		{Layer{Ramp: to}, ann, ByRampShare, "SPLIT on true"},
		{Layer{Ramp: &Ramp{To: to.To, Share: 1}}, bob, ByRule, "TARGETING_MATCH off false"},
		{Layer{Ramp: &Ramp{To: to.To, Rest: f.Variant("off")}}, bob, ByRampRest, "STATIC off false"},
	} {
		e := s.Explain(f, about(t, tt.context), &tt.layer)
		if got := plain(e.Decision); e.By != tt.by || got != tt.want || (e.Segment == "internal") != (tt.by == ByRampSegment) || (len(e.Rule) > 0) != (tt.by == ByRule) {
			t.Errorf("%s: %s by %s %q with %d parts, want %s by %s", tt.context, got, e.By, e.Segment, len(e.Rule), tt.want, tt.by)
		}
	}
	plainOf := set(t, checkout)
	if e := plainOf.Explain(plainOf.Flag("plain"), about(t, "{}"), nil); e.By != ByDefault {
		t.Errorf("without a rule: by %s", e.By)
	}
	if e := plainOf.Explain(plainOf.Flag("old"), about(t, "{}"), nil); e.By != ByState {
		t.Errorf("a flag that the file turns off: by %s", e.By)
	}
}

// TestExplainWhatIsDecided: of any rule the parts come to what the rule does.
func TestExplainWhatIsDecided(t *testing.T) {
	compared := 0
	for _, seed := range seeds(t) {
		g := newGenerator(seed, true)
		for range 2000 {
			rule := branch{"if": []any{g.truth(3), g.text(2), g.truth(3), g.text(2), g.text(2)}[:2+g.IntN(4)]}
			if g.IntN(4) == 0 {
				rule = branch{"or": []any{g.truth(4), g.truth(2)}}
			}
			node := nodeOf(branch{"flags": branch{"a": branch{"state": "ENABLED", "variants": branch{"on": true}, "targeting": rule}}})
			s, wrong := Compile([]*File{{Name: "a", Root: node}})
			if wrong != nil {
				continue // what it can choose is no variant
			}
			about, err := ValueOf(g.context())
			if err != nil {
				t.Fatal(err)
			}
			c := &Context{View: &Attributes{about}}
			f := s.Flag("a")
			e := s.Explain(f, c, nil)
			c.begin(f)
			want := f.rule(c)
			compared++
			var got Value
			for _, p := range e.Rule {
				if p.Depth == 0 && p.Role != RoleIf {
					got = p.Says
				}
			}
			if got.String() != want.String() {
				t.Fatalf("%s for %s: %s, want %s\n%s", shown(rule), about, got, want, told(&e))
			}
		}
	}
	if compared < 500 {
		t.Errorf("%d rules compared", compared)
	}
}

// TestExplainTooMuch: what would be asked for ever is not.
func TestExplainTooMuch(t *testing.T) {
	s := set(t, `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"or": [`+strings.Repeat(`{"var": "x"},`, maxParts)+`true]}}}}`)
	if e := s.Explain(s.Flag("a"), about(t, "{}"), nil); !e.Cut || len(e.Rule) != maxParts {
		t.Errorf("%d parts, cut %v", len(e.Rule), e.Cut)
	}
}
