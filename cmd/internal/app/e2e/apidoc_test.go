//go:build !race

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Promise: what docs/api.md tells people to type answers as the page shows, in its
// order, on one Weir.
func TestAPIGuide(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/api.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, w := canary(t, ramp)
	parts := tutorialPart.FindAllSubmatch(page, -1)
	if len(parts) < 7 {
		t.Fatalf("%d blocks of commands in the page, want 7 and more", len(parts))
	}
	for _, part := range parts {
		line := strings.ReplaceAll(string(part[1]), "127.0.0.1:9900", w.admin)
		stdout, stderr, err := w.shell(line)
		if err != nil || stderr != "" || !told(string(part[2])).MatchString(strings.ReplaceAll(stdout, "\r\n", "\n")) {
			t.Errorf("%s: %v, %s\nthe page says\n%s\nand this came:\n%s", line, err, stderr, part[2], stdout)
		}
	}
}
