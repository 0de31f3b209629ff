package app

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// repository is the folder of the README.
const repository = "../../.."

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```$")
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	linked   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
	textLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// pages are the README, the pages of docs and what else is written for people, with
// their texts.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "bench/*.md", "deploy/*.md", "deploy/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found[file] = string(text)
		}
	}
	if len(found) < 20 {
		t.Fatalf("%d pages found, want 20 and more", len(found))
	}
	return found
}

// TestLinksLead: what a page links to within the repository is there, with the heading
// that the link names.
func TestLinksLead(t *testing.T) {
	all := pages(t)
	headings := map[string][]string{}
	for file, text := range all {
		headings[file] = anchors(text)
	}
	for file, text := range all {
		text = codeSpan.ReplaceAllString(fenced.ReplaceAllString(text, ""), "``")
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, ":") {
				continue // elsewhere
			}
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
				continue
			}
			if there := headings[target]; anchor != "" && !slices.Contains(there, anchor) {
				t.Errorf("%s links to %s: there is no such heading, but %q", file, m[1], there)
			}
		}
	}
}

// anchors are the names that GitHub gives to a page's headings.
func anchors(page string) (names []string) {
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		title := textLink.ReplaceAllString(m[1], "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r > 127:
				return r
			default:
				return -1
			}
		}, strings.ToLower(title))
		names = append(names, name)
	}
	return names
}

// TestEveryPageIsInTheIndex: whoever looks for a page finds it in docs/README.md.
func TestEveryPageIsInTheIndex(t *testing.T) {
	all := pages(t)
	index := all[filepath.Join(repository, "docs/README.md")]
	for file := range all {
		name := filepath.Base(file)
		if filepath.Base(filepath.Dir(file)) == "docs" && name != "README.md" && !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/README.md does not link to %s", name)
		}
	}
}

// TestMakeTargetsExist: whoever types `make x` as a page says gets that.
func TestMakeTargetsExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9]+):`).FindAllStringSubmatch(string(text), -1) {
		targets[m[1]] = true
	}
	named, typed := 0, regexp.MustCompile("(?m)(?:`|^)make ([a-z0-9]+)")
	for file, page := range pages(t) {
		for _, m := range typed.FindAllStringSubmatch(page, -1) {
			named++
			// A line of prose may begin with the word.
			if !targets[m[1]] && strings.HasPrefix(m[0], "`") {
				t.Errorf("%s says make %s, which the Makefile does not have", file, m[1])
			}
		}
	}
	if named < 5 {
		t.Errorf("%d targets found in the pages, want 5 and more", named)
	}
}
