package access

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	write := func(content string, mode fs.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+": no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Load(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	write("view:"+strings.Repeat("x", maxFile), 0o600)
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a large file: %v", err)
	}
	write("view:"+alpha, 0o600)
	l, err := Load(path)
	if err != nil || len(l.Tokens) != 1 || l.Exposed != "" {
		t.Errorf("a good file: %+v, %v", l, err)
	}
	write("view:"+alpha, 0o640)
	if l, err = Load(path); err != nil || !strings.Contains(l.Exposed, "its mode 0640 lets others read the tokens: want 0600 (chmod 600") {
		t.Errorf("a file that others read: %+v, %v", l, err)
	}
}

func TestExposed(t *testing.T) {
	for mode, want := range map[fs.FileMode][2]bool{ // mine, another user's
		0o600: {false, false}, 0o400: {false, false}, 0o640: {true, false}, 0o440: {true, false},
		0o644: {true, true}, 0o444: {true, true}, 0o660: {true, true}, 0o602: {true, true}, 0o601: {true, true},
	} {
		if got := [2]bool{exposed(mode, true), exposed(mode, false)}; got != want {
			t.Errorf("%04o: exposed %v, want %v (of mine, of another's)", mode, got, want)
		}
	}
}
