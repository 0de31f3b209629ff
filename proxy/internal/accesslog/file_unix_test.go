//go:build unix

package accesslog

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("target"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, want string }{
		{"new.log", ""},
		{"target", ""},
		{"link", "symbolic link"},
		{"pipe", "not a regular file"},
		{".", "not a regular file"},
		{"nowhere/access.log", "no such file"},
	} {
		out, err := open(at(tt.name))
		switch {
		case err == nil && tt.want == "":
			out.close()
		case err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	info, err := os.Stat(at("new.log"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&^0o640 != 0 {
		t.Errorf("mode %v, want none beyond 0640", mode)
	}
}

// A rotation: the file is renamed, lines go on to it until Reopen, then to a new
// one; none is lost.
func TestRotation(t *testing.T) {
	l := run(t)
	file := l.use(t, Options{})
	l.record(3, sample())
	eventually(t, "three lines", func() bool { return countLines(t, file) == 3 })
	old := file + ".1"
	if err := os.Rename(file, old); err != nil {
		t.Fatal(err)
	}
	l.record(2, sample())
	eventually(t, "two more in the old file", func() bool { return countLines(t, old) == 5 })
	l.Reopen()
	eventually(t, "a new file", func() bool { _, err := os.Stat(file); return err == nil })
	l.record(4, sample())
	l.stop()
	if n, m := countLines(t, old), countLines(t, file); n != 5 || m != 4 {
		t.Errorf("%d lines in the old file and %d in the new one, want 5 and 4", n, m)
	}
}

// A reopening that fails is told once and tried again; until then lines go on to
// the old file.
func TestReopenFails(t *testing.T) {
	l := run(t)
	file := l.use(t, Options{})
	l.record(1, sample())
	eventually(t, "a line", func() bool { return countLines(t, file) == 1 })
	old := file + ".1"
	if err := os.Rename(file, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("elsewhere", file); err != nil {
		t.Fatal(err)
	}
	l.Reopen()
	eventually(t, "trouble", func() bool { return !l.Stats().OK })
	l.record(1, sample())
	eventually(t, "a line in the old file", func() bool { return countLines(t, old) == 2 })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new file", func() bool { return l.Stats().OK })
	l.record(1, sample())
	l.stop()
	if n := countLines(t, file); n != 1 {
		t.Errorf("%d lines in the new file, want 1", n)
	}
	if said := l.said.String(); strings.Count(said, "cannot be reopened") != 1 || !strings.Contains(said, "symbolic link") ||
		strings.Count(said, "it is reopened") != 1 {
		t.Errorf("Weir's log:\n%s", said)
	}
}

// An output that takes a part leaves no half line behind: the next write ends it.
func TestTornLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	line := strings.Repeat("x", 999) + "\n"
	wr := &writer{log: zerolog.Nop(), out: &output{f: w}}
	w.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	const first = 200 // more than a pipe holds
	lost := wr.write([]byte(strings.Repeat(line, first)))
	if lost == 0 || wr.well() || len(wr.torn) == 0 {
		t.Fatalf("%d lines lost, well %v, %d bytes torn: want a line cut in two", lost, wr.well(), len(wr.torn))
	}
	if more := wr.write([]byte(line)); more != 1 {
		t.Fatalf("%d lines lost while nothing can be written, want 1", more)
	}
	got := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(r)
		got <- string(all)
	}()
	w.SetWriteDeadline(time.Time{})
	if n := wr.write([]byte(line)); n != 0 || !wr.well() {
		t.Errorf("%d lines lost although the output works again", n)
	}
	w.Close()
	if want := strings.Repeat(line, first-lost+1); <-got != want {
		t.Errorf("the reader has not got %d whole lines", first-lost+1)
	}
}

// A full disk loses lines, says so once, and is over when there is room again.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err) // Linux has it
	}
	l := run(t)
	l.Use(&Plan{rule: newRule(everything), format: newJSON(), out: &output{f: full}})
	defer full.Close()
	for i := range 3 {
		l.record(2, sample())
		eventually(t, "lost lines", func() bool { return l.Stats().Lost == uint64(2*i+2) })
	}
	if l.Stats().OK {
		t.Error("all is well on a full disk")
	}
	if said := l.said.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "no space left") {
		t.Errorf("Weir's log, want one line:\n%s", said)
	}
	file := l.use(t, Options{})
	eventually(t, "the change", func() bool { return l.next.Load() == nil })
	l.record(1, sample())
	eventually(t, "a line in another file", func() bool { return countLines(t, file) == 1 })
	if !l.Stats().OK {
		t.Error("trouble although lines are written")
	}
}

// A reader that takes nothing does not keep the process.
func TestStuckReader(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l := run(t)
	l.Use(&Plan{rule: newRule(everything), format: newJSON(), out: &output{f: w}})
	l.patience = 100 * time.Millisecond
	long := sample()
	long.Target = []byte(strings.Repeat("x", maxTarget))
	for range 20 {
		l.record(20, long)
		time.Sleep(time.Millisecond) // the owner takes some of them, until it is stuck
	}
	begun := time.Now()
	l.stop()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	if !strings.Contains(l.said.String(), "nobody takes the last lines") {
		t.Errorf("Weir's log:\n%s", l.said.String())
	}
	r.Close() // lets the owner go
	w.Close()
}
