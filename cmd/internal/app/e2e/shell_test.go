//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell is a bash that commands go to, one block after the other.
type shell struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	n   int
}

// failedMark begins the line that tells of a command that has failed.
const failedMark = "-- failed: "

// newShell starts the command, which is a bash, in a folder.
func newShell(t *testing.T, dir string, args ...string) *shell {
	t.Helper()
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
			logsBelow(t, dir)
		}
	})
	s := &shell{t: t, in: in, out: bufio.NewReader(out)}
	s.run("trap 'kill $(jobs -p) 2>/dev/null' EXIT") // when this process is killed
	s.run("trap 'echo \"" + failedMark + "$BASH_COMMAND\" | head -n 1' ERR")
	return s
}

// logsBelow shows what the page's Weir has logged.
func logsBelow(t *testing.T, dir string) {
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "weir.log" {
			log, _ := os.ReadFile(path)
			t.Logf("%s:\n%s", path, log[max(0, len(log)-8<<10):])
		}
		return nil
	})
}

// run has commands run, and returns what they wrote, and those that failed.
func (s *shell) run(commands string) (wrote string, failed []string) {
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
			rest, last := strings.CutSuffix(line, mark)
			rest, command, bad := strings.Cut(rest, failedMark)
			if bad {
				failed = append(failed, strings.TrimSpace(command))
			}
			out.WriteString(rest)
			if rest != "" && !strings.HasSuffix(rest, "\n") {
				out.WriteString("\n") // which what a command wrote did not have at its end
			}
			if err != nil || last {
				done <- err
				return
			}
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
	return out.String(), failed
}

// lacking ends a test for want of a Debian package: in CI that is a failure.
func lacking(t *testing.T, tool string) {
	t.Helper()
	unable(t, fmt.Sprintf("%s is not installed (Debian: apt-get install %s)", tool, tool))
}

// unable ends a test for want of something: in CI that is a failure.
func unable(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
