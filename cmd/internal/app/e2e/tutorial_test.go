//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// tutorialPart is one block of commands, and what the page says that comes of it.
var tutorialPart = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?")

// Promise: docs/tutorial-database.md, from top to bottom, on a real PostgreSQL: a
// release expands the schema, switches, goes back, switches again and contracts, and
// then there is no way back. Its blocks go to one shell, in their order.
func TestDatabaseTutorial(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs/tutorial-database.md"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(root, "deploy/tutorial/database/weir.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindSubmatch(page)
	if shown == nil || !strings.Contains(string(config), string(shown[1])) {
		t.Error("the page shows a configuration that is not a part of the tutorial's weir.yaml")
	}
	dir := tutorialFolder(t)
	here := strings.NewReplacer("127.0.0.1:8080", ground.FreeAddr(t), "127.0.0.1:9900", ground.FreeAddr(t),
		"127.0.0.1:3000", ground.FreeAddr(t), "127.0.0.1:3001", ground.FreeAddr(t), "127.0.0.1:3002", ground.FreeAddr(t),
		"cd deploy/tutorial/database\n", "cd "+dir+"\n", "CGO_ENABLED=0 go build -o people .\n", "") // built before, by who may
	if err := os.WriteFile(filepath.Join(dir, "weir.yaml"), []byte(here.Replace(string(config))), 0o644); err != nil {
		t.Fatal(err)
	}
	sh := newShell(t, dir)
	sh.run("export WEIR_ADMIN=http://" + strings.TrimSpace(here.Replace("127.0.0.1:9900")))
	parts := tutorialPart.FindAllSubmatch(page, -1)
	if len(parts) < 8 {
		t.Fatalf("%d blocks of commands in the page, want 8 and more", len(parts))
	}
	for _, part := range parts {
		got, want := sh.run(here.Replace(string(part[1]))), here.Replace(string(part[2]))
		if !told(want).MatchString(got) {
			t.Fatalf("after\n%s\nthe page says\n%s\nand this came:\n%s", part[1], want, got)
		}
	}
}

// told is what matches an output as the page shows it: "…" is anything in a line, and
// any lines where it is one of its own. Columns are apart by any number of spaces.
func told(shown string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for line := range strings.Lines(shown) {
		if line == "…\n" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		line = regexp.QuoteMeta(strings.TrimSuffix(line, "\n"))
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line, " ", " +"), "…", ".*") + `\n`)
	}
	return regexp.MustCompile(b.String() + `\z`)
}

// tutorialFolder is a folder with what the tutorial's has, its service and Weir built,
// that belongs to whom its shell runs as. Its name is short: PostgreSQL's socket is in it.
func tutorialFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	from := filepath.Join(root, "deploy/tutorial/database")
	sql, err := filepath.Glob(filepath.Join(from, "*.sql"))
	if err != nil || len(sql) < 3 {
		t.Fatal(sql, err)
	}
	bin := ground.Binary(t)
	for _, file := range append(sql, bin) {
		mode := os.FileMode(0o644)
		name := filepath.Base(file)
		if file == bin {
			mode, name = 0o755, "weir"
		}
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "people"), ".")
	build.Dir, build.Env = from, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	return dir
}

// shell is a bash that commands go to, one block after the other.
type shell struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	n   int
}

// newShell starts one in a folder that becomes its user's: PostgreSQL refuses root.
func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	args := []string{"bash"}
	if os.Getuid() == 0 {
		if _, err := user.Lookup("postgres"); err != nil {
			lacking(t, "postgresql")
		}
		if said, err := exec.Command("chown", "-R", "postgres", dir).CombinedOutput(); err != nil {
			t.Fatalf("chown: %v: %s", err, said)
		}
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) == 0 {
		lacking(t, "postgresql")
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	cmd.WaitDelay = time.Second // what the page has started has the pipe too
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // and all that the page has started
		_ = cmd.Wait()
		_ = w.Close()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "weir.log"))
			t.Logf("log of weir:\n%s", log[max(0, len(log)-8<<10):])
		}
	})
	s := &shell{t: t, in: in, out: bufio.NewReader(out)}
	s.run("trap 'kill $(jobs -p) 2>/dev/null' EXIT") // when this process is killed
	return s
}

// lacking ends a test for want of a Debian package: in CI that is a failure.
func lacking(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed (Debian: apt-get install %s)", tool, tool)
	}
	t.Skipf("%s is not installed (Debian: apt-get install %s)", tool, tool)
}

// run has commands run, and returns what they wrote.
func (s *shell) run(commands string) string {
	s.t.Helper()
	s.n++
	mark := fmt.Sprintf("-- end of block %d --\n", s.n)
	if _, err := io.WriteString(s.in, commands+"\necho '"+strings.TrimSuffix(mark, "\n")+"'\n"); err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	done := make(chan error, 1)
	go func() {
		for {
			line, err := s.out.ReadString('\n')
			if err != nil || line == mark {
				done <- err
				return
			}
			out.WriteString(line)
		}
	}()
	select {
	case err := <-done:
		if err != nil {
			s.t.Fatalf("%s\n%v", commands, err)
		}
	case <-time.After(time.Minute):
		s.t.Fatalf("no end of\n%s", commands)
	}
	return out.String()
}
