//go:build !race

package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// clone is a folder with what pages use of a clone: the program, and what is below
// deploy/examples and deploy/tutorial, moved to other addresses. Its name is short:
// PostgreSQL's socket is in it.
func clone(t *testing.T, here *elsewhere) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	weir, err := os.ReadFile(ground.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "bin/weir"), weir, 0o755)
	for _, folder := range []string{"deploy/examples", "deploy/tutorial"} {
		err = fs.WalkDir(os.DirFS(root), folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text := textOf(t, filepath.Join(root, path))
			if strings.HasSuffix(path, ".yaml") {
				if !strings.Contains(text, "\nadmin:") {
					text += "admin: {address: \"127.0.0.1:9900\"}\n" // the default, where it can be moved
				}
				text = here.text(text)
			}
			writeFile(t, filepath.Join(dir, path), []byte(text), 0o644)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeFile(t *testing.T, file string, text []byte, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, text, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// asPostgres prepares a clone for the tutorial of databases, and returns what has a
// command run as a user whom PostgreSQL does not refuse, as it does root.
func asPostgres(t *testing.T, dir string) (args []string) {
	t.Helper()
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) == 0 {
		lacking(t, "postgresql")
	}
	build := exec.Command("go", "build", "-o", "people", ".")
	build.Dir, build.Env = filepath.Join(dir, "deploy/tutorial/database"), append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	if os.Getuid() != 0 {
		return nil
	}
	if _, err := user.Lookup("postgres"); err != nil {
		lacking(t, "postgresql")
	}
	if said, err := exec.Command("chown", "-R", "postgres", dir).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v: %s", err, said)
	}
	return []string{"runuser", "-u", "postgres", "--"}
}

// What the tutorial shows of its configuration is a part of it.
func TestDatabaseTutorialShowsItsConfiguration(t *testing.T) {
	t.Parallel()
	page := textOf(t, filepath.Join(root, "docs/tutorial-database.md"))
	shown := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindStringSubmatch(page)
	if shown == nil || !strings.Contains(textOf(t, filepath.Join(root, "deploy/tutorial/database/weir.yaml")), shown[1]) {
		t.Error("the page shows a configuration that is not a part of the tutorial's weir.yaml")
	}
}
