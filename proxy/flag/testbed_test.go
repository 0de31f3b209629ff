package flag

import (
	"encoding/json"
	"testing"
)

// The cases of flagd's own test kit for evaluators, as far as they are about what a flag
// is: the vectors of its bucketing since 0.15, invalid operands, nested rules, versions.

const cards = `["clubs", 25], ["diamonds", 25], ["hearts", 25], ["spades", 25]`

// testkit is definitions of a kit, each a flag of its own with what its variants need.
var testkit = map[string]string{
	"by-name":     `{"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "user.name"}]}, ` + cards + `]}`,
	"shared-seed": `{"fractional": [{"cat": ["shared-seed", {"var": "user.name"}]}, ` + cards + `]}`,
	"shorthand":   `{"fractional": [["heads"], ["tails", 1]]}`,
	"edge":        `{"fractional": [{"var": "targetingKey"}, ["lower", 50], ["upper", 50]]}`,
	"nested-if":   `{"fractional": [{"var": "targetingKey"}, [{"if": [{"==": [{"var": "tier"}, "premium"]}, "premium", "standard"]}, 50], ["standard", 50]]}`,
	"nested-var":  `{"fractional": [{"var": "targetingKey"}, [{"var": "color"}, 50], ["blue", 50]]}`,
	"weight":      `{"fractional": [{"var": "targetingKey"}, ["red", {"if": [{"==": [{"var": "tier"}, "premium"]}, 100, 0]}], ["blue", 10]]}`,
	"negative":    `{"fractional": [{"var": "targetingKey"}, ["red", {"-": [0, {"var": "n"}]}], ["blue", 10]]}`,
	"single":      `{"fractional": [["red", 1]]}`,
	"condition":   `{"if": [{"fractional": [[false, 0], [true, 100]]}, "big", "small"]}`,
	"never":       `{"if": [{"fractional": [[false, 100], [true, 0]]}, "big", "small"]}`,
	"no-weight":   `{"fractional": [["red", {"var": "n"}], ["blue", {"var": "n"}]]}`,
	"no-key":      `{"fractional": [{"var": "missing"}, ["red", 50], ["blue", 50]]}`,
	"affix":       `{"if": [{"starts_with": [{"var": "id"}, "abc"]}, "prefix", {"if": [{"ends_with": [{"var": "id"}, "xyz"]}, "postfix", "small"]}]}`,
	"starts":      `{"starts_with": [{"var": "id"}, "abc"]}`,
	"version":     `{"sem_ver": [{"var": "version"}, "=", {"var": "other"}]}`,
	"key":         `{"if": [{"==": [{"var": "targetingKey"}, "5c3d8535-f81a-4478-a6d3-afaa4d51199e"]}, "hit", null]}`,
	"ballmer":     `{"if": [{"$ref" : "is_ballmer"}, "hit", "miss"]}`,
	"colour":      `{"var": "color"}`,
	"number":      `{"+": [{"var": "n"}, 0]}`,
	"list":        `{"merge": ["red"]}`,
}

func TestTestkit(t *testing.T) {
	type definition struct {
		State     string            `json:"state"`
		Variants  map[string]string `json:"variants"`
		Default   string            `json:"defaultVariant"`
		Targeting json.RawMessage   `json:"targeting"`
	}
	variants := map[string]string{}
	for _, name := range []string{"clubs", "diamonds", "hearts", "spades", "heads", "tails", "lower", "upper", "premium", "standard", "red", "green", "blue",
		"big", "small", "prefix", "postfix", "hit", "miss", "fallback", "true", "3"} {
		variants[name] = name
	}
	flags := map[string]definition{}
	for key, rule := range testkit {
		flags[key] = definition{"ENABLED", variants, "fallback", json.RawMessage(rule)}
	}
	flags["fractional-flag"] = flags["by-name"]
	text, err := json.Marshal(map[string]any{
		"flags":       flags,
		"$evaluators": map[string]any{"is_ballmer": json.RawMessage(`{"==": ["ballmer@macrosoft.com", {"var": ["email"]}]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := set(t, string(text))
	named := func(name string) string { return `{"user": {"name": "` + name + `"}}` }
	keyed := func(key, more string) string { return `{"targetingKey": "` + key + `"` + more + `}` }
	const match, byDefault, failed = ReasonTargetingMatch, ReasonDefault, ReasonError
	for _, tt := range []struct{ key, context, variant, reason string }{
		{"fractional-flag", named("jack"), "hearts", match},
		{"fractional-flag", named("queen"), "spades", match},
		{"fractional-flag", named("ten"), "clubs", match},
		{"fractional-flag", named("nine"), "diamonds", match},
		{"fractional-flag", named("3"), "clubs", match},
		{"fractional-flag", `{"user": {"name": 3}}`, "clubs", match},
		{"shared-seed", named("seven"), "hearts", match},
		{"shared-seed", named("eight"), "diamonds", match},
		{"shared-seed", named("nine"), "clubs", match},
		{"shared-seed", named("two"), "spades", match},
		{"edge", keyed("ejOoVL", ""), "lower", match},
		{"edge", keyed("bY9fO-", ""), "lower", match},
		{"edge", keyed("SI7p-", ""), "lower", match},
		{"edge", keyed("6LvT0", ""), "upper", match},
		{"edge", keyed("ceQdGm", ""), "upper", match},
		{"nested-if", keyed("jon@company.com", `, "tier": "premium"`), "premium", match},
		{"nested-if", keyed("jon@company.com", `, "tier": "basic"`), "standard", match},
		{"nested-if", keyed("user1", `, "tier": "premium"`), "standard", match},
		{"nested-var", keyed("jon@company.com", `, "color": "red"`), "red", match},
		{"nested-var", keyed("jon@company.com", `, "color": "green"`), "green", match},
		{"nested-var", keyed("user1", `, "color": "red"`), "blue", match},
		{"nested-var", keyed("jon@company.com", `, "color": "yellow"`), "", failed},
		{"nested-var", keyed("jon@company.com", ``), "fallback", byDefault},
		{"nested-var", keyed("user1", `, "color": ["red"]`), "fallback", byDefault},
		{"weight", keyed("jon@company.com", `, "tier": "premium"`), "red", match},
		{"weight", keyed("jon@company.com", `, "tier": "basic"`), "blue", match},
		{"weight", keyed("user1", `, "tier": "premium"`), "red", match},
		{"weight", keyed("user1", `, "tier": "basic"`), "blue", match},
		{"negative", keyed("jon@company.com", `, "n": 50`), "blue", match},
		{"negative", keyed("jon@company.com", `, "n": -50`), "red", match},
		{"negative", keyed("jon@company.com", `, "n": 0.5`), "fallback", byDefault},
		{"negative", keyed("jon@company.com", `, "n": -2147483647`), "fallback", byDefault},
		{"single", keyed("anybody", ""), "red", match},
		{"condition", keyed("some-targeting-key", ""), "big", match},
		{"never", keyed("some-targeting-key", ""), "small", match},
		{"no-weight", keyed("somebody", ""), "fallback", byDefault},
		{"no-weight", keyed("somebody", `, "n": 0`), "fallback", byDefault},
		{"no-weight", keyed("somebody", `, "n": "1"`), "fallback", byDefault},
		{"no-key", `{}`, "fallback", byDefault},
		{"no-key", `{"targetingKey": 7}`, "fallback", byDefault},
		{"no-key", `{"targetingKey": "a", "missing": 7}`, "fallback", byDefault},
		{"shorthand", `{}`, "fallback", byDefault},
		{"affix", `{"id": "abcdef"}`, "prefix", match},
		{"affix", `{"id": "uvwxyz"}`, "postfix", match},
		{"affix", `{"id": "abcxyz"}`, "prefix", match},
		{"affix", `{"id": "lmnopq"}`, "small", match},
		{"starts", `{"id": "abcdef"}`, "true", match},
		{"starts", `{"id": "defabc"}`, "", failed}, // there is no variant "false"
		{"starts", `{"id": 123}`, "fallback", byDefault},
		{"version", `{"version": "1.0.0", "other": "v1"}`, "true", match},
		{"version", `{"version": "not-a-version", "other": "v1"}`, "fallback", byDefault},
		{"key", keyed("5c3d8535-f81a-4478-a6d3-afaa4d51199e", ""), "hit", match},
		{"key", keyed("f20bd32d-703b-48b6-bc8e-79d53c85134a", ""), "fallback", byDefault},
		{"ballmer", `{"email": "ballmer@macrosoft.com"}`, "hit", match},
		{"ballmer", `{"email": "user@example.com"}`, "miss", match},
		{"colour", `{"color": ""}`, "", failed},
		{"number", `{"n": 3}`, "3", match},
		{"number", `{"n": 4}`, "", failed},
		{"list", `{}`, "", failed},
	} {
		key, f := tt.key, s.Flag(tt.key)
		d := f.Evaluate(about(t, tt.context), nil)
		if d.Variant != tt.variant || d.Reason != tt.reason || (d.Code != "") != (d.Reason == failed) || (d.Detail != "") != (d.Reason == failed) {
			t.Errorf("%s of %s: %+v, want %q %s", key, tt.context, d, tt.variant, tt.reason)
		}
		if want := `"` + tt.variant + `"`; tt.variant != "" && string(d.Value) != want || tt.variant == "" && d.Value != nil {
			t.Errorf("%s of %s: value %s, want %s", key, tt.context, d.Value, want)
		}
		if f.Variant(tt.variant) != nil && f.Variants()[d.Index].Name() != tt.variant || tt.variant == "" && d.Index != -1 {
			t.Errorf("%s of %s: index %d", key, tt.context, d.Index)
		}
	}
}

// TestShorthand: the vectors of the kit with the kit's own key, which the place depends on.
func TestShorthand(t *testing.T) {
	s := set(t, `{"flags": [{"key": "fractional-flag-shorthand", "state": "ENABLED", "variants": {"heads": "heads", "tails": "tails", "draw": "draw"},
		"defaultVariant": "draw", "targeting": {"fractional": [["heads"], ["tails", 1]]}}]}`)
	for key, want := range map[string]string{"jon@company.com": "heads", "jane@company.com": "tails"} {
		d := s.Flag("fractional-flag-shorthand").Evaluate(about(t, `{"targetingKey": "`+key+`"}`), nil)
		if d.Variant != want {
			t.Errorf("%s: %s, want %s", key, d.Variant, want)
		}
	}
}

// TestZeroValues: what is empty, false or 0 is a value like any other.
func TestZeroValues(t *testing.T) {
	const rule = `"defaultVariant": "zero", "targeting": {"if": [{"==": [{"var": "email"}, "a"]}, "zero", null]}`
	s := set(t, `{"flags": {
		"boolean": {"state": "ENABLED", "variants": {"zero": false, "other": true}, `+rule+`},
		"string": {"state": "ENABLED", "variants": {"zero": "", "other": "str"}, `+rule+`},
		"integer": {"state": "ENABLED", "variants": {"zero": 0, "other": 1}, `+rule+`},
		"float": {"state": "ENABLED", "variants": {"zero": 0.0, "other": 1.5}, `+rule+`},
		"object": {"state": "ENABLED", "variants": {"zero": {}, "other": {"a": [1, null, "b"]}}, `+rule+`},
		"precise": {"state": "ENABLED", "variants": {"zero": 9007199254740991, "other": 2147483647}, `+rule+`}}}`)
	for key, want := range map[string]string{"boolean": "false", "string": `""`, "integer": "0", "float": "0", "object": "{}", "precise": "9007199254740991"} {
		for _, context := range []string{`{"email": "a"}`, `{}`} {
			if d := s.Flag(key).Evaluate(about(t, context), nil); string(d.Value) != want || d.Variant != "zero" || d.Code != "" {
				t.Errorf("%s of %s: %+v, want the value %s", key, context, d, want)
			}
		}
	}
	if got := string(s.Flag("object").Variant("other").Value()); got != `{"a":[1,null,"b"]}` {
		t.Errorf("an object: %s", got)
	}
}
