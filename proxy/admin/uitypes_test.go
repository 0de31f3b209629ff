package admin

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

// typesFile is what the dashboard takes the API's answers for.
const typesFile = "ui/types.d.ts"

// TestDashboardKnowsTheAPI: all that the dashboard reads exists, and is of the type
// it takes it for. With WEIR_DOCS=write the file is written anew.
func TestDashboardKnowsTheAPI(t *testing.T) {
	want := typescript(
		api.Upstreams{}, api.Groups{}, api.GroupRollout{}, api.Gates{}, api.Plan{}, api.History{}, api.Series{}, api.Audit{}, api.Status{}, api.Event{}, api.Problem{},
		api.Flags{}, api.FlagHistory{}, api.Evaluation{},
	)
	if os.Getenv("WEIR_DOCS") == "write" {
		if err := os.WriteFile(typesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(typesFile)
	if err != nil {
		t.Fatal(err)
	}
	exists := lines(want)
	for l := range lines(string(got)) {
		if !exists[l] {
			t.Errorf("%s has %q, which the API does not: WEIR_DOCS=write go test -run %s ./proxy/admin writes it anew", typesFile, l, t.Name())
		}
	}
}

// lines are those of the file, with the interface that each is in.
func lines(text string) map[string]bool {
	out, in := map[string]bool{}, ""
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "export interface ") {
			in = strings.Fields(l)[2]
		}
		if l != "" && l != "}" {
			out[in+": "+l] = true
		}
	}
	return out
}

// typescript declares what those values are in JSON, and all that is in them.
func typescript(values ...any) string {
	var todo, seen []reflect.Type
	name := func(t reflect.Type) string {
		if !slices.Contains(seen, t) {
			seen, todo = append(seen, t), append(todo, t)
		}
		return t.Name()
	}
	for _, v := range values {
		name(reflect.TypeOf(v))
	}
	var b strings.Builder
	b.WriteString("// The API's answers, written by TestDashboardKnowsTheAPI from proxy/admin/api.\n")
	for len(todo) > 0 {
		t := todo[0]
		todo = todo[1:]
		var fields strings.Builder
		extends := ""
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				extends = " extends " + name(f.Type)
				continue
			}
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key[0] <= '9' {
				key = strconv.Quote(key)
			}
			if options == "omitempty" || options == "omitzero" {
				key += "?"
			}
			kind, null := f.Type, ""
			if kind.Kind() == reflect.Pointer {
				if kind = kind.Elem(); options == "" {
					null = " | null"
				}
			}
			fmt.Fprintf(&fields, "  %s: %s%s;\n", key, typeName(kind, name), null)
		}
		fmt.Fprintf(&b, "\nexport interface %s%s {\n%s}\n", t.Name(), extends, fields.String())
	}
	return b.String()
}

func typeName(t reflect.Type, name func(reflect.Type) string) string {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "string"
	case reflect.TypeFor[api.Line]():
		return "(number | null)[]"
	case reflect.TypeFor[json.RawMessage]():
		return "unknown"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem(), name) + " | null"
	case reflect.Struct:
		return name(t)
	case reflect.Slice:
		if in := typeName(t.Elem(), name); strings.Contains(in, " ") {
			return "(" + in + ")[]"
		} else {
			return in + "[]"
		}
	case reflect.Map:
		return "Record<string, " + typeName(t.Elem(), name) + ">"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}
