package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

// everyCommand has for each command arguments with which it succeeds; alone: without a
// running Weir. What serves until it is stopped, or takes long, has none: the end-to-end
// tests run it.
var everyCommand = map[string]struct {
	args  string
	alone bool
}{
	"weir audit":            {"api", false},
	"weir check":            {"testdata/good.yaml", true},
	"weir completion bash":  {"", true},
	"weir completion fish":  {"", true},
	"weir completion zsh":   {"", true},
	"weir demo":             {},
	"weir down":             {"api 127.0.0.1:3001", false},
	"weir drain":            {"api 127.0.0.1:3001", false},
	"weir events":           {"api", false},
	"weir explain":          {"api", false},
	"weir flag disable":     {"new-checkout", false},
	"weir flag enable":      {"new-checkout", false},
	"weir flag explain":     {"new-checkout --context targetingKey=42", false},
	"weir flag get":         {"new-checkout", false},
	"weir flag history":     {"new-checkout", false},
	"weir flag list":        {"", false},
	"weir flag set":         {"new-checkout on", false},
	"weir flag undo":        {"new-checkout", false},
	"weir import nginx":     {},
	"weir read-only":        {"api off", false},
	"weir reload":           {"", false},
	"weir rollout abort":    {"api", false},
	"weir rollout approve":  {"api boss", false},
	"weir rollout gates":    {"api", false},
	"weir rollout history":  {"api", false},
	"weir rollout pause":    {"api", false},
	"weir rollout plan":     {"api", false},
	"weir rollout promote":  {"api", false},
	"weir rollout resume":   {"api", false},
	"weir rollout simulate": {"--rps 100 --stable-errors 0% --candidate-errors 50% --runs 2", true},
	"weir rollout start":    {"api --to v2", false},
	"weir rollout status":   {"api", false},
	"weir rollout undo":     {"api", false},
	"weir run":              {},
	"weir schema":           {"", true},
	"weir set-weight":       {"api v1=90 v2=10", false},
	"weir state compact":    {}, // state_test.go has these
	"weir state export":     {},
	"weir state import":     {},
	"weir status":           {"", false},
	"weir top":              {}, // the end-to-end tests have it on a terminal
	"weir up":               {"api 127.0.0.1:3001", false},
	"weir version":          {"", true},

	"weir completion powershell": {"", true},
}

// TestExitCodes of every command: 2 for what it does not understand, 0 when it succeeds, 1
// when Weir refuses, 1 and what may be the matter when nobody is there.
func TestExitCodes(t *testing.T) {
	up, refusing, down := newFakeAdmin(t), newFakeAdmin(t), newFakeAdmin(t)
	refusing.set(func() { refusing.mu.refuse = &api.Problem{Status: 409, Detail: "no"} })
	down.Close()
	seen := map[string]bool{}
	visit(up.root(), func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		c, ok := everyCommand[path]
		if !ok {
			t.Errorf("%s has no line in the table", path)
			return
		}
		seen[path] = true
		words := strings.Fields(strings.TrimPrefix(path, "weir "))
		wants := func(f *fakeAdmin, code int, stderr string, args ...string) {
			t.Helper()
			out, errOut, got := f.weir(append(words, args...)...)
			if got != code || !strings.Contains(errOut, stderr) || (code == exitOK) != (errOut == "") || code != exitOK && out != "" {
				t.Errorf("%s %q: exit %d, stdout %q, stderr %q, want %d and %q", path, args, got, out, errOut, code, stderr)
			}
		}
		wants(up, exitUsage, "--no-such-flag", "--no-such-flag")
		args := strings.Fields(c.args)
		if !c.alone && c.args == "" && path != "weir reload" && path != "weir status" && path != "weir flag list" {
			return
		}
		wants(up, exitOK, "", args...)
		if !c.alone {
			wants(refusing, exitRefused, "no\n", args...)
			wants(down, exitRefused, "\nis weir running? --admin says where its admin API is, now "+down.URL+"\n", args...)
		}
	})
	for path := range everyCommand {
		if !seen[path] {
			t.Errorf("%s is in the table, and is no command", path)
		}
	}
}

// root is the tree of commands as execute builds it.
func (f *fakeAdmin) root() *cobra.Command {
	root := (&cli{}).root()
	root.InitDefaultCompletionCmd()
	return root
}

// visit calls f with every command that people are to know of and that does something.
func visit(cmd *cobra.Command, f func(*cobra.Command)) {
	for _, sub := range cmd.Commands() {
		visit(sub, f)
	}
	if cmd.HasParent() && cmd.IsAvailableCommand() && !cmd.HasAvailableSubCommands() && cmd.Name() != "help" {
		f(cmd)
	}
}

func TestHelpOnExitCodes(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("help", "exit-codes")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "  3  of run") {
		t.Errorf("exit %d, stderr %q, output %s", code, stderr, stdout)
	}
}

// TestManPages: one for each command, written where they are wanted.
func TestManPages(t *testing.T) {
	f, dir := newFakeAdmin(t), t.TempDir()
	if _, stderr, code := f.weir("man", filepath.Join(dir, "man1")); code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "man1", "weir*.[15]"))
	if err != nil || len(pages) < len(everyCommand)+1 {
		t.Errorf("%d pages, %v, want one for each of %d commands and weir.yaml.5", len(pages), err, len(everyCommand))
	}
	rendered(t, pages)
	if _, stderr, code := f.weir("man", "/dev/null/x"); code != exitRefused || stderr == "" {
		t.Errorf("nowhere to write: exit %d, %q", code, stderr)
	}
}
