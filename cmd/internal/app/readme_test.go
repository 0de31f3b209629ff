package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"weir/config"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Every configuration that the README shows can be used as it stands.
func TestREADMEConfigurationsLoad(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(readme, -1)
	if len(blocks) < 2 {
		t.Fatalf("found %d configurations in README.md, want at least 2", len(blocks))
	}
	for _, b := range blocks {
		if _, err := config.Parse(filepath.Join(t.TempDir(), "weir.yaml"), b[1]); err != nil {
			t.Errorf("%v\n%s", err, b[1])
		}
	}
}

// The README's list of all keys is the list of all keys: config's own file that has
// every key has none that it lacks.
func TestREADMEHasEveryKey(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	full, err := os.ReadFile("../../../config/testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, b := range yamlBlock.FindAllSubmatch(readme, -1) {
		keys(t, b[1], told)
	}
	want := map[string]bool{}
	keys(t, full, want)
	for key := range want {
		if !told[key] {
			t.Errorf("README.md does not have %s", key)
		}
	}
	if len(want) < 80 {
		t.Errorf("%d keys in config/testdata/full.yaml, want them all", len(want))
	}
}

// keys adds the paths of all keys in a file; names that its author chooses are "*".
func keys(t *testing.T, file []byte, to map[string]bool) {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal(file, &tree); err != nil {
		t.Fatal(err)
	}
	chosen := regexp.MustCompile(`^(upstreams|upstreams\.\*\.versions|upstreams\.\*\.(health\.active|rollout\.blue_green\.smoke)\.headers|routes\.(headers|query|cookies|(request|response)_headers\.(set|append)))$`)
	var walk func(path string, tree any)
	walk = func(path string, tree any) {
		switch tree := tree.(type) {
		case []any:
			for _, item := range tree {
				walk(path, item)
			}
		case map[string]any:
			for key, below := range tree {
				if chosen.MatchString(path) {
					key = "*"
				}
				key = strings.TrimPrefix(path+"."+key, ".")
				to[key] = true
				walk(key, below)
			}
		}
	}
	walk("", tree)
}
