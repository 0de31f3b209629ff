package flag

import (
	"encoding/json"
	"testing"
)

// ruleOf compiles a rule by itself.
func ruleOf(t testing.TB, text string) (operand, []Problem) {
	t.Helper()
	f, wrong := Parse("rule.json", []byte(text))
	if wrong != nil {
		return operand{}, wrong
	}
	in := &reader{file: f.Name}
	c := compiler{segments: map[string]*Segment{}, index: map[string]int{}}
	c.attribute(targetingKey)
	o := c.compile(place{in: in, node: f.Root})
	return o, in.problems
}

// says is what a rule says of attributes, as JSON; "too much" when it may not go on.
func says(t testing.TB, rule, attributes string) string {
	t.Helper()
	o, wrong := ruleOf(t, rule)
	for _, p := range wrong {
		t.Errorf("%s: %v", rule, p)
	}
	if wrong != nil {
		return ""
	}
	c := about(t, attributes)
	c.begin(&Flag{key: "k"})
	v := o.run(c)
	if c.work < 0 {
		return "too much"
	}
	if v.kind == Number && v.number-v.number != 0 {
		return string(v.appendText(nil)) // JSON has no NaN
	}
	holds := o.holds(c)
	if holds != v.truthy() {
		t.Errorf("%s of %s: says %s, and holds %v", rule, attributes, v, holds)
	}
	return v.String()
}

// TestLogic: JsonLogic as json-logic-js has it and, where flagd's two implementations agree
// on something else, as they do.
func TestLogic(t *testing.T) {
	const data = `{"a": 1, "b": "2", "t": true, "f": false, "n": null, "s": "text", "e": "", "l": [1, 2, 3], "none": [],
		"o": {"x": {"y": 7}, "l": ["p", {"q": 8}]}, "people": [{"name": "ann", "age": 30}, {"name": "bob", "age": 17}], "umlaut": "grün😀weiß"}`
	for _, tt := range []struct{ rule, want string }{
		{`{"var": "a"}`, `1`},
		{`{"var": ["a"]}`, `1`},
		{`{"var": "o.x.y"}`, `7`},
		{`{"var": "o.l.0"}`, `"p"`},
		{`{"var": "o.l.1.q"}`, `8`},
		{`{"var": "o.l.2"}`, `null`},
		{`{"var": "o.l.01"}`, `null`},
		{`{"var": "s.length"}`, `null`},
		{`{"var": "no"}`, `null`},
		{`{"var": ["no", "other"]}`, `"other"`},
		{`{"var": ["n", "other"]}`, `"other"`},
		{`{"var": ["no", {"var": "a"}]}`, `1`},
		{`{"var": {"cat": ["o.", "x.y"]}}`, `7`},
		{`{"var": ["l"]}`, `[1,2,3]`},
		{`{"var": {"cat": ["$flagd.", "flagKey"]}}`, `"k"`},
		{`{"var": "$flagd.flagKey"}`, `"k"`},
		{`{"var": "$flagd.timestamp"}`, `1700000000`},
		{`{"missing": ["a", "no", "n", "e"]}`, `["no","n"]`},
		{`{"missing": "a"}`, `[]`},
		{`{"missing": {"merge": ["a", "no"]}}`, `["no"]`},
		{`{"missing": [{"merge": ["a", {"var": "s"}]}]}`, `["text"]`},
		{`{"missing": [{"var": "s"}, "a", "nothing"]}`, `["text","nothing"]`},
		{`{"missing_some": [1, ["a", "no"]]}`, `[]`},
		{`{"missing_some": [2, ["a", "no", "nothing"]]}`, `["no","nothing"]`},
		{`{"missing_some": [1, {"merge": ["no", "nothing"]}]}`, `["no","nothing"]`},
		{`{"missing_some": [0, ["no"]]}`, `[]`},

		{`{"if": [{"var": "t"}, "yes", "no"]}`, `"yes"`},
		{`{"if": [{"var": "none"}, "yes", "no"]}`, `"no"`},
		{`{"if": [{"var": "f"}, 1, {"var": "t"}, 2, 3]}`, `2`},
		{`{"if": [{"var": "f"}, 1, {"var": "f"}, 2, {"var": "b"}]}`, `"2"`},
		{`{"if": [{"var": "f"}, 1]}`, `null`},
		{`{"if": [{"var": "f"}, 1, {"var": "f"}, 2]}`, `null`},
		{`{"and": [1, {"var": "e"}, 3]}`, `""`},
		{`{"and": [1, {"var": "s"}]}`, `"text"`},
		{`{"or": [0, {"var": "none"}, {"var": "s"}]}`, `"text"`},
		{`{"or": [0, {"var": "none"}]}`, `[]`},
		{`{"!": {"var": "t"}}`, `false`},
		{`{"!": [{"var": "none"}]}`, `true`},
		{`{"!!": "0"}`, `true`},
		{`{"!!": [0]}`, `false`},
		{`{"!!": [[0]]}`, `true`},

		{`{"==": [1, "1"]}`, `true`},
		{`{"==": [{"var": "b"}, 2]}`, `true`},
		{`{"==": [2, {"var": "b"}]}`, `true`},
		{`{"==": [{"var": "t"}, "1"]}`, `true`},
		{`{"==": [{"var": "n"}, 0]}`, `false`},
		{`{"==": [{"var": "n"}, {"var": "no"}]}`, `true`},
		{`{"==": ["", 0]}`, `true`},
		{`{"==": [" 0x10 ", 16]}`, `true`},
		{`{"==": [{"var": "none"}, ""]}`, `true`},
		{`{"==": [[1], 1]}`, `true`},
		{`{"==": [{"var": "l"}, "1,2,3"]}`, `true`},
		{`{"==": [{"var": "o"}, "[object Object]"]}`, `true`},
		{`{"==": [[1], [1]]}`, `false`},
		{`{"==": [{"var": "l"}, {"var": "l"}]}`, `true`},
		{`{"===": [1, "1"]}`, `false`},
		{`{"===": [{"var": "s"}, "text"]}`, `true`},
		{`{"!=": [1, "1"]}`, `false`},
		{`{"!==": [1, "1"]}`, `true`},
		{`{"!==": [{"var": "n"}, null]}`, `false`},
		{`{"<": [1, "2"]}`, `true`},
		{`{"<": ["10", "9"]}`, `true`},
		{`{"<": ["10", 9]}`, `false`},
		{`{"<": [{"var": "no"}, 18]}`, `true`},
		{`{"<": ["text", 18]}`, `false`},
		{`{">=": ["text", 18]}`, `false`},
		{`{"<=": [null, 0]}`, `true`},
		{`{"<": [1, 2, 3]}`, `true`},
		{`{"<": [1, 3, 3]}`, `false`},
		{`{"<=": [1, 3, 3]}`, `true`},
		{`{">": [3, 2, 2]}`, `false`},
		{`{">=": [3, 2, 2]}`, `true`},
		{`{"<": ["😀", "\ue000"]}`, `true`},
		{`{"<": ["\ue000", "😀"]}`, `false`},

		{`{"+": [1, "2", 3]}`, `6`},
		{`{"+": "3.14px"}`, `3.14`},
		{`{"+": ["x", 1]}`, `NaN`},
		{`{"+": [null, 1]}`, `NaN`},
		{`{"+": {"var": "l"}}`, `6`},
		{`{"-": [5, 2]}`, `3`},
		{`{"-": [5, 2, 1]}`, `2`},
		{`{"-": "5"}`, `-5`},
		{`{"*": [2, "3", 4]}`, `24`},
		{`{"*": ["3"]}`, `"3"`},
		{`{"/": [1, 4]}`, `0.25`},
		{`{"/": [1, 0]}`, `Infinity`},
		{`{"%": [-7, 3]}`, `-1`},
		{`{"%": [7, 0]}`, `NaN`},
		{`{"min": [3, "1", 2]}`, `1`},
		{`{"max": [3, null, -1]}`, `3`},
		{`{"max": {"var": "l"}}`, `3`},
		{`{"max": ["x", 1]}`, `NaN`},

		{`{"in": ["ex", {"var": "s"}]}`, `true`},
		{`{"in": ["", {"var": "s"}]}`, `true`},
		{`{"in": ["", {"var": "e"}]}`, `false`},
		{`{"in": [2, {"var": "l"}]}`, `true`},
		{`{"in": ["2", {"var": "l"}]}`, `false`},
		{`{"in": [2, "123"]}`, `true`},
		{`{"in": [null, "xnully"]}`, `true`},
		{`{"in": ["a", {"var": "no"}]}`, `false`},
		{`{"in": ["a", {"var": "o"}]}`, `false`},
		{`{"in": [{"var": "s"}, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "text"]]}`, `true`},
		{`{"in": [{"var": "a"}, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "text"]]}`, `false`},
		{`{"cat": ["a", 1, null, true, [2, [3, null]], 0.5]}`, `"a1true2,3,0.5"`},
		{`{"cat": {"var": "l"}}`, `"123"`},
		{`{"cat": [" a ", ""]}`, `" a "`},
		{`{"cat": [1e21, " ", 1e-7, " ", 123456789012345680000]}`, `"1e+21 1e-7 123456789012345680000"`},
		{`{"substr": ["jsonlogic", 4]}`, `"logic"`},
		{`{"substr": ["jsonlogic", -5]}`, `"logic"`},
		{`{"substr": ["jsonlogic", 0, 1]}`, `"j"`},
		{`{"substr": ["jsonlogic", 4, -2]}`, `"log"`},
		{`{"substr": ["jsonlogic", -5, -2]}`, `"log"`},
		{`{"substr": ["jsonlogic", 20]}`, `""`},
		{`{"substr": ["jsonlogic", -20, 2]}`, `"js"`},
		{`{"substr": ["jsonlogic", 4, -20]}`, `""`},
		{`{"substr": [12345, 1, 2]}`, `"23"`},
		{`{"substr": [{"var": "umlaut"}, 2, 3]}`, `"ün😀"`},
		{`{"starts_with": [{"var": "s"}, "te"]}`, `true`},
		{`{"ends_with": [{"var": "s"}, "te"]}`, `false`},
		{`{"starts_with": [{"var": "a"}, "te"]}`, `null`},
		{`{"ends_with": [{"var": "s"}, {"var": "no"}]}`, `null`},

		{`{"merge": [1, [2, [3]], []]}`, `[1,2,[3]]`},
		{`{"merge": {"var": "l"}}`, `[1,2,3]`},
		{`{"map": [{"var": "l"}, {"*": [{"var": ""}, 2]}]}`, `[2,4,6]`},
		{`{"map": [{"var": "l"}, null]}`, `[null,null,null]`},
		{`{"map": [{"var": "no"}, 1]}`, `[]`},
		{`{"map": [{"var": "people"}, {"var": "name"}]}`, `["ann","bob"]`},
		{`{"filter": [{"var": "people"}, {">=": [{"var": "age"}, 18]}]}`, `[{"age":30,"name":"ann"}]`},
		{`{"filter": [{"var": "l"}, {"%": [{"var": ""}, 2]}]}`, `[1,3]`},
		{`{"reduce": [{"var": "l"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, 10]}`, `16`},
		{`{"reduce": [{"var": "no"}, {"var": "current"}, {"var": "a"}]}`, `1`},
		{`{"reduce": [{"var": "people"}, {"var": "current.name"}]}`, `"bob"`},
		{`{"all": [{"var": "l"}, {">": [{"var": ""}, 0]}]}`, `true`},
		{`{"all": [{"var": "none"}, true]}`, `false`},
		{`{"some": [{"var": "people"}, {"<": [{"var": "age"}, 18]}]}`, `true`},
		{`{"some": [{"var": "none"}, true]}`, `false`},
		{`{"none": [{"var": "people"}, {"<": [{"var": "age"}, 17]}]}`, `true`},
		{`{"none": [{"var": "no"}, true]}`, `true`},
		{`{"map": [{"var": "l"}, {"map": [[1, 2], {"+": [{"var": ""}, 1]}]}]}`, `[[2,3],[2,3],[2,3]]`},
		{`{"map": [{"var": "l"}, {"var": "$flagd.flagKey"}]}`, `[null,null,null]`},
		{`{"map": [[1, {"var": "a"}], {"var": ""}]}`, `[1,1]`},

		{`{"ip_in": ["10.1.2.3", ["10.0.0.0/8"]]}`, `true`},
		{`{"ip_in": ["11.1.2.3", ["10.0.0.0/8", "11.1.2.3"]]}`, `true`},
		{`{"ip_in": ["2001:db8::1", "2001:db8::/32"]}`, `true`},
		{`{"ip_in": [{"var": "s"}, "10.0.0.0/8"]}`, `null`},
		{`{"ip_in": [{"var": "a"}, "10.0.0.0/8"]}`, `null`},
	} {
		if got := says(t, tt.rule, data); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
	if got := says(t, `{"var": ""}`, `{"a": 1}`); got != `{"a":1}` {
		t.Errorf("all attributes: %s", got)
	}
	if got := says(t, `{"var": []}`, `{"a": 1}`); got != `{"a":1}` {
		t.Errorf("all attributes: %s", got)
	}
}

// TestSemVer: what semver.org says, with what flagd takes besides.
func TestSemVer(t *testing.T) {
	rows := []struct{ a, op, b, want string }{
		{"2.0.0", "=", "2.0.0", "true"},
		{"2.1.0", ">", "2.0.0", "true"},
		{"1.9.0", "<", "2.0.0", "true"},
		{"2.0.0-alpha", "<", "2.0.0", "true"},
		{"2.0.0.0", "=", "2.0.0", "null"},
		{"3.0.1", "~", "3.0.0", "true"},
		{"3.1.0", "~", "3.0.0", "false"},
		{"3.1.0", "^", "3.0.0", "true"},
		{"4.0.0", "^", "3.0.0", "false"},
		{"v1.0.0", "=", "1.0.0", "true"},
		{"V1.0.0", "=", "v1.0.0", "true"},
		{"1", "^", "1.5.0", "true"},
		{"1.2", "=", "1.2.0", "true"},
		{"1.2-pre", "=", "1.2.0-pre", "null"},
		{"1.0.0+build", "=", "1.0.0+other", "true"},
		{"1.0.0-rc.1+build", "<", "1.0.0-rc.2", "true"},
		{"1.0.0-alpha", "<", "1.0.0-alpha.1", "true"},
		{"1.0.0-alpha.1", "<", "1.0.0-alpha.beta", "true"},
		{"1.0.0-beta.2", "<", "1.0.0-beta.11", "true"},
		{"1.0.0-beta.11", "<", "1.0.0-rc.1", "true"},
		{"1.0.0-1", "<", "1.0.0-a", "true"},
		{"10.0.0", ">", "9.0.0", "true"},
		{"1.10.0", ">=", "1.9.9", "true"},
		{"1.0.0", "!=", "1.0.1", "true"},
		{"1.0.0", "<=", "1.0.0", "true"},
		{"01.0.0", "=", "1.0.0", "null"},
		{"1.0.0-01", "=", "1.0.0-1", "null"},
		{"1.0.0-a..b", "=", "1.0.0", "null"},
		{"1.0.0-", "=", "1.0.0", "null"},
		{"1.0.0+", "=", "1.0.0", "null"},
		{"1.0.0-ä", "=", "1.0.0", "null"},
		{"", "=", "1.0.0", "null"},
		{"not-a-version", "=", "1.0.0", "null"},
		{"9007199254740992.0.0", ">", "1.0.0", "null"},
		{"1.0.0", "===", "1.0.0", "null"},
	}
	for _, tt := range rows {
		data, _ := json.Marshal(map[string]string{"a": tt.a, "op": tt.op, "b": tt.b})
		if got := says(t, `{"sem_ver": [{"var": "a"}, {"var": "op"}, {"var": "b"}]}`, string(data)); got != tt.want {
			t.Errorf("%q %s %q: %s, want %s", tt.a, tt.op, tt.b, got, tt.want)
		}
		op, _ := json.Marshal(tt.op)
		b, _ := json.Marshal(tt.b)
		if tt.op == "===" {
			continue // refused as it is written
		}
		if got := says(t, `{"sem_ver": [{"var": "a"}, `+string(op)+`, `+string(b)+`]}`, string(data)); got != tt.want {
			t.Errorf("%q %s %q, written: %s, want %s", tt.a, tt.op, tt.b, got, tt.want)
		}
	}
	for number, want := range map[string]string{"1.2": "true", "1": "false", "-1": "null", "1e30": "null", "true": "null"} {
		if got := says(t, `{"sem_ver": [{"var": "a"}, "=", "1.2.0"]}`, `{"a": `+number+`}`); got != want {
			t.Errorf("the number %s: %s, want %s", number, got, want)
		}
	}
}

// TestTooMuch: no rule goes on for long, or takes much memory, whatever it is asked about.
func TestTooMuch(t *testing.T) {
	hundred, _ := json.Marshal(make([]int, 100))
	data := `{"l": ` + string(hundred) + `}`
	for _, rule := range []string{
		`{"some": [{"var": "l"}, {"some": [{"var": "l"}, 1]}]}`, // l of an item is nothing: no more than 100
	} {
		if got := says(t, rule, data); got != "false" {
			t.Errorf("%s: %s", rule, got)
		}
	}
	deep := `{"l": [` + string(hundred) + `,` + string(hundred) + `]}`
	double := `{"reduce": [{"var": "l.0"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "ab"]}`
	lists := `{"reduce": [{"var": "l.0"}, {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1]]}`
	tree := `{"cat": [{"reduce": [{"var": "l.0"}, [{"var": "accumulator"}, {"var": "accumulator"}], 1]}, ""]}`
	for _, rule := range []string{double, lists, tree} {
		if got := says(t, rule, deep); got != "too much" {
			t.Errorf("%s: %.60s, want too much", rule, got)
		}
	}
	f := oneFlagOf(t, double)
	if got := plain(f.Evaluate(about(t, deep), nil)); got != "ERROR   GENERAL" {
		t.Errorf("a decision with too much to do: %q", got)
	}
}

func oneFlagOf(t testing.TB, rule string) *Flag {
	return set(t, `{"flags": {"new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": `+rule+`}}}`).Flag("new-checkout")
}
