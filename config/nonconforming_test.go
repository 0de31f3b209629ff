package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// unseen are the bad files that are right by the schema, and why: it knows neither what
// stands elsewhere in the file nor what an editor's YAML library has made of it.
var unseen = map[string]string{
	"active_path":            "a key that another one needs; a % in a path",
	"admin_everywhere":       "which hosts are loopback addresses",
	"admin_port":             "one address twice",
	"admin_tls_roles":        "a key that another one needs",
	"control_character":      "characters that make a text unfit",
	"endpoint_duplicate":     "one address twice",
	"flags_none":             "a name that must exist",
	"listener_duplicate":     "one address twice",
	"many_names":             "a name that must exist",
	"route_duplicate":        "one condition twice",
	"route_loop":             "where requests come from that are led elsewhere",
	"second_document":        "a second document",
	"second_document_broken": "a second document",
	"stable_missing":         "a key that a second version needs",
	"stable_unknown":         "a name that must exist",
	"steps_last":             "a sum",
	"tag":                    "a tag",
	"weight_mixed":           "two kinds in one split",
	"weight_omitted":         "a sum",
	"weight_rest":            "a sum",
	"weight_sum":             "a sum",
	"weight_zero":            "a sum",
}

// What is wrong with the shape of a bad file, the schema says too, and at the same place.
func TestBadFilesDoNotConform(t *testing.T) {
	t.Setenv("WEIR_TEST_SET", "soon")
	os.Unsetenv("WEIR_TEST_UNSET")
	schema, root := compiledSchema(t), describedKeys(t)
	compared := 0
	for _, tt := range bad {
		file := "testdata/" + tt.name + ".bad.yaml"
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, ok := instance(data)
		if !ok {
			continue
		}
		refused, _ := errors.AsType[*jsonschema.ValidationError](schema.Validate(doc))
		if _, may := unseen[tt.name]; (refused == nil) != may {
			t.Errorf("%s: refused by the schema: %v, want %v: see unseen", file, refused != nil, may)
		}
		faults, places := map[string]bool{}, map[string]found{}
		faultsOf(refused, faults)
		placesOf(doc, root, "", "", places)
		_, err = Load(file)
		invalid, _ := errors.AsType[*Invalid](err)
		for _, p := range invalid.Problems {
			where, ok := ofShape(p, places)
			if !ok {
				continue
			}
			compared++
			if !faults[where] {
				t.Errorf("%s: the schema finds nothing at %q", p, where)
			}
		}
	}
	if t.Logf("%d problems of shape", compared); compared < 270 {
		t.Errorf("%d problems of shape, want them all", compared)
	}
}

// ofShape is where the schema should find a problem that it can see.
func ofShape(p Problem, places map[string]found) (where string, ok bool) {
	here, there := places[p.Path]
	switch {
	case strings.HasPrefix(p.Msg, "unknown key"):
		return parent(here.where), true
	case strings.HasPrefix(p.Msg, "missing: "):
		dot := strings.LastIndexByte(p.Path, '.')
		above := places[p.Path[:max(dot, 0)]]
		return above.where, above.of != nil && above.of.keys[p.Path[dot+1:]] != nil && above.of.keys[p.Path[dot+1:]].needed
	case !there || here.of == nil:
		return "", false
	case strings.HasPrefix(p.Msg, "empty: "), strings.HasPrefix(p.Msg, "a mapping: "), strings.HasPrefix(p.Msg, "a list: "), strings.HasPrefix(p.Msg, "a single value: "),
		strings.HasPrefix(p.Msg, "an empty list: want at least"), strings.HasPrefix(p.Msg, "an empty mapping: want a mapping of"):
		return here.where, true
	}
	for _, sc := range here.of.scalars {
		if sc.kind == oneWord && strings.Contains(p.Msg, " want one of "+enumerate(sc.words)) || strings.HasSuffix(p.Msg, ": want "+sc.want) {
			_, isText := here.is.(string)
			seen := sc.kind != someText && !inKind(sc, here.is) || isText && texts[sc.want].exact
			return here.where, seen && !strings.Contains(fmt.Sprint(here.is), "${")
		}
	}
	return "", false
}

// inKind is whether something of a kind is only out of bounds that the schema does not
// have, or another spelling of what the kind takes.
func inKind(sc scalar, is any) bool {
	s, ok := fmt.Sprint(is), false
	switch sc.kind {
	case durations, durationsOrNone:
		d, err := time.ParseDuration(s)
		return err == nil && d >= 0 && strings.ContainsAny(s, "123456789") // .1ns is 0s
	case percentages:
		_, ok = parsePercent(s)
	case sizes:
		_, ok = parseSize(s)
	case statusRanges:
		_, _, ok = strings.Cut(s, "-")
	case wholeNumbers, numbers:
		f, err := strconv.ParseFloat(s, 64)
		_, quoted := is.(string)
		return err == nil && (quoted || sc.span.has(f))
	}
	return ok
}

func parent(where string) string { return where[:max(strings.LastIndexByte(where, '/'), 0)] }

// found is a place in a document.
type found struct {
	where string // in JSON
	of    *surveyed
	is    any
}

// faultsOf collects where the schema has found something.
func faultsOf(e *jsonschema.ValidationError, to map[string]bool) {
	if e == nil {
		return
	}
	to[strings.Join(append([]string{""}, e.InstanceLocation...), "/")] = true
	for _, cause := range e.Causes {
		faultsOf(cause, to)
	}
}

// placesOf collects what a document has, by path as problems have it.
func placesOf(doc any, of *surveyed, path, where string, to map[string]found) {
	to[path] = found{where, of, doc}
	below := func(key string) *surveyed {
		switch {
		case of == nil:
			return nil
		case of.keys != nil && of.keys[key] != nil:
			return of.keys[key]
		}
		return of.each
	}
	switch doc := doc.(type) {
	case map[string]any:
		for key, is := range doc {
			placesOf(is, below(key), join(path, key), where+"/"+key, to)
		}
	case []any:
		for i, is := range doc {
			var items *surveyed
			if of != nil {
				items = of.items
			}
			placesOf(is, items, path+item(i), where+"/"+strconv.Itoa(i), to)
		}
	}
}
