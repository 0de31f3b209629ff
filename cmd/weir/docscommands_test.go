package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	docSpan  = regexp.MustCompile("`([^`\n]+)`")
	docBlock = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	ofWeir   = regexp.MustCompile(`(?:^|[\s($])weir ([a-z-][^|;&)\n]*)`)
	quoted   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	longFlag = regexp.MustCompile(`^--[a-z-]+`)
)

// TestDocumentedCommandsExist: every command that a page names is there, with the flags
// that it has beside it.
func TestDocumentedCommandsExist(t *testing.T) {
	root := newFakeAdmin(t).root()
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "../../README.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range typed(string(text)) {
			found++
			if wrong := misspelt(root, line); wrong != "" {
				t.Errorf("%s: weir %s: %s", file, line, wrong)
			}
		}
	}
	if found < 200 {
		t.Errorf("%d commands found in the pages, want 200 and more", found)
	}
}

// typed are the command lines of weir in a page's blocks and in its prose, without the
// word itself.
func typed(page string) (lines []string) {
	add := func(code string) {
		for line := range strings.Lines(code) {
			line, _, _ = strings.Cut(quoted.ReplaceAllString(line, "TEXT"), " #")
			for _, m := range ofWeir.FindAllStringSubmatch(line, -1) {
				lines = append(lines, strings.TrimSpace(m[1]))
			}
		}
	}
	for _, m := range docBlock.FindAllStringSubmatch(page, -1) {
		if m[1] == "" || m[1] == "sh" {
			add(m[2])
		}
	}
	for _, m := range docSpan.FindAllStringSubmatch(docBlock.ReplaceAllString(page, ""), -1) {
		if strings.HasPrefix(m[1], "weir ") {
			add(m[1])
		}
	}
	return lines
}

// misspelt says what of a command line is not there.
func misspelt(root *cobra.Command, line string) string {
	cmd, rest, err := root.Find(strings.Fields(line))
	if err != nil {
		return err.Error()
	}
	for i, word := range rest {
		word = strings.Trim(word, "[]")
		switch {
		case strings.HasPrefix(word, "--"):
			name := strings.TrimPrefix(longFlag.FindString(word), "--")
			if name != "help" && name != "version" && flag(cmd, func(f *pflag.Flag) bool { return f.Name == name }) == nil {
				return cmd.CommandPath() + " has no flag --" + name
			}
		case strings.HasPrefix(word, "-") && len(word) == 2:
			if word != "-h" && flag(cmd, func(f *pflag.Flag) bool { return f.Shorthand == word[1:] }) == nil {
				return cmd.CommandPath() + " has no flag " + word
			}
		case i == 0 && cmd.HasAvailableSubCommands() && strings.ToLower(word) == word && word != "...":
			return cmd.CommandPath() + " has no command " + word
		}
	}
	return ""
}

// flag is one of a command's, or of all commands'.
func flag(cmd *cobra.Command, is func(*pflag.Flag) bool) (found *pflag.Flag) {
	see := func(f *pflag.Flag) {
		if is(f) {
			found = f
		}
	}
	cmd.Flags().VisitAll(see)
	cmd.InheritedFlags().VisitAll(see)
	return found
}

func TestMisspeltCommandsAreSeen(t *testing.T) {
	root := newFakeAdmin(t).root()
	for line, ok := range map[string]bool{
		"rollout status api --watch":      true,
		"set-weight api v1=1 -o json":     true,
		"rollout":                         true,
		"rollot status":                   false,
		"rollout strat api":               false,
		"status --wach":                   false,
		"status -q":                       false,
		"--admin http://h:1 status api":   true,
		"rollout start api --reason=TEXT": true,
	} {
		if wrong := misspelt(root, line); (wrong == "") != ok {
			t.Errorf("weir %s: %q, want right: %v", line, wrong, ok)
		}
	}
}
