package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/proxy/flag"
)

// withFlags writes a configuration with files of flags, by name, and returns its path.
func withFlags(t *testing.T, flags, routes string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	write(t, filepath.Join(dir, "weir.yaml"), `listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
flags: `+flags+`
routes: [{upstream: api}`+routes+`]
`)
	return filepath.Join(dir, "weir.yaml")
}

const oneFlag = `{"flags": {"f": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}}}`

func TestFlagsAreDefined(t *testing.T) {
	path := withFlags(t, "{files: [a.json, b.yml], pass: {headers: [f], baggage: [g]}}", ", {upstream: api, when: {flag: g, is: [b, a]}}", map[string]string{
		"a.json": oneFlag,
		"b.yml":  "flags:\n  - key: g\n    state: ENABLED\n    variants: {a: 1, b: 0x10}\n    targeting: {if: [{in: [x, {var: groups}]}, b, null]}\n",
	})
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if f, g := c.Flags.Set.Flag("f"), c.Flags.Set.Flag("g"); f == nil || g == nil || string(g.Variant("b").Value()) != "16" {
		t.Errorf("flags %v: want f and g as they are written", c.Flags.Set.Flags())
	}
	want := []string{filepath.Join(filepath.Dir(path), "a.json"), filepath.Join(filepath.Dir(path), "b.yml")}
	if got := c.Files(); !slices.Equal(got, want) {
		t.Errorf("files to watch: %v, want %v", got, want)
	}
}

// What is wrong with definitions is said with their own file, line and column.
func TestBadDefinitions(t *testing.T) {
	for name, tt := range map[string]struct {
		flags, routes string
		files         map[string]string
		want          []string // without the folder
	}{
		"no such file": {"{files: [a.json]}", "", nil, []string{
			`weir.yaml:3:17: flags.files[0]: a.json: no such file or directory: want a file with definitions of flags, like flags.json`,
		}},
		"no JSON": {"{files: [a.json]}", "", map[string]string{"a.json": "{\n  \"flags\": ,\n}"}, []string{
			`a.json:2:12: invalid character ',' looking for beginning of value: want JSON`,
		}},
		"no YAML": {"{files: [a.yaml]}", "", map[string]string{"a.yaml": "flags:\n  a: [\n"}, []string{
			`a.yaml:3:1: not YAML: did not find expected node content, here or in what begins here`,
		}},
		"not of JSON's": {"{files: [a.yaml]}", "", map[string]string{"a.yaml": "flags: &a\n  f: !!str x\n  g: *a\n  h: .inf\n  ? [a]\n  : b\n"}, []string{
			`a.yaml:2:6: the tag "!!str": want a value without a tag`,
			`a.yaml:3:6: an alias: want the value itself, aliases are not followed`,
			`a.yaml:4:6: .inf: want a number that JSON has`,
			`a.yaml:5:5: a key that is not a plain word: want a plain word`,
		}},
		"a flag in two files": {"{files: [a.json, b.json]}", "", map[string]string{"a.json": oneFlag, "b.json": "\n" + oneFlag}, []string{
			`b.json:2:12: flags.f: a second flag of this name: want it once, it is already in a.json on line 1`,
		}},
		"names that are none": {
			"{files: [a.json], pass: {headers: [g], baggage: [new]}}", ", {upstream: api, when: {flag: F, is: on}}, {upstream: api, path: /a, when: {flag: f, is: [on, of]}}",
			map[string]string{"a.json": oneFlag}, []string{
				`weir.yaml:3:43: flags.pass.headers[0]: g does not exist, did you mean f? want f`,
				`weir.yaml:3:57: flags.pass.baggage[0]: new does not exist: want f`,
				`weir.yaml:4:56: routes[1].when.flag: F does not exist, did you mean f? want f`,
				`weir.yaml:4:120: routes[2].when.is[1]: of does not exist, did you mean on? want one of on, off`,
			},
		},
		"what no header can have": {
			"{files: [a.json], pass: {headers: [f, \"a b\"]}}", "", map[string]string{
				"a.json": `{"flags": {"f": {"state": "ENABLED", "variants": {"ö": true}}, "a b": {"state": "ENABLED", "variants": {"on": true}}}}`,
			}, []string{
				`weir.yaml:3:43: flags.pass.headers[0]: f has the variant "ö": want variants of visible ASCII for a header`,
				"weir.yaml:3:46: flags.pass.headers[1]: \"a b\": want a flag whose key can stand in a header: letters, digits, and any of !#$%&'*+.^_`|~-",
			},
		},
		"beside faults of the file": {"{files: [a.json], passes: {}}", "", map[string]string{"a.json": "{}"}, []string{
			`weir.yaml:3:26: flags.passes: unknown key, did you mean pass? want one of context, files, ofrep, pass, rollouts`,
			`a.json:1:1: flags: missing: want an object of flags by key, or a list of flags with their keys`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := withFlags(t, tt.flags, tt.routes, tt.files)
			_, err := Load(path)
			bad, ok := errors.AsType[*Invalid](err)
			if !ok {
				t.Fatalf("%v, want what is wrong", err)
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", ""), "\n")
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for file := range tt.files {
				if !slices.Contains(bad.Files, filepath.Join(filepath.Dir(path), file)) {
					t.Errorf("%s is not among the files to watch, %v", file, bad.Files)
				}
			}
		})
	}
}

// The same definitions in YAML and in JSON are the same.
func TestDefinitionsInYAML(t *testing.T) {
	json, problems := readDefinitions("a.json", []byte(`{"a": [1, true, null, "x", {"b": 0.5}]}`))
	if problems != nil {
		t.Fatal(problems)
	}
	yaml, problems := readDefinitions("a.yaml", []byte(`{"a": [1, true, null, "x", {"b": 0.5}]}`))
	if problems != nil {
		t.Fatal(problems)
	}
	if json.Root.Members[0].Value.Items[4].Members[0].Value.Number != yaml.Root.Members[0].Value.Items[4].Members[0].Value.Number {
		t.Errorf("%+v, want %+v", yaml.Root, json.Root)
	}
	for i, of := range json.Root.Members[0].Value.Items {
		if got := yaml.Root.Members[0].Value.Items[i]; got.Kind != of.Kind || got.Text != of.Text || got.Bool != of.Bool || got.Number != of.Number || got.Line != of.Line || got.Col != of.Col {
			t.Errorf("item %d in YAML: %+v, in JSON: %+v", i, got, of)
		}
	}
}

// TestNoRuleInYAML: a name with nothing behind it is null, and so no rule.
func TestNoRuleInYAML(t *testing.T) {
	for name, text := range map[string]string{
		"a.yaml": "flags:\n  a:\n    state: ENABLED\n    variants: {on: true}\n    targeting:\n",
		"a.json": `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "targeting": null}}}`,
	} {
		f, problems := readDefinitions(name, []byte(text))
		if problems != nil {
			t.Fatal(problems)
		}
		if set, wrong := flag.Compile([]*flag.File{f}); wrong != nil || set.Flag("a").Targeting() != nil {
			t.Errorf("%s: %v, want no rule", name, wrong)
		}
	}
}
