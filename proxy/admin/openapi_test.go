package admin

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v3"

	"weir/proxy/admin/api"
)

// tree is a mapping of the description.
type tree = map[string]any

// description is openapi.yaml as it is written.
func description(t *testing.T) tree {
	t.Helper()
	var doc tree
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPIIsServed(t *testing.T) {
	r := newRig(t, nil)
	a := r.send("GET", "/openapi.yaml", "")
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
	}
	if err := yaml.Unmarshal([]byte(a.body), &doc); err != nil || doc.OpenAPI != "3.1.0" || doc.Info.Version != "v1.2" {
		t.Errorf("%v, %+v, want the description of version v1.2", err, doc)
	}
}

// TestExamplesAreTrue: each is what its schema says.
func TestExamplesAreTrue(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// TestWritesTakeAnIdempotencyKey: all of them, and no others.
func TestWritesTakeAnIdempotencyKey(t *testing.T) {
	key := tree{"$ref": "#/components/parameters/idempotencyKey"}
	asked := map[string]bool{}
	for pattern, rt := range (&server{}).routes(Options{Metrics: fakeMetrics}) {
		asked[pattern] = rt.to != anybody && rt.to != evaluators
	}
	for path, item := range description(t)["paths"].(tree) {
		for method, op := range item.(tree) {
			if method == "parameters" {
				continue
			}
			parameters, _ := op.(tree)["parameters"].([]any)
			got := slices.ContainsFunc(parameters, func(p any) bool { return reflect.DeepEqual(p, key) })
			if want := method != "get" && asked[path]; got != want {
				t.Errorf("%s %s takes an Idempotency-Key: %v, want %v", method, path, got, want)
			}
		}
	}
}

// TestEveryRouteIsDescribed compares the routes that there are with those of
// openapi.yaml, both ways.
func TestEveryRouteIsDescribed(t *testing.T) {
	served := map[string]bool{}
	for pattern, rt := range (&server{}).routes(Options{Metrics: fakeMetrics}) {
		for method := range rt.on {
			if method != http.MethodHead {
				served[method+" "+strings.NewReplacer("...}", "}", "{$}", "").Replace(pattern)] = true
			}
		}
	}
	described := map[string]bool{}
	for path, item := range description(t)["paths"].(tree) {
		for method := range item.(tree) {
			if method != "parameters" {
				described[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	for _, route := range slices.Sorted(maps.Keys(served)) {
		if !described[route] {
			t.Errorf("%s is served: want it in openapi.yaml, whose head says how", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(described)) {
		if !served[route] {
			t.Errorf("%s is in openapi.yaml and not served", route)
		}
	}
}

// contract is every type that a route takes or answers with by itself; what they have
// in them follows.
var contract = []any{
	api.Audit{},
	api.Upstreams{}, api.Rollout{}, api.Gates{}, api.Plan{}, api.History{}, api.Series{}, api.Groups{}, api.GroupRollout{},
	api.Flags{}, api.FlagHistory{}, api.FlagRequest{}, api.FlagRolloutRequest{}, api.EvaluateRequest{}, api.Evaluation{}, api.FlagExplanation{}, api.RulePart{}, api.FlagAttribute{}, api.RampPlace{},
	api.Event{}, api.FlagsChanged{}, api.ReloadResult{}, api.Status{}, api.Problem{},
	api.SplitRequest{}, api.RolloutRequest{}, api.VerbRequest{}, api.GateRequest{}, api.UndoRequest{}, api.EndpointRequest{}, api.ReadOnlyRequest{},
}

// TestSchemasAreTheTypes compares the schemas of openapi.yaml with the Go types of the
// same names, both ways.
func TestSchemasAreTheTypes(t *testing.T) {
	c := comparison{t: t, schemas: description(t)["components"].(tree)["schemas"].(tree), seen: map[string]bool{}}
	for _, v := range contract {
		c.structure(reflect.TypeOf(v))
	}
	for _, name := range slices.Sorted(maps.Keys(c.schemas)) {
		if c.schemas[name].(tree)["type"] == "object" && !c.seen[name] {
			t.Errorf("schema %s has no type in proxy/admin/api, or one that contract lacks", name)
		}
	}
}

type comparison struct {
	t       *testing.T
	schemas tree
	seen    map[string]bool // by name
}

// structure compares the schema that has the name of a struct.
func (c *comparison) structure(typ reflect.Type) {
	name := typ.Name()
	if c.seen[name] {
		return
	}
	c.seen[name] = true
	s, ok := c.schemas[name].(tree)
	if !ok {
		c.t.Errorf("type %s: no schema of that name in openapi.yaml", name)
		return
	}
	properties := s["properties"].(tree)
	required, _ := s["required"].([]any)
	fields := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous { // extended with allOf
			c.structure(f.Type)
			if want := []any{tree{"$ref": ref(f.Type)}}; !reflect.DeepEqual(s["allOf"], want) {
				c.t.Errorf("schema %s: allOf %v, want %v", name, s["allOf"], want)
			}
			continue
		}
		key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "-" { // of a header
			continue
		}
		fields[key] = true
		p, ok := properties[key].(tree)
		if !ok {
			c.t.Errorf("schema %s: no property %s", name, key)
			continue
		}
		if want := option != "omitempty" && option != "omitzero"; want != slices.Contains(required, any(key)) {
			c.t.Errorf("schema %s: %s required: %v, want %v", name, key, !want, want)
		}
		nullable := f.Type.Kind() == reflect.Pointer && option != "omitempty" && !strings.HasSuffix(name, "Request") // no request has nulls
		c.value(name+"."+key, p, f.Type, nullable)
	}
	for key := range properties {
		if !fields[key] {
			c.t.Errorf("schema %s: property %s is no field of the type", name, key)
		}
	}
	for _, key := range required {
		if !fields[key.(string)] {
			c.t.Errorf("schema %s: %s is required and no field of the type", name, key)
		}
	}
}

// value compares the schema of a value.
func (c *comparison) value(where string, s tree, typ reflect.Type, nullable bool) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ {
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[any](): // whatever JSON has
		return
	case reflect.TypeFor[api.ForcedVariant](): // the one request that has a null
		typ, nullable = reflect.TypeFor[string](), true
	}
	if typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]() {
		c.structure(typ)
		got, want := s["$ref"], any(ref(typ))
		if nullable {
			got, want = s["oneOf"], []any{tree{"$ref": want}, tree{"type": "null"}}
		}
		if !reflect.DeepEqual(got, want) {
			c.t.Errorf("schema of %s: %v, want %v", where, got, want)
		}
		return
	}
	if to, ok := s["$ref"].(string); ok { // a schema of words
		s = c.schemas[strings.TrimPrefix(to, "#/components/schemas/")].(tree)
	}
	want := any(jsonType(typ))
	if nullable {
		want = []any{want, "null"}
	}
	if !reflect.DeepEqual(s["type"], want) {
		c.t.Errorf("schema of %s: type %v, want %v", where, s["type"], want)
	}
	switch typ.Kind() {
	case reflect.Slice:
		c.value(where+"[]", s["items"].(tree), typ.Elem(), typ == reflect.TypeFor[api.Line]()) // which has NaNs
	case reflect.Map:
		if of, ok := s["additionalProperties"].(tree); ok || typ.Elem() != reflect.TypeFor[any]() {
			c.value(where+"{}", of, typ.Elem(), false)
		}
	case reflect.Struct:
		if s["format"] != "date-time" {
			c.t.Errorf("schema of %s: format %v, want date-time", where, s["format"])
		}
	}
}

func ref(typ reflect.Type) string { return "#/components/schemas/" + typ.Name() }

func jsonType(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.String, reflect.Struct: // a time
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "integer"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	case reflect.Map:
		return "object"
	}
	return "no type of JSON: " + typ.String()
}
