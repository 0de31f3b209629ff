package app

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

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
