package admintest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// schemas are those of a description, each compiled when it is first asked for.
// Objects with properties are closed: a contract may gain keys, but not unawares.
type schemas struct {
	mu struct {
		sync.Mutex
		compiler *jsonschema.Compiler
		compiled map[string]*jsonschema.Schema // by JSON pointer
	}
}

// base is what the description is called while it is compiled.
const base = "openapi.json"

func newSchemas(spec []byte) (*schemas, error) {
	var tree any
	if err := yaml.Unmarshal(spec, &tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	closeAll(doc.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any))
	s := &schemas{}
	s.mu.compiled = map[string]*jsonschema.Schema{}
	s.mu.compiler = jsonschema.NewCompiler() // of draft 2020-12, which is that of OpenAPI 3.1
	s.mu.compiler.AssertFormat()
	return s, s.mu.compiler.AddResource(base, doc)
}

// closeAll has each schema with properties take no others. One that extends another
// gets all that the other has, so that each of them can be closed for itself.
func closeAll(all map[string]any) {
	for _, schema := range all {
		s := schema.(map[string]any)
		if extends, ok := s["allOf"].([]any); ok {
			own, _ := s["properties"].(map[string]any)
			for _, other := range extends {
				name := strings.TrimPrefix(other.(map[string]any)["$ref"].(string), "#/components/schemas/")
				from := all[name].(map[string]any)
				maps.Copy(own, from["properties"].(map[string]any))
				s["required"] = append(s["required"].([]any), from["required"].([]any)...)
			}
			delete(s, "allOf")
		}
		if _, ok := s["properties"]; ok {
			s["additionalProperties"] = false
		}
	}
}

// at is the schema at a JSON pointer.
func (s *schemas) at(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.mu.compiled[pointer]; c != nil {
		return c, nil
	}
	c, err := s.mu.compiler.Compile(base + "#" + (&url.URL{Fragment: pointer}).EscapedFragment())
	if err == nil {
		s.mu.compiled[pointer] = c
	}
	return c, err
}

// check holds JSON against the schema at a JSON pointer.
func (s *schemas) check(pointer string, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return s.checkValue(pointer, v)
}

func (s *schemas) checkValue(pointer string, v any) error {
	schema, err := s.at(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(v)
}
