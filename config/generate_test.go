package config

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// What is right by the schema, Weir takes, or refuses for what the schema cannot see: what
// goes together, bounds of what is written in units, and what no expression tells of a text.
func TestConformingFilesAreWellFormed(t *testing.T) {
	var doc object
	if err := json.Unmarshal(JSONSchema, &doc); err != nil {
		t.Fatal(err)
	}
	schema, root := compiledSchema(t), describedKeys(t)
	good, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		file := conforming{t, doc}.file()
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		read, ok := instance(text)
		if !ok {
			t.Skip("a text that YAML reads in another way")
		}
		if err := schema.Validate(read); err != nil {
			t.Fatalf("made by the schema, and not right by it: %v\n%s", err, text)
		}
		_, err = Parse("weir.yaml", text)
		if err == nil {
			good++
			return
		}
		refused++
		invalid, ok := errors.AsType[*Invalid](err)
		if !ok {
			t.Fatal(err)
		}
		places := map[string]found{}
		placesOf(read, root, "", "", places)
		for _, p := range invalid.Problems {
			if _, shape := ofShape(p, places); shape {
				t.Errorf("%s\n%s", p, text)
			}
		}
	})
	if t.Logf("%d taken, %d refused", good, refused); good == 0 {
		t.Error("none of them was taken")
	}
}

// conforming makes what is right by a schema.
type conforming struct {
	*rapid.T
	defs object // the whole schema
}

// file is a whole one of anything, in which something never goes together, or a small one
// with one key of anything.
func (c conforming) file() any {
	if rapid.Bool().Draw(c.T, "whole") {
		return c.any(c.defs)
	}
	api := object{"versions": object{"v1": object{"endpoints": []any{"127.0.0.1:3001"}}}}
	file := object{
		"listeners": []any{object{"name": "web", "address": ":8080"}},
		"upstreams": object{"api": api},
		"routes":    []any{object{"upstream": "api"}},
	}
	keys := c.defs["properties"].(object)
	to := file
	if rapid.Bool().Draw(c.T, "of the upstream") {
		keys, to = keys["upstreams"].(object)["additionalProperties"].(object)["properties"].(object), api
	}
	free := slices.DeleteFunc(slices.Sorted(maps.Keys(keys)), func(key string) bool { return to[key] != nil })
	key := rapid.SampledFrom(free).Draw(c.T, "key")
	to[key] = c.any(keys[key].(object))
	return file
}

func (c conforming) any(s object) any {
	if ref, ok := s["$ref"].(string); ok {
		return c.any(c.defs["$defs"].(object)[strings.TrimPrefix(ref, "#/$defs/")].(object))
	}
	if ways, ok := s["anyOf"].([]any); ok {
		ways = slices.DeleteFunc(slices.Clone(ways), func(w any) bool { return w.(object)["$ref"] == "#/$defs/environment" })
		return c.any(rapid.SampledFrom(ways).Draw(c.T, "way").(object))
	}
	if words, ok := s["enum"].([]any); ok {
		return rapid.SampledFrom(words).Draw(c.T, "word")
	}
	kinds, ok := s["type"].([]any)
	if !ok {
		kinds = []any{s["type"]}
	}
	switch kind := rapid.SampledFrom(kinds).Draw(c.T, "type"); kind {
	case "object":
		return c.object(s)
	case "array":
		out := []any{}
		for range rapid.IntRange(int(bound(s, "minItems", 0)), int(bound(s, "minItems", 0))+2).Draw(c.T, "items") {
			out = append(out, c.any(s["items"].(object)))
		}
		return out
	case "integer":
		return rapid.IntRange(int(bound(s, "minimum", 0)), int(min(bound(s, "maximum", 1e6), 1e6))).Draw(c.T, "integer")
	case "number":
		lo := bound(s, "minimum", bound(s, "exclusiveMinimum", 0))
		hi := bound(s, "maximum", bound(s, "exclusiveMaximum", lo+100))
		return decimal(float64(rapid.IntRange(int(100*lo)+1, int(100*hi)-1).Draw(c.T, "number")) / 100)
	case "boolean":
		return rapid.Bool().Draw(c.T, "boolean")
	}
	return c.text(s)
}

func (c conforming) object(s object) object {
	out := object{}
	needed, _ := s["required"].([]any)
	keys, _ := s["properties"].(object)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if slices.Contains(needed, any(key)) || rapid.IntRange(0, 5).Draw(c.T, key) == 0 {
			out[key] = c.any(keys[key].(object))
		}
	}
	if each, ok := s["additionalProperties"].(object); ok {
		for range rapid.IntRange(1, 2).Draw(c.T, "names") {
			out[c.text(s["propertyNames"].(object))] = c.any(each)
		}
	}
	return out
}

// text matches the expression, but for what refers to the environment, and has no control
// characters.
func (c conforming) text(s object) string {
	pattern, ok := s["pattern"].(string)
	if pattern = strings.TrimSuffix(pattern, "|"+inEnvironment); !ok {
		pattern = `^[ -~]+$`
	}
	switch pattern { // without more than an int64 has
	case goDuration:
		pattern = `^(0|([0-9]{1,5}(\.[0-9]{0,3})?(ns|us|µs|ms|s|m|h)){1,2})$`
	case wholeSize.String():
		pattern = `^(0|[1-9][0-9]{0,5})(B|KiB|MiB|GiB)?$`
	}
	texts := rapid.StringMatching(pattern).Filter(func(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) && !strings.Contains(s, "${") })
	if not, ok := s["not"].(object); ok {
		nothing := regexp.MustCompile(not["pattern"].(string))
		texts = texts.Filter(func(s string) bool { return !nothing.MatchString(s) })
	}
	return texts.Draw(c.T, "text")
}

func bound(s object, key string, otherwise float64) float64 {
	if f, ok := s[key].(float64); ok {
		return f
	}
	return otherwise
}
