package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStateCommands goes from nothing to a directory, and back to JSON.
func TestStateCommands(t *testing.T) {
	f, dir := newFakeAdmin(t), filepath.Join(t.TempDir(), "state")
	file := filepath.Join(t.TempDir(), "export.json")
	if err := os.WriteFile(file, []byte(`{"format": 1, "at": "2025-03-04T05:06:07Z", "records": {"note": {"a": 1}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := f.weir("state", "import", dir, file); code != exitOK || stdout != dir+": 1 record\n" {
		t.Errorf("import: exit %d, %q, %q", code, stdout, stderr)
	}
	if _, stderr, code := f.weir("state", "import", dir, file); code != exitRefused || !strings.Contains(stderr, "--replace") {
		t.Errorf("import again: exit %d, %q, want 1 and what would do", code, stderr)
	}
	stdout, stderr, code := f.weir("state", "export", dir)
	var x struct{ Records map[string]map[string]int }
	if err := json.Unmarshal([]byte(stdout), &x); code != exitOK || err != nil || x.Records["note"]["a"] != 1 {
		t.Errorf("export: exit %d, %q, %v in %s", code, stderr, err, stdout)
	}
	if stdout, stderr, code := f.weir("state", "compact", dir, "-o", "yaml"); code != exitOK || !strings.Contains(stdout, "after_bytes: ") {
		t.Errorf("compact: exit %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = f.weir("check", "testdata/good.yaml", "--state", dir)
	if code != exitOK || !strings.Contains(stdout, "nothing is kept of it: the file's split serves") {
		t.Errorf("check --state: exit %d, %q, %q", code, stdout, stderr)
	}
	for _, args := range [][]string{{"state", "export", "/nowhere"}, {"state", "compact", "/nowhere"}, {"check", "testdata/good.yaml", "--state", "/nowhere"}} {
		if _, stderr, code := f.weir(args...); code != exitRefused || !strings.Contains(stderr, "there is no weir.db in it") {
			t.Errorf("%q: exit %d, %q", args, code, stderr)
		}
	}
}
