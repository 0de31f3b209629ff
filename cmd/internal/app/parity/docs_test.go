//go:build !race

package parity

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
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

// The import that docs/nginx.md shows says what it shows, line by line.
func TestDocsReport(t *testing.T) {
	const root = "../../../.."
	docs, err := os.ReadFile(filepath.Join(root, "docs/nginx.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?ms)^\$ weir import nginx (\S+) -o weir.yaml\n(.*?)^` + "```").FindSubmatch(docs)
	if shown == nil {
		t.Fatal("no import in docs/nginx.md")
	}
	cmd := exec.Command(ground.Binary(t), "import", "nginx", string(shown[1]), "-o", filepath.Join(t.TempDir(), "weir.yaml"))
	cmd.Dir, cmd.SysProcAttr = root, childAttr()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("weir import: %v", err)
	}
	said := strings.Split(string(out), "\n")
	for line := range strings.Lines(string(shown[2])) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && line != "  ..." && !slices.Contains(said, line) {
			t.Errorf("the import does not say %q:\n%s", line, out)
		}
	}
}
