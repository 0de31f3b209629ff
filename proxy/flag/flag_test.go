package flag

import (
	"encoding/json"
	"strings"
	"testing"
)

// set compiles definitions in JSON, which must be right.
func set(t testing.TB, files ...string) *Set {
	t.Helper()
	s, wrong := compileText(files...)
	for _, p := range wrong {
		t.Error(p)
	}
	if s == nil {
		t.FailNow()
	}
	return s
}

func compileText(files ...string) (*Set, []Problem) {
	var read []*File
	for i, text := range files {
		name := "flags.json"
		if i > 0 {
			name = "more.json"
		}
		f, wrong := Parse(name, []byte(text))
		if wrong != nil {
			return nil, wrong
		}
		read = append(read, f)
	}
	return Compile(read)
}

// about is a context with the attributes of a JSON object.
func about(t testing.TB, attributes string) *Context {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(attributes), &v); err != nil {
		t.Fatalf("%s: %v", attributes, err)
	}
	value, err := ValueOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return &Context{View: &Attributes{value}, Now: 1_700_000_000}
}

// plain is a decision on one line: reason, variant, value, code.
func plain(d Decision) string {
	return strings.TrimRight(strings.Join([]string{d.Reason, d.Variant, string(d.Value), d.Code}, " "), " ")
}

const checkout = `{
  "$evaluators": {
    "internal": {"ends_with": [{"var": "email"}, "@example.com"]},
    "office": {"ip_in": [{"var": "ip"}, ["10.0.0.0/8", "2001:db8::/32"]]}
  },
  "metadata": {"flagSetId": "shop", "owner": "nobody"},
  "flags": {
    "checkout": {
      "state": "ENABLED",
      "variants": {"on": true, "off": false},
      "defaultVariant": "off",
      "targeting": {"if": [{"or": [{"$ref": "internal"}, {"$ref": "office"}]}, "on", null]},
      "metadata": {"owner": "checkout"}
    },
    "colour": {
      "state": "ENABLED",
      "variants": {"red": "#f00", "blue": "#00f"},
      "defaultVariant": "red",
      "targeting": {"fractional": [["red", 50], ["blue", 50]]}
    },
    "old": {"state": "DISABLED", "variants": {"one": 1, "ten": 10}, "defaultVariant": "ten"},
    "plain": {"state": "ENABLED", "variants": {"one": 1, "ten": 10}, "defaultVariant": "ten"},
    "open": {"state": "ENABLED", "variants": {"one": {"a": 1.5}}, "defaultVariant": null}
  }
}`

// TestNoTargeting: a rule that is null is none, as an empty one is.
func TestNoTargeting(t *testing.T) {
	for _, rule := range []string{"null", "{}"} {
		f := set(t, `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": `+rule+`}}}`).Flag("a")
		if got := plain(f.Evaluate(about(t, "{}"), nil)); got != "STATIC on true" || f.Targeting() != nil {
			t.Errorf("%s: %s by %s, want STATIC on true by no rule", rule, got, f.Targeting())
		}
	}
}

// TestNoVariant: what a rule chose is told as it is.
func TestNoVariant(t *testing.T) {
	f := set(t, `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"var": "x"}}}}`).Flag("a")
	for context, want := range map[string]string{
		`{"x": "odd"}`: "odd", `{"x": "an odd one"}`: `"an odd one"`, `{"x": ""}`: `""`, `{"x": 1.5}`: "1.5", `{"x": [1, "a"]}`: `"[1,\"a\"]"`,
	} {
		if d := f.Evaluate(about(t, context), nil); d.Detail != "the rule of a chose "+want+", which is no variant" || d.Code != CodeGeneral {
			t.Errorf("%s: %s %q, want %s", context, d.Code, d.Detail, want)
		}
	}
}

func TestEvaluate(t *testing.T) {
	s := set(t, checkout)
	for _, tt := range []struct{ key, context, want string }{
		{"checkout", `{"email": "a@example.com"}`, "TARGETING_MATCH on true"},
		{"checkout", `{"ip": "10.1.2.3"}`, "TARGETING_MATCH on true"},
		{"checkout", `{"ip": "::ffff:10.1.2.3"}`, "TARGETING_MATCH on true"},
		{"checkout", `{"ip": "11.1.2.3", "email": "a@example.org"}`, "DEFAULT off false"},
		{"checkout", `{}`, "DEFAULT off false"},
		{"colour", `{}`, `DEFAULT red "#f00"`},
		{"old", `{}`, "DISABLED"},
		{"plain", `{}`, "STATIC ten 10"},
		{"open", `{}`, "DEFAULT"},
	} {
		if got := plain(s.Flag(tt.key).Evaluate(about(t, tt.context), nil)); got != tt.want {
			t.Errorf("%s for %s: %s, want %s", tt.key, tt.context, got, tt.want)
		}
	}
	if got := string(s.Flag("checkout").Metadata()); got != `{"flagSetId":"shop","owner":"checkout"}` {
		t.Errorf("metadata: %s", got)
	}
	if got := strings.Join(s.Names(), " "); got != "targetingKey email ip" {
		t.Errorf("names: %s", got)
	}
	if s.Segment("internal") == nil || !s.Segment("internal").Holds(about(t, `{"email": "b@example.com"}`)) {
		t.Error("the segment internal does not hold")
	}
}
