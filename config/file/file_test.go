package file

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	write := func(content string, mode fs.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(path, want string) {
		t.Helper()
		if _, _, err := Secret(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	fails(path, "no such file or directory")
	fails(filepath.Dir(path), "not a regular file")
	fails(os.DevNull, "not a regular file")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	fails(pipe, "not a regular file") // and does not wait
	write(strings.Repeat("x", maxSecret+1), 0o600)
	fails(path, "larger than 1 MiB")
	write(strings.Repeat("x", maxSecret), 0o600)
	if data, exposed, err := Secret(path); err != nil || len(data) != maxSecret || exposed != "" {
		t.Errorf("a good file: %d bytes, %q, %v", len(data), exposed, err)
	}
	write("x", 0o640)
	data, exposed, err := Secret(path)
	if want := path + ": its mode 0640 lets others read it: want 0600 (chmod 600 " + path + "), or 0640 of a file that is another user's"; err != nil || string(data) != "x" || exposed != want {
		t.Errorf("a file that others read: %q, %q, %v", data, exposed, err)
	}
}

func TestIsExposed(t *testing.T) {
	for mode, want := range map[fs.FileMode][2]bool{ // mine, another user's
		0o600: {false, false}, 0o400: {false, false}, 0o640: {true, false}, 0o440: {true, false},
		0o644: {true, true}, 0o444: {true, true}, 0o660: {true, true}, 0o602: {true, true}, 0o601: {true, true},
	} {
		if got := [2]bool{isExposed(mode, true), isExposed(mode, false)}; got != want {
			t.Errorf("%04o: exposed %v, want %v (of mine, of another's)", mode, got, want)
		}
	}
}
