//go:build !race

package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// root is the folder of the README.
const root = "../../../.."

// notRun are the lines of pages that this does not run, and why.
var notRun = map[string]string{
	"make demo": "TestDemo does",
	"npm install @openfeature/server-sdk @openfeature/ofrep-provider": "withClients has those of a lockfile",
	"make test":                          "that runs this",
	"make build":                         "this is given the binary",
	"CGO_ENABLED=0 go build -o people .": "was done before, by a user who has a cache for it",
}

// Promise: what pages tell people to type works as it is written there, from top to
// bottom, and what they say that comes of it does.
func TestPagesDatabase(t *testing.T) {
	t.Parallel()
	page{file: "docs/tutorial-database.md", blocks: 8, postgres: true}.follow(t)
}

func TestPagesFirstCanary(t *testing.T) {
	t.Parallel()
	page{file: "docs/first-canary.md", blocks: 8}.follow(t)
}

func TestPagesRolling(t *testing.T) {
	t.Parallel()
	page{file: "docs/tutorial-rolling.md", blocks: 6}.follow(t)
}

func TestPagesBlueGreen(t *testing.T) {
	t.Parallel()
	page{file: "docs/tutorial-blue-green.md", blocks: 6}.follow(t)
}

func TestPagesTutorialFlags(t *testing.T) {
	t.Parallel()
	page{file: "docs/tutorial-flags.md", blocks: 7}.follow(t)
}

func TestPagesReadme(t *testing.T) {
	t.Parallel()
	page{file: "README.md", blocks: 4, services: true}.follow(t)
}

func TestPagesAPI(t *testing.T) {
	t.Parallel()
	page{file: "docs/api.md", blocks: 7, services: true, canary: true}.follow(t)
}

func TestPagesFlags(t *testing.T) {
	t.Parallel()
	page{file: "docs/flags.md", blocks: 5, services: true, node: true}.follow(t)
}

// page is one whose commands are run.
type page struct {
	file     string
	blocks   int  // as many at least
	services bool // it supposes that something answers at 3001 and 3002
	canary   bool // and that a Weir in front of it serves deploy/examples/canary.yaml
	node     bool // OpenFeature's clients are installed
	postgres bool // its shell is of a user whom PostgreSQL does not refuse
}

// follow runs the blocks of a page in one shell, in a folder with what it needs of a clone.
func (p page) follow(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		lacking(t, "curl")
	}
	here := elsewhere{t: t, addrs: map[string]string{}}
	if p.services {
		for _, addr := range []string{"127.0.0.1:3001", "127.0.0.1:3002"} {
			here.addrs[addr] = newBackend(t).addr
		}
	}
	dir := clone(t, &here)
	if p.node {
		withClients(t, dir)
	}
	args := []string{"bash"}
	if p.postgres {
		args = append(asPostgres(t, dir), args...)
	}
	sh := newShell(t, dir, args...)
	sh.run("export PATH=\"$PWD/bin:$PATH\" TMPDIR=\"$PWD\" WEIR_ADMIN=http://" + here.of("127.0.0.1:9900") + "\n" + otherTerminal)
	if p.canary {
		sh.follow("weir run -c deploy/examples/canary.yaml\n", "")
	}
	parts := pageParts(t, p.file)
	if len(parts) < p.blocks {
		t.Errorf("%d blocks of commands in the page, want %d and more", len(parts), p.blocks)
	}
	for _, part := range parts {
		began := time.Now()
		sh.follow(here.text(part.commands), here.text(part.shown))
		if took := time.Since(began); took > 2*time.Second {
			t.Logf("%.1f s: %.60q", took.Seconds(), part.commands)
		}
	}
}

// follow runs a block, and demands what the page shows, or that all of it succeeds.
func (s *shell) follow(commands, shown string) {
	s.t.Helper()
	got, failed := s.run(runnable(commands))
	switch {
	case shown != "":
		if !told(shown).MatchString(strings.ReplaceAll(got, "\r\n", "\n")) {
			s.t.Fatalf("after\n%s\nthe page says\n%s\nand this came:\n%s", commands, shown, got)
		}
	case len(failed) > 0 || refusal.MatchString(got):
		s.t.Fatalf("after\n%s\nthe page says nothing of an error, but of %q this came:\n%s", commands, failed, got)
	}
}

// refusal is what an answer has that is a problem.
var refusal = regexp.MustCompile(`"status":\s*[45]\d\d`)

// otherTerminal runs a Weir in front as another terminal would, instead of the one that
// is there.
const otherTerminal = `other_terminal() {
	[ -z "$other" ] || { kill $other; wait $other; } 2>/dev/null
	"$@" >weir.log 2>&1 & other=$!
	until weir status --ready >ready 2>&1; do kill -0 $other || return 1; sleep 0.05; done
}`

// runnable is a block without what is not run.
func runnable(block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		command, _, _ := strings.Cut(strings.TrimSpace(line), " #")
		command = strings.TrimSpace(command)
		if _, out := notRun[command]; out {
			continue
		}
		if strings.HasPrefix(command, "weir run ") && !strings.HasSuffix(command, "&") {
			line = "other_terminal " + command + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// pagePart is one block of commands, and what the page says that comes of it.
type pagePart struct{ commands, shown string }

var pageBlocks = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?")

func pageParts(t *testing.T, file string) (parts []pagePart) {
	t.Helper()
	page := textOf(t, filepath.Join(root, file))
	for _, m := range pageBlocks.FindAllStringSubmatch(page, -1) {
		parts = append(parts, pagePart{m[1], m[2]})
	}
	return parts
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
		line = regexp.QuoteMeta(strings.Join(strings.Fields(line), " "))
		b.WriteString(` *` + strings.ReplaceAll(strings.ReplaceAll(line, " ", " +"), "…", ".*") + `\n`)
	}
	return regexp.MustCompile(b.String() + `\z`)
}

// elsewhere moves a page to addresses that nobody else has.
type elsewhere struct {
	t     *testing.T
	addrs map[string]string // by the page's
}

var pageAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)

func (e *elsewhere) of(addr string) string {
	if e.addrs[addr] == "" {
		e.addrs[addr] = ground.FreeAddr(e.t)
	}
	return e.addrs[addr]
}

func (e *elsewhere) text(s string) string { return pageAddress.ReplaceAllStringFunc(s, e.of) }
