//go:build !race

package parity

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"weir/config"
	parser "weir/config/nginx"
)

var pairs = regexp.MustCompile("(?ms)^```nginx\n(.*?)^```$.*?^```yaml\n(.*?)^```$")

// Every pair of docs/nginx.md is a file of NGINX that can be imported, and a file of
// Weir that can be used.
func TestDocsPairs(t *testing.T) {
	docs, err := os.ReadFile("../../../../docs/nginx.md")
	if err != nil {
		t.Fatal(err)
	}
	found := pairs.FindAllSubmatch(docs, -1)
	if len(found) < 8 {
		t.Errorf("%d pairs in docs/nginx.md, want at least 8", len(found))
	}
	for _, pair := range found {
		c := &trial{files: map[string]string{conf: string(pair[1])}}
		file, err := c.write(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.Parse(file)
		if err != nil {
			t.Errorf("%v\n%s", err, pair[1])
			continue
		}
		if faults, unknown := parser.Check(tree); len(faults)+len(unknown) > 0 {
			t.Errorf("%v %v\n%s", faults, unknown, pair[1])
		}
		if out, err := importFile(t, file, file+".yaml"); err != nil {
			t.Errorf("weir import: %v\n%s\n%s", err, out, pair[1])
		}
		if _, err := config.Parse(filepath.Join(t.TempDir(), "weir.yaml"), pair[2]); err != nil {
			t.Errorf("%v\n%s", err, pair[2])
		}
	}
}
