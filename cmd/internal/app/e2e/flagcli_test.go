//go:build !race

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlagsByCommandLine: who gets what is shown, set, explained and taken back, and each
// is in force with the next request.
func TestFlagsByCommandLine(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	flags := `{"$evaluators": {"internal": {"==": [{"var": "team"}, "core"]}}, "flags": {"new-checkout": {"state": "ENABLED",
  "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"if": [{"$ref": "internal"}, "on", null]}}}}`
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(flags), 0o600); err != nil {
		t.Fatal(err)
	}
	text := w.yaml(conf{versions: []version{one("v1", 100, v1.addr)}})
	text = strings.Replace(text, "\nroutes:\n", "\n  next: {versions: {v2: {endpoints: [\""+v2.addr+"\"]}}}\nflags: {files: [flags.json], context: {headers: {X-Team: team}}}\n"+
		"routes:\n  - {host: \"*\", path: /, upstream: next, when: {flag: new-checkout, is: on}}\n", 1)
	w.writeText(text)
	w.start()
	goesTo := func(what string, b *backend) {
		t.Helper()
		n := b.count()
		noFailures(t, closedLoop(w.web, 1, 3))
		if got := b.count() - n; got != 3 {
			t.Errorf("%s: %d of 3 requests there", what, got)
		}
	}
	goesTo("off by default", v1)
	w.says("flag list", "new-checkout", "by its rules, else off")
	w.says("flag explain new-checkout --context team=core", "new-checkout: on, true\nTARGETING_MATCH", "* if $ref internal", `team "core"`)
	w.says("flag explain new-checkout --context team=sales", "new-checkout: off, false\nDEFAULT")
	w.does("flag", "set", "new-checkout", "on", "--reason", "release 42")
	goesTo("on for everybody", v2)
	w.does("flag", "disable", "new-checkout", "--reason", "it fails")
	goesTo("disabled", v1)
	w.does("flag", "undo", "new-checkout")
	goesTo("undone", v2)
	w.does("flag", "set", "new-checkout", "--as-defined")
	goesTo("by its rules again", v1)
	w.says("flag get new-checkout", "revision 4, by its rules", "flags.json:", "on ", "off ")
	w.says("flag history new-checkout", "release 42", "disabled", "it fails", "undo")
	for args, want := range map[string]string{
		"flag disable new-chekout":               "flag new-chekout does not exist; there are new-checkout",
		"flag set new-checkout onn":              "flag new-checkout: variant onn does not exist; there are on, off; did you mean on?",
		"flag undo new-checkout --to-revision 9": "revision 9 does not exist; there are 1 to 4",
	} {
		if _, stderr, code := w.cli(strings.Fields(args)...); code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("weir %s: exit %d, %q, want 1 and %q", args, code, stderr, want)
		}
	}
}
