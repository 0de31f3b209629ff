package show

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func TestYAML(t *testing.T) {
	type inner struct {
		Name string   `json:"name"`
		List []int    `json:"list"`
		At   *float64 `json:"at"`
	}
	v := struct {
		Z     string           `json:"z"`
		A     []inner          `json:"a"`
		Empty map[string]int   `json:"empty"`
		Deep  [][]string       `json:"deep"`
		Map   map[string]inner `json:"map"`
		Big   uint64           `json:"big"`
		Yes   bool             `json:"yes"`
	}{
		Z: "a: b", A: []inner{{"no", []int{1, 2}, nil}, {"v1.2", nil, nil}}, Empty: map[string]int{},
		Deep: [][]string{{"a", "127.0.0.1:80"}, {}}, Map: map[string]inner{"v1": {"", []int{}, nil}}, Big: 1<<63 + 1, Yes: true,
	}
	var b strings.Builder
	if err := YAML(&b, v); err != nil {
		t.Fatal(err)
	}
	want := `z: "a: b"
a:
  - name: "no"
    list:
      - 1
      - 2
    at: null
  - name: v1.2
    list: null
    at: null
empty: {}
deep:
  - - a
    - "127.0.0.1:80"
  - []
map:
  v1:
    name: ""
    list: []
    at: null
big: 9223372036854775809
"yes": true
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestYAMLIsTheJSON: a real reader of YAML finds the value that JSON has, whatever it is.
func TestYAMLIsTheJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "yes", "1", "1e3", "-", "- a", "a: b", "#", "null", "~", "\u2028\ufeff\x85", "2001-01-01", "0x1", "a\tb", "é"}))
	rapid.Check(t, func(t *rapid.T) {
		v := anything(t, text, 3)
		var b strings.Builder
		if err := YAML(&b, v); err != nil {
			t.Fatal(err)
		}
		var got any
		if err := yaml.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		if gotJSON, wantJSON := normal(t, got), normal(t, v); !reflect.DeepEqual(gotJSON, wantJSON) {
			t.Fatalf("YAML\n%s\nis %#v, want %#v", b.String(), gotJSON, wantJSON)
		}
	})
	var b strings.Builder
	if err := YAML(&b, time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)); err != nil || b.String() != "\"2025-03-04T05:06:07Z\"\n" {
		t.Errorf("a time: %q, %v", b.String(), err)
	}
}

func anything(t *rapid.T, text *rapid.Generator[string], depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return text.Draw(t, "text")
	case 1:
		return rapid.Int32().Draw(t, "number")
	case 2:
		return rapid.Float64Range(-1e30, 1e30).Draw(t, "float")
	case 3:
		return rapid.SampledFrom([]any{true, false, nil}).Draw(t, "word")
	case 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, anything(t, text, depth-1))
		}
		return list
	}
	m := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "size") {
		m[text.Draw(t, "key")] = anything(t, text, depth-1)
	}
	return m
}

// normal is the value as JSON reads it again.
func normal(t *rapid.T, v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
