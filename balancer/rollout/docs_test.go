package rollout_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables and plots of docs/rollouts.md, and those in testdata")

const docs = "../../docs/rollouts.md"

// documented compares a part of the docs, between its marks, with what the code
// says; with -update it writes it there.
func documented(t *testing.T, part, text string) {
	t.Helper()
	in, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+part+", written by go test ./balancer/rollout -update -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(in), begin)
	was, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s: no part %s between %q and %q", docs, part, begin, end)
	}
	if was == text {
		return
	}
	if !*update {
		t.Errorf("%s: %s is not what the code does; go test ./balancer/rollout -update writes\n%s", docs, part, text)
		return
	}
	if err := os.WriteFile(docs, []byte(before+begin+text+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
