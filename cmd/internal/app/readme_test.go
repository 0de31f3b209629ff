package app

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"weir/config"
)

// whole is a configuration in a page that has all that one needs.
var whole = regexp.MustCompile("(?ms)^```yaml\n((?:#[^\n]*\n)*listeners:.*?)^```$")

// Every whole configuration that the README and the pages show can be used as it stands.
func TestDocumentedConfigurationsLoad(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "../../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range whole.FindAllSubmatch(text, -1) {
			found++
			if _, err := config.Parse(filepath.Join(t.TempDir(), "weir.yaml"), b[1]); err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(page), err, b[1])
			}
		}
	}
	if found < 3 {
		t.Errorf("%d configurations in README.md and docs, want at least 3", found)
	}
}
