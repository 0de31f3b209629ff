package records

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/proxy/control"
	"weir/proxy/control/state"
)

// kept is the record of an upstream as a Weir keeps it, of a file that said v1=90 v2=10.
func kept(revision int, stable string, v1, v2 int) string {
	split := fmt.Sprintf(`{"v1":%d,"v2":%d}`, v1, v2)
	return fmt.Sprintf(`{"format":1,"split":{"stable":%q,"weights":%s},"base":{"stable":"v1","weights":{"v1":90,"v2":10}},"revision":%d,`+
		`"history":[{"revision":%d,"at":"2025-03-04T05:06:07Z","source":"api","split":%s,"stable":%q,"settled":true}],"rollout":null,`+
		`"endpoints":{"v1":{"127.0.0.1:3001":{"state":"drain","author":"ann"}}}}`, stable, split, revision, revision, split, stable)
}

// storeOf is a directory with these values.
func storeOf(t *testing.T, values map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	s, err := state.OpenBolt(dir)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string][]byte{}
	for k, v := range values {
		changes[k] = []byte(v)
	}
	if err := errors.Join(s.Save(changes), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func valuesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	s, err := state.OpenBolt(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	values, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestThereAndBack: what is exported fills another directory with the same, without the
// secret, and is not mixed with what is there.
func TestThereAndBack(t *testing.T) {
	from := storeOf(t, map[string]string{"upstream/api": kept(7, "v2", 0, 100), "upstream/web": kept(2, "v1", 90, 10), control.SecretKey: "\x00secret"})
	x, err := Save(from)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(x)
	if err != nil || bytes.Contains(text, []byte("secret")) || len(x.Records) != 2 {
		t.Fatalf("%v, export %s", err, text)
	}
	to := filepath.Join(t.TempDir(), "new")
	if n, err := Fill(to, bytes.NewReader(text), false); n != 2 || err != nil {
		t.Fatalf("into nothing: %d, %v", n, err)
	}
	if got := string(valuesOf(t, to)["upstream/api"]); got != kept(7, "v2", 0, 100) {
		t.Errorf("api is %s", got)
	}
	full := storeOf(t, map[string]string{"upstream/old": kept(1, "v1", 90, 10), control.SecretKey: "mine"})
	if _, err := Fill(full, bytes.NewReader(text), false); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("into one that has something: %v, want %v", err, ErrNotEmpty)
	}
	if n, err := Fill(full, bytes.NewReader(text), true); n != 2 || err != nil {
		t.Errorf("with replace: %d, %v", n, err)
	}
	if got := valuesOf(t, full); len(got) != 3 || got["upstream/old"] != nil || string(got[control.SecretKey]) != "mine" {
		t.Errorf("with replace there are %q", got)
	}
}

func TestWhatIsNotImported(t *testing.T) {
	for text, want := range map[string]string{
		`hello`:                     "want what weir state export has written",
		`{"format":2,"records":{}}`: "format 2: want 1",
		`{"records":{}}`:            "format 0: want 1",
		`{"format":1,"recrods":{}}`: "recrods",
		`{"format":1,"records":{"upstream/api":{"format":1}}}`: "record upstream/api: ",
		`{"format":1,"records":{"approval-key":"x"}}`:          "record approval-key: want none",
	} {
		dir := t.TempDir()
		if _, err := Fill(dir, strings.NewReader(text), true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if _, err := os.Stat(state.File(dir)); err == nil {
			t.Errorf("%s: a store was made", text)
		}
	}
}

// TestALockedStoreIsLeftAlone, and it is said whose it is.
func TestALockedStoreIsLeftAlone(t *testing.T) {
	dir := storeOf(t, map[string]string{"upstream/api": kept(7, "v2", 0, 100)})
	s, err := state.OpenBolt(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := fmt.Sprintf("another process has it locked (waited 1s): stop process %d first", os.Getpid())
	for name, do := range map[string]func() error{
		"export":  func() error { _, err := Save(dir); return err },
		"import":  func() error { _, err := Fill(dir, strings.NewReader(`{"format":1,"records":{}}`), true); return err },
		"compact": func() error { _, _, err := Compact(dir); return err },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestCompact(t *testing.T) {
	dir := storeOf(t, map[string]string{"upstream/api": kept(7, "v2", 0, 100)})
	s, err := state.OpenBolt(dir)
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 4<<20)
	if err := errors.Join(s.Save(map[string][]byte{"big": big}), s.Save(map[string][]byte{"big": nil}), s.Close()); err != nil {
		t.Fatal(err)
	}
	before, after, err := Compact(dir)
	if err != nil || before < 4<<20 || after > 1<<20 {
		t.Errorf("%d bytes before, %d after, %v", before, after, err)
	}
	if got := valuesOf(t, dir); len(got) != 1 || string(got["upstream/api"]) != kept(7, "v2", 0, 100) {
		t.Errorf("after it there are %q", got)
	}
	if there, _ := os.ReadDir(dir); len(there) != 1 {
		t.Errorf("files are left: %v", there)
	}
	if _, _, err := Compact(t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no weir.db in it") {
		t.Errorf("nothing to compact: %v", err)
	}
}

// TestDrift: agreement, state, file, both orders of stable; what is kept of no upstream
// of the file, and settings of endpoints.
func TestDrift(t *testing.T) {
	for name, c := range map[string]struct {
		kept string
		v2   int // its weight in the file
		want string
	}{
		"agrees": {kept(2, "v1", 90, 10), 10, "api: file and state agree: revision 2 serves (stable v1, v1: 90, v2: 10)\n"},
		"state wins": {kept(7, "v2", 0, 100), 10,
			"api: revision 7 serves (stable v2, v1: 0, v2: 100) and not the file's split (stable v1, v1: 90, v2: 10), which has not changed since it was applied or does not count now\n"},
		"file wins": {kept(7, "v2", 0, 100), 20,
			"api: the file's split (stable v1, v1: 90, v2: 20) replaces revision 7 (stable v2, v1: 0, v2: 100): the file's split changed while weir was not running\n"},
		"damaged": {`{"format":9}`, 10, "api: what is kept cannot be used (format 9, want 1): it is set aside, and the file's split serves (stable v1, v1: 90, v2: 10)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeOf(t, map[string]string{"upstream/api": c.kept, "upstream/old": kept(1, "v1", 90, 10)})
			file := filepath.Join(t.TempDir(), "weir.yaml")
			text := fmt.Sprintf(`listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    stable: v1
    versions:
      v1: {weight: 90, endpoints: ["127.0.0.1:3001"]}
      v2: {weight: %d, endpoints: ["127.0.0.1:3002"]}
routes: [{host: "*", path: /, upstream: api}]
`, c.v2)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := Drift(dir, file, &out); err != nil {
				t.Fatal(err)
			}
			want := c.want
			if name != "damaged" {
				want += "api: endpoint 127.0.0.1:3001 of v1 is set apart from the file: drain by ann\n"
			}
			if want += "old: it is kept, and not in the file: it does not serve\n"; out.String() != want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), want)
			}
		})
	}
}
