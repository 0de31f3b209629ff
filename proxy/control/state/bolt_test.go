package state

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustOpen(t *testing.T, dir string) *Bolt {
	t.Helper()
	b, err := OpenBolt(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func mustSave(t *testing.T, s Store, changes map[string][]byte) {
	t.Helper()
	if err := s.Save(changes); err != nil {
		t.Fatal(err)
	}
}

func TestBoltKeepsValuesAcrossOpens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	b := mustOpen(t, dir)
	mustSave(t, b, map[string][]byte{"a": []byte("1"), "b": []byte("2")})
	mustSave(t, b, map[string][]byte{"a": nil, "c": []byte("3")})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("second Close: %v, want none", err)
	}
	if _, err := b.Load(); err == nil {
		t.Error("Load of a closed store: no error")
	}
	got, err := mustOpen(t, dir).Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]byte{"b": []byte("2"), "c": []byte("3")}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestBoltLockedByAnother(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	_, err := OpenBolt(dir)
	if err == nil || !strings.Contains(err.Error(), "locked") || !strings.Contains(err.Error(), dir) {
		t.Errorf("second open: %v, want one that names the file and says that it is locked", err)
	}
}

func TestBoltReadOnlyFile(t *testing.T) {
	dir := t.TempDir()
	b := mustOpen(t, dir)
	mustSave(t, b, map[string][]byte{"a": []byte("1")})
	b.Close()
	// Tests may run as root, whom no file mode stops: the system's refusal is played.
	refuse := func(name string, flag int, mode os.FileMode) (*os.File, error) {
		if flag&os.O_RDWR != 0 {
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
		}
		return os.OpenFile(name, flag, mode)
	}
	ro, err := openBolt(dir, refuse)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	got, err := ro.Load()
	if err != nil || string(got["a"]) != "1" {
		t.Errorf("Load = %q, %v, want the value saved before", got, err)
	}
	if err := ro.Save(map[string][]byte{"a": []byte("2")}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Save: %v, want ErrReadOnly", err)
	}
	if _, err := openBolt(t.TempDir(), refuse); !errors.Is(err, syscall.EROFS) {
		t.Errorf("open of a missing file: %v, want EROFS", err)
	}
}

func TestBoltRefusedByTheSystem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBolt(filepath.Join(file, "state")); !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), file) {
		t.Errorf("directory below a file: %v, want ENOTDIR with the path", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBolt(dir); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("directory in the file's place: %v, want EISDIR", err)
	}
}

// TestBoltFileThatIsGone: what is saved to a file that nobody can find again is not
// kept.
func TestBoltFileThatIsGone(t *testing.T) {
	for name, do := range map[string]func(dir string) error{
		"removed":         func(dir string) error { return os.Remove(filepath.Join(dir, fileName)) },
		"with its folder": func(dir string) error { return os.RemoveAll(dir) },
		"replaced": func(dir string) error {
			path := filepath.Join(dir, fileName)
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			b := mustOpen(t, dir)
			mustSave(t, b, map[string][]byte{"a": []byte("1")})
			if err := do(dir); err != nil {
				t.Fatal(err)
			}
			err := b.Save(map[string][]byte{"a": []byte("2")})
			if !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), filepath.Join(dir, fileName)) {
				t.Errorf("Save: %v, want ErrGone and the file", err)
			}
			b.Close()
			again := mustOpen(t, dir)
			mustSave(t, again, map[string][]byte{"a": []byte("3")})
		})
	}
}

// sample is a state file with some content.
func sample(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	b := mustOpen(t, dir)
	for i := range 4 {
		mustSave(t, b, map[string][]byte{"upstream/a": bytes.Repeat([]byte{'x'}, 3000*(i+1)), "upstream/b": []byte("{}")})
	}
	b.Close()
	content, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestBoltNotAStateFile(t *testing.T) {
	for name, content := range map[string][]byte{
		"text":      []byte("hello, I am no database"),
		"zeros":     make([]byte, 32<<10),
		"truncated": sample(t)[:5000],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OpenBolt(dir)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(dir, fileName)+": damaged: move it away") {
				t.Errorf("open: %v, want ErrDamaged, the file and what to do", err)
			}
		})
	}
}

// TestBoltDamaged: whatever happened to the file, every method answers; none
// panics, and the lock is given back.
func TestBoltDamaged(t *testing.T) {
	original := sample(t)
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "") // its own: a lock that stays must not fail another case
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, fileName)
		content := bytes.Clone(original)
		for range rapid.IntRange(1, 4).Draw(t, "wounds") {
			at := rapid.IntRange(0, len(content)-1).Draw(t, "at")
			n := min(rapid.SampledFrom([]int{1, 8, 512, 4096}).Draw(t, "bytes"), len(content)-at)
			fill := rapid.Byte().Draw(t, "fill")
			for i := range n {
				content[at+i] ^= fill
			}
		}
		content = content[:rapid.IntRange(len(content)/2, len(content)).Draw(t, "length")]
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := OpenBolt(dir)
		if err == nil {
			_, loadErr := b.Load()
			saveErr := b.Save(map[string][]byte{"upstream/a": []byte("{}")})
			err = errors.Join(loadErr, saveErr, b.Close())
		}
		f, openErr := os.Open(path)
		if openErr != nil {
			t.Fatal(openErr)
		}
		defer f.Close()
		if lockErr := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); lockErr != nil {
			t.Fatalf("the file is still locked (%v) after: %v", lockErr, err)
		}
	})
}
