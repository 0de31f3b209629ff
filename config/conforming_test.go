package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

func compiledSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("urn:weir:config", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:weir:config")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is the file as an editor's YAML library has it. false: it is none, or has what
// an editor resolves before it looks at a schema, and Weir refuses.
func instance(data []byte) (any, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
		return nil, false
	}
	return instanceOf(doc.Content[0])
}

func instanceOf(n *yaml.Node) (any, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			below, ok := instanceOf(v)
			_, twice := out[k.Value]
			if !ok || twice || k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
				return nil, false
			}
			out[k.Value] = below
		}
		return out, true
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			below, ok := instanceOf(item)
			if !ok {
				return nil, false
			}
			out = append(out, below)
		}
		return out, true
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return nil, true
		case "!!bool":
			return n.Value == "true", true
		case "!!int", "!!float":
			if _, err := strconv.ParseFloat(n.Value, 64); err == nil && json.Valid([]byte(n.Value)) {
				return json.Number(n.Value), true
			}
		}
		return n.Value, n.Style&yaml.TaggedStyle == 0
	}
	return nil, false
}

var yamlBlock = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")

// Every file and every block of the documents that Weir takes is right by the schema, too.
func TestExamplesConform(t *testing.T) {
	schema := compiledSchema(t)
	seen := 0
	check := func(name string, data []byte) {
		if _, err := Parse(name, data); err != nil {
			return // a part of a file, or one that is shown for its faults
		}
		seen++
		doc, ok := instance(data)
		if !ok {
			t.Errorf("%s: not YAML", name)
		} else if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, pattern := range []string{"testdata/*.yaml", "../deploy/*/*.yaml", "../deploy/*/*/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			check(file, data)
		}
	}
	pages, _ := filepath.Glob("../docs/*.md")
	for _, page := range append(pages, "../README.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range yamlBlock.FindAllSubmatch(data, -1) {
			text := strings.ReplaceAll("\n"+string(b[2]), "\n"+string(b[1]), "\n")
			check(page+" block "+strconv.Itoa(i), []byte(text))
		}
	}
	if seen < 25 {
		t.Errorf("%d files and blocks that load, want them all", seen)
	}
}
