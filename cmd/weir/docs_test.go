package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"weir/cmd/internal/app/manual"
)

// TestDocsAreCurrent: docs/cli.md is what the commands say of themselves. Run it with
// WEIR_DOCS=write to write it anew.
func TestDocsAreCurrent(t *testing.T) {
	t.Setenv("WEIR_ADMIN", "") // they are defaults
	t.Setenv("WEIR_TOKEN_FILE", "")
	const file = "../../docs/cli.md"
	want := manual.Markdown(newFakeAdmin(t).root())
	if os.Getenv("WEIR_DOCS") == "write" {
		if err := os.WriteFile(file, want, 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the commands say (%v): WEIR_DOCS=write go test -run %s ./cmd/weir", file, err, t.Name())
	}
}

// rendered has groff, where it is there, show the pages, and wants no warning.
func rendered(t *testing.T, pages []string) {
	t.Helper()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("groff is not there: the pages are not rendered")
		return
	}
	var warnings bytes.Buffer
	cmd := exec.CommandContext(t.Context(), groff, append([]string{"-man", "-Tutf8", "-ww", "-z"}, pages...)...)
	cmd.Stderr = &warnings
	if err := cmd.Run(); err != nil || warnings.Len() > 0 {
		t.Errorf("%v\n%s", err, warnings.String())
	}
}
