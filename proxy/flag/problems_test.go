package flag

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProblems: everything that is wrong with a file is said at once, with its place, what
// it is and what is allowed.
func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // without the file's name
	}{
		{"empty", ``, []string{`1:1: empty: want an object with flags`}},
		{"cut", "{\n  \"flags\": {", []string{`2:12: unexpected end of JSON input: want JSON`}},
		{"comma", "{\"flags\": {},\n }", []string{`2:2: invalid character '}' looking for beginning of object key string: want JSON`}},
		{"after the end", "{\"flags\": {}}\n{}", []string{`2:1: invalid character '{' after top-level value: want JSON`}},
		{"not UTF-8", "{\"flags\": {\n\"ü\xff\": 1}}", []string{`2:3: not UTF-8: want JSON in UTF-8`}},
		{"a number without bounds", `{"flags": 1e400}`, []string{`1:11: 1e400: want a number that fits 64 bits`}},
		{"deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), []string{`1:65: values in values, 65 deep: want fewer`}},
		{"no object", `[]`, []string{`1:1: a list: want an object with flags, and with $evaluators and metadata where needed`}},
		{"no flags", `{"metadata": {}}`, []string{`1:1: flags: missing: want an object of flags by key, or a list of flags with their keys`}},
		{"keys", `{"flag": {}, "flags": {}, "flags": {}, "metadata": {"a": null, "b": 1}}`, []string{
			`1:2: flag: unknown key, did you mean flags? want one of "$evaluators", "$schema", flags, metadata`,
			`1:27: flags: a second time: want it once, it is already on line 1`,
			`1:58: metadata.a: null: want a text, a number, true or false`,
		}},
		{"names that no terminal shows", `{"$evaluators": {"a\u0007b": true}, "flags": {"a": {"state": "ENABLED", "variants": {"\u001b[2Jon": true}}}}`, []string{
			`1:18: "$evaluators"."a\ab": want a name without control characters`,
			`1:86: flags.a.variants."\x1b[2Jon": want a name without control characters`,
		}},
		{"a flag", `{"flags": {
  "a": {"stat": "ENABLED", "variants": {"on": true, "off": "no"}, "defaultVariant": "onn"},
  "b": {"state": "on", "variants": {}},
  "c": {"state": "ENABLED", "variants": {"one": 9007199254740992, "two": null, "three": [], "": 1}, "defaultVariant": 1, "metadata": []},
  " d": {"state": "DISABLED", "variants": {"on": true}},
  "e": {"state": "ENABLED", "variants": {"on": true}, "targeting": []},
  "a": 1
}}`, []string{
			`2:8: flags.a.state: missing: want ENABLED or DISABLED`,
			`2:9: flags.a.stat: unknown key, did you mean state? want one of defaultVariant, metadata, state, targeting, variants`,
			`2:60: flags.a.variants.off: a text: want true or false, as the variant on has`,
			`2:85: flags.a.defaultVariant: onn is no variant, did you mean on? want on`,
			`3:18: flags.b.state: on: want one of ENABLED, DISABLED`,
			`3:36: flags.b.variants: an empty object: want an object of values by name, at least one, all true or false, all numbers, all texts or all objects`,
			`4:49: flags.c.variants.one: 9007199254740992: want a number that every reader keeps: whole ones from -9007199254740991 to 9007199254740991`,
			`4:74: flags.c.variants.two: null: want true or false, a number, a text or an object`,
			`4:89: flags.c.variants.three: a list: want true or false, a number, a text or an object`,
			`4:93: flags.c.variants."": an empty name: want one of at least one character`,
			`4:134: flags.c.metadata: a list: want an object of texts, numbers, true or false by name`,
			`5:3: flags." d": " d": want a key of 1 to 200 characters, without control characters and spaces at the ends`,
			`6:68: flags.e.targeting: a list: want a rule`,
			`7:3: flags.a: a second time: want it once, it is already on line 2`,
		}},
		{"a list", `{"flags": [
  {"key": "a", "state": "ENABLED", "variants": {"on": true}},
  {"state": "ENABLED", "variants": {"on": true}},
  {"key": "a", "state": "ENABLED", "variants": {"on": true}},
  {"key": 1}, 2
]}`, []string{
			`3:3: flags[1].key: missing: want a key of 1 to 200 characters, without control characters and spaces at the ends`,
			`4:4: flags[2].key: a second flag of this name: want it once, it is already on line 2`,
			`5:11: flags[3].key: 1: want a key of 1 to 200 characters, without control characters and spaces at the ends`,
			`5:15: flags[4]: 2: want a flag: an object with state and variants, and with defaultVariant, targeting and metadata where needed`,
		}},
		{"references", `{"$evaluators": {"internal": {"$ref": "beta"}, "beta": true, "": {"!": 1}}, "flags": {
  "a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [{"$ref": "intern"}, "on", null]}},
  "b": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [{"$ref": 1}, "on", null]}}
}}`, []string{
			`1:39: "$evaluators".internal."$ref": beta: want no $ref here, a shared rule does not refer to another`,
			`1:56: "$evaluators".beta: true: want a rule`,
			`1:62: "$evaluators"."": an empty name: want one of at least one character`,
			`2:85: flags.a.targeting.if[0]."$ref": intern is no shared rule, did you mean internal? want one of beta, internal`,
			`3:85: flags.b.targeting.if[0]."$ref": 1: want the name of a rule under $evaluators`,
		}},
		{"no references", `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"$ref": "x"}}}}`, []string{
			`1:86: flags.a.targeting."$ref": x is no shared rule: there are none, want some under $evaluators`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, wrong := compileText(tt.text)
			if s != nil {
				t.Error("a set of what is wrong")
			}
			compareProblems(t, wrong, tt.want)
		})
	}
}

func compareProblems(t *testing.T, wrong []Problem, want []string) {
	t.Helper()
	var got []string
	for _, p := range wrong {
		got = append(got, strings.TrimPrefix(p.String(), "flags.json:"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestRuleProblems: what is wrong with rules. Each stands where targeting stands, from
// column 1 on.
func TestRuleProblems(t *testing.T) {
	const meant = `want an operator of JsonLogic, $ref, fractional, ip_in, sem_ver, starts_with or ends_with`
	const aShare = `want a share: a list of a variant, or of a variant and its weight`
	for _, tt := range []struct {
		rule string
		want []string
	}{
		{`{"if": [{"equals": [1, 1]}, "on"]}`, []string{`10: if[0].equals: unknown operator: ` + meant}},
		{`{"fractonal": []}`, []string{`2: fractonal: unknown operator, did you mean "fractional"? ` + meant}},
		{`{"?:": [true, "on", "off"]}`, []string{`2: "?:": unknown operator, did you mean "if"? ` + meant}},
		{`{"log": "on"}`, []string{`2: log: unknown operator, Weir has none of this name: ` + meant}},
		{`{"if": [{"==": [1, 1], "!=": [1, 2]}, "on"]}`, []string{`9: if[0]: 2 members: want an object with one operator, like {"==": [{"var": "plan"}, "pro"]}`}},
		{`{"if": [{}, "on"]}`, []string{`9: if[0]: 0 members: want an object with one operator, like {"==": [{"var": "plan"}, "pro"]}`}},
		{`{"if": [{"==": [1]}, "on"]}`, []string{`16: if[0]."==": 1 operand: want 2 operands`}},
		{`{"if": [{"==": {"var": "a"}}, "on"]}`, []string{`16: if[0]."==": an object: want a list of 2 operands`}},
		{`{"if": [{"<": [1, 2, 3, 4]}, "on"]}`, []string{`15: if[0]."<": 4 operands: want 2 to 3 operands`}},
		{`{"if": [true]}`, []string{`8: if: 1 operand: want 2 operands or more`}},
		{`{"if": [{"!": []}, "on"]}`, []string{`15: if[0]."!": 0 operands: want 1 operand`}},
		{`{"if": [{"==": [{"var": "$flagd.key"}, 1]}, "on"]}`, []string{`25: if[0]."=="[0].var: "$flagd.key": want one of "$flagd.flagKey", "$flagd.timestamp"`}},
		{`{"if": [{"var": "x"}, "onn", {"var": "y"}, "off", "x"]}`, []string{
			`23: if[1]: onn is no variant, did you mean on? want one of on, off`,
			`51: if[4]: x is no variant: want one of on, off`,
		}},
		{`{"if": [{"var": "x"}, ["on"], false]}`, []string{
			`23: if[1]: a list: want the name of a variant, or a rule that says one`,
			`31: if[2]: false is no variant: want one of on, off`,
		}},
		{`{"fractional": [["on", 50], ["of", 50]]}`, []string{`30: fractional[1][0]: of is no variant, did you mean on? want one of on, off`}},
		{`{"fractional": [["on", -1], ["off", 0.5]]}`, []string{
			`24: fractional[0][1]: -1: want a whole number from 0 to 2147483647, or a rule that says one`,
			`37: fractional[1][1]: 0.5: want a whole number from 0 to 2147483647, or a rule that says one`,
		}},
		{`{"fractional": [["on", "50"], ["off", 2147483648]]}`, []string{
			`24: fractional[0][1]: "50": want a whole number from 0 to 2147483647, or a rule that says one`,
			`39: fractional[1][1]: 2147483648: want a whole number from 0 to 2147483647, or a rule that says one`,
		}},
		{`{"fractional": [["on", {"+": ["x"]}], ["off", 1]]}`, []string{`24: fractional[0][1]: an object: want a whole number from 0 to 2147483647, or a rule that says one`}},
		{`{"fractional": [["on", 0], ["off", 0]]}`, []string{`16: fractional: weights that are all 0: want one of 1 or more`}},
		{`{"fractional": [["on", 2147483647], ["off", 1]]}`, []string{`16: fractional: weights that are 2147483648 together: want up to 2147483647`}},
		{`{"fractional": ["user"]}`, []string{`16: fractional: no shares: want at least one, each ` + aShare[5:]}},
		{`{"fractional": {"var": "x"}}`, []string{`16: fractional: no shares: want at least one, each ` + aShare[5:]}},
		{`{"fractional": [{"var": "x"}, {"var": "y"}, ["on"]]}`, []string{`31: fractional[1]: an object: ` + aShare}},
		{`{"fractional": [7, ["on"]]}`, []string{`17: fractional[0]: 7: want a text to place people by, or a share: a list of a variant, or of a variant and its weight`}},
		{`{"fractional": [["on", 1, 2], []]}`, []string{`17: fractional[0]: a list of 3: ` + aShare, `31: fractional[1]: a list of 0: ` + aShare}},
		{`{"if": [{"sem_ver": [{"var": "v"}, "==", "1.0.0"]}, "on"]}`, []string{`36: if[0].sem_ver[1]: "==": want one of != < <= = > >= ^ ~`}},
		{`{"if": [{"sem_ver": [{"var": "v"}, "=", "1.x"]}, "on"]}`, []string{`41: if[0].sem_ver[2]: "1.x": want a version like 1.2.0, or a rule that says one`}},
		{`{"if": [{"sem_ver": [{"var": "v"}, "="]}, "on"]}`, []string{`21: if[0].sem_ver: 2 operands: want 3 operands`}},
		{`{"if": [{"starts_with": [{"var": "v"}, 1]}, "on"]}`, []string{`40: if[0].starts_with[1]: 1: want a text, or a rule that says one`}},
		{`{"if": [{"ip_in": [{"var": "ip"}, ["10.0.0.1/8", "10.0.0", 1]]}, "on"]}`, []string{
			`36: if[0].ip_in[1][0]: "10.0.0.1/8": want 10.0.0.0/8, it is a network with bits after its end`,
			`50: if[0].ip_in[1][1]: "10.0.0": want a network like 10.0.0.0/8, or an address`,
			`60: if[0].ip_in[1][2]: 1: want a network like 10.0.0.0/8, or an address`,
		}},
		{`{"if": [{"ip_in": ["localhost", []]}, "on"]}`, []string{
			`20: if[0].ip_in[0]: "localhost": want an address, or a rule that says one`,
			`33: if[0].ip_in[1]: an empty list: want at least one, each a network like 10.0.0.0/8, or an address`,
		}},
		{`{"if": [{"missing_some": ["1", ["a"]]}, "on"]}`, []string{`27: if[0].missing_some[0]: "1": want how many of the names must be there, a number`}},
	} {
		_, wrong := compileText("{\"flags\": {\"a\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true, \"off\": false}, \"targeting\":\n" + tt.rule + "}}}")
		var want []string
		for _, w := range tt.want {
			col, rest, _ := strings.Cut(w, ": ")
			want = append(want, "2:"+col+": flags.a.targeting."+rest)
		}
		t.Run(tt.rule, func(t *testing.T) { compareProblems(t, wrong, want) })
	}
}

// TestFilesTogether: the flags and shared rules of all files are one, and what they say of
// themselves is of the whole where they say the same.
func TestFilesTogether(t *testing.T) {
	const flagIn = `{"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [{"$ref": "internal"}, "on", null]}}`
	first := `{"metadata": {"owner": "a", "version": 1}, "$evaluators": {"internal": {"var": "internal"}}, "flags": {"a": ` + flagIn + `}}`
	second := `{"metadata": {"owner": "b", "version": 1}, "flags": [{"key": "b", ` + flagIn[1:] + `]}`
	s := set(t, first, second)
	if len(s.Flags()) != 2 || s.Flag("b").Index() != 1 || s.Flags()[1] != s.Flag("b") || s.Flag("c") != nil {
		t.Errorf("flags: %v", s.Flags())
	}
	if d := s.Flag("b").Evaluate(about(t, `{"internal": true}`), nil); d.Variant != "on" || string(d.Metadata) != `{"owner":"b","version":1}` {
		t.Errorf("a rule of another file: %+v", d)
	}
	if file, line := s.Flag("b").Place(); file != "more.json" || line != 1 {
		t.Errorf("b is in %s on line %d", file, line)
	}
	if got := string(s.Metadata()); got != `{"version":1}` {
		t.Errorf("metadata of all: %s", got)
	}
	if got := strings.Join(s.Segments(), " "); got != "internal" {
		t.Errorf("segments: %s", got)
	}
	_, wrong := compileText(first, strings.Replace(first, `"version": 1`, `"version": []`, 1))
	var got []string
	for _, p := range wrong {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{
		`more.json:1:40: metadata.version: a list: want a text, a number, true or false`,
		`more.json:1:61: "$evaluators".internal: a second rule of this name: want it once, it is already in flags.json on line 1`,
		`more.json:1:105: flags.a: a second flag of this name: want it once, it is already in flags.json on line 1`,
	}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
