package config

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// inEnvironment is a scalar that is filled in from the environment, at least in part:
// what comes of it is known only then.
const inEnvironment = `\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`

type object = map[string]any

// schemaDocument is the JSON Schema of the file.
func schemaDocument(root *surveyed) object {
	doc := schemaOf(root)
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["$id"] = "urn:weir:config"
	doc["title"] = "weir.yaml"
	doc["description"] = "The configuration of Weir. Any scalar may be ${NAME} or ${NAME:-default}, from the environment."
	doc["$defs"] = object{
		"environment": object{"type": "string", "pattern": inEnvironment},
		"switch": object{"anyOf": []any{
			object{"enum": []any{true, false, "on", "off", "true", "false"}},
			object{"$ref": "#/$defs/environment"},
		}},
	}
	return doc
}

// schemaOf is the schema of one place, with what is below it.
func schemaOf(s *surveyed) object {
	var ways []any
	if s.keys != nil {
		ways = append(ways, schemaOfKeys(s))
	}
	if s.each != nil {
		ways = append(ways, object{
			"type": "object", "minProperties": s.least,
			"propertyNames":        object{"pattern": names[s.names]},
			"additionalProperties": schemaOf(s.each),
		})
	}
	if s.items != nil {
		ways = append(ways, object{"type": "array", "minItems": s.least, "items": schemaOf(s.items)})
	}
	for _, sc := range s.scalars {
		ways = append(ways, schemaOfScalar(sc))
	}
	doc := object{"anyOf": ways}
	if len(ways) == 1 {
		doc = ways[0].(object)
	}
	if s.isKey() {
		doc["title"], doc["description"] = s.path, description(s)
		if s.standard != nil && s.said.standard == "" {
			doc["default"] = s.standard
		}
	}
	return doc
}

func schemaOfKeys(s *surveyed) object {
	keys, needed := object{}, []string{}
	for key, below := range s.keys {
		keys[key] = schemaOf(below)
	}
	for _, key := range sorted(s.keys) {
		if s.keys[key].needed {
			needed = append(needed, key)
		}
	}
	doc := object{"type": "object", "properties": keys, "additionalProperties": false}
	if len(needed) > 0 {
		doc["required"] = needed
	}
	return doc
}

// description says what a key is for, what it takes, and what holds without it.
func description(s *surveyed) string {
	words := []string{strings.TrimRight(s.said.sentence, ".,;") + "."}
	for _, sc := range s.scalars {
		words = append(words, "Want "+sc.want+".")
	}
	switch {
	case s.said.standard == "none":
	case s.said.standard != "":
		words = append(words, "Default: "+s.said.standard+".")
	}
	return strings.Join(append(words, "Since "+s.said.since+"."), " ")
}

// goDuration is what time.ParseDuration reads, without a sign.
const goDuration = `^(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

// schemaOfScalar is the schema of a scalar as YAML takes it: 404 and "404" are the same to
// its reader, and so both are to the schema. An expression is for texts, bounds are for
// numbers; neither says anything of the other.
func schemaOfScalar(sc scalar) object {
	switch sc.kind {
	case wholeNumbers:
		return ofTypes(bounded(sc.span, `^(0|-?[1-9][0-9]*)$`), "integer", "string")
	case numbers:
		return ofTypes(bounded(sc.span, decimalNumber.String()), "number", "string")
	case percentages:
		return above0(sc.span, ofTypes(object{"pattern": orEnvironment(percentage100)}, "string"), `^[0.]*%$`)
	case durations, durationsOrNone:
		if sc.span.lo == 0 || sc.kind == durationsOrNone {
			return ofTypes(object{"minimum": 0, "maximum": 0, "pattern": orEnvironment(goDuration)}, "string", "integer")
		}
		return above0(sc.span, ofTypes(object{"pattern": orEnvironment(goDuration)}, "string"), `^[^1-9$]*$`)
	case sizes:
		return above0(sc.span, ofTypes(bounded(sc.span, wholeSize.String()), "integer", "string"), `^0(B|KiB|MiB|GiB)?$`)
	case onOff:
		return object{"$ref": "#/$defs/switch"}
	case oneWord:
		return object{"anyOf": []any{object{"enum": spellings(sc.words)}, object{"$ref": "#/$defs/environment"}}}
	case statusRanges:
		status := `[1-5][0-9]{2}`
		if sc.span.lo == 400 {
			status = `[45][0-9]{2}`
		}
		part := `\s*` + status + `(-` + status + `)?\s*`
		return ofTypes(bounded(sc.span, `^`+part+`(,`+part+`)*$`), "integer", "string")
	}
	return schemaOfText(texts[sc.want])
}

// schemaOfText finds which scalars that YAML takes for something else are such a text.
func schemaOfText(as text) object {
	doc := object{}
	types := []string{"string"}
	is := regexp.MustCompile(as.pattern).MatchString
	if is("7") || is("12") || is("503") {
		types = append(types, "integer")
		if !is("-7") {
			doc["minimum"] = as.lo
		}
		if as.hi > 0 {
			doc["maximum"] = as.hi
		}
	}
	if is("1.5") {
		types = append(types, "number")
	}
	if is("true") {
		types = append(types, "boolean")
	}
	if as.pattern != "" && as.pattern != "." {
		doc["pattern"] = orEnvironment(as.pattern)
	} else if as.pattern == "." {
		doc["minLength"] = 1
	}
	return ofTypes(doc, types...)
}

func orEnvironment(pattern string) string { return pattern + "|" + inEnvironment }

// bounded is the bounds of numbers, and what a text must be instead.
func bounded(of span, pattern string) object {
	doc := object{"pattern": orEnvironment(pattern)}
	set := func(bound float64, open bool, closed, exclusive string) {
		switch {
		case math.Abs(bound) > 1<<53: // whatever there is
		case open:
			doc[exclusive] = bound
		default:
			doc[closed] = bound
		}
	}
	set(of.lo, of.openLo, "minimum", "exclusiveMinimum")
	set(of.hi, of.openHi, "maximum", "exclusiveMaximum")
	return doc
}

// above0 refuses texts for nothing where there must be something.
func above0(of span, doc object, nothing string) object {
	if of.lo > 0 || of.openLo {
		doc["not"] = object{"type": "string", "pattern": nothing}
	}
	return doc
}

func ofTypes(doc object, types ...string) object {
	doc["type"] = types
	if len(types) == 1 {
		doc["type"] = types[0]
	}
	return doc
}

// spellings are words as texts, and as what YAML takes some of them for.
func spellings(words []string) []any {
	var out []any
	for _, w := range words {
		out = append(out, w)
		if w == "true" || w == "false" {
			out = append(out, w == "true")
		} else if _, err := strconv.ParseFloat(w, 64); err == nil {
			out = append(out, json.Number(w))
		}
	}
	return out
}
