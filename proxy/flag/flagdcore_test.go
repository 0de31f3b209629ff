//go:build !race

package flag

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFlagdCore: flags are decided as flagd's own evaluator for JavaScript decides them, by
// its own operators above all. WEIR_FLAGD says to run it: node and what npm installs in
// testdata/flagd must be there then.
func TestFlagdCore(t *testing.T) {
	if os.Getenv("WEIR_FLAGD") == "" {
		t.Skip("without WEIR_FLAGD: make e2e runs it")
	}
	const sets, cases = 50 * often, 200 // 10 000, and some that nobody has tried
	var batches []batch
	for i, seed := range seeds(t) {
		g := newGenerator(seed, true)
		for range sets / (1 + 4*i) {
			batches = append(batches, g.batch(cases))
		}
	}
	theirs := decide(t, batches)
	wrong := 0
	for i, b := range batches {
		file, problems := Parse("flags.json", []byte(shown(b.Definitions)))
		if problems != nil {
			t.Fatal(problems)
		}
		s, problems := Compile([]*File{file})
		if problems != nil {
			t.Fatal(problems)
		}
		for j, c := range b.Cases {
			v, err := ValueOf(c.Context)
			if err != nil {
				t.Fatal(err)
			}
			d := s.Flag(c.Key).Evaluate(&Context{View: &Attributes{v}}, nil)
			if got := [3]string{d.Variant, d.Reason, d.Code}; got != theirs[i][j] {
				t.Errorf("%s of %s: %q, flagd says %q", s.Flag(c.Key).Targeting(), shown(c.Context), got, theirs[i][j])
				if wrong++; wrong > 10 {
					t.FailNow()
				}
			}
		}
	}
}

// batch is flags and who is asked about.
type batch struct {
	Definitions branch `json:"definitions"`
	Cases       []ask  `json:"cases"`
}

type ask struct {
	Key     string `json:"key"`
	Context branch `json:"context"`
}

func (g generator) batch(cases int) batch {
	flags := branch{}
	b := batch{Definitions: branch{"flags": flags, "$evaluators": branch{"shared": g.truth(2)}}}
	variants := branch{}
	for _, name := range []string{"red", "blue", "green", "true", "false"} {
		variants[name] = name
	}
	const each = 4 // are asked about a flag: to read it takes longer
	for i := range cases / each {
		key := fmt.Sprintf("flag-%d", i)
		flags[key] = branch{"state": "ENABLED", "variants": variants, "defaultVariant": "green", "targeting": g.targeting()}
		for range each {
			b.Cases = append(b.Cases, ask{key, g.context()})
		}
	}
	return b
}

// targeting is a rule that chooses a variant, or none, or one that there is not.
func (g generator) targeting() tree {
	switch g.IntN(6) {
	case 0:
		return branch{"if": []any{g.truth(3), "red", nil}}
	case 1:
		return branch{"if": []any{branch{"$ref": "shared"}, "red", branch{"var": "color"}}}
	case 2:
		return branch{"if": []any{branch{"sem_ver": []any{branch{"var": "v"}, pick(g, "=", "<", ">=", "^", "~"), branch{"var": "w"}}}, "red", "blue"}}
	case 3:
		return branch{"sem_ver": []any{branch{"var": "v"}, pick(g, "=", "!=", "<", "<=", ">", ">=", "^", "~"), branch{"var": "w"}}}
	}
	shares := []any{} // by texts in ASCII: of others that evaluator hashes something else than flagd itself
	switch g.IntN(3) {
	case 0:
		shares = append(shares, branch{"var": "who"})
	case 1:
		shares = append(shares, branch{"cat": []any{branch{"var": "$flagd.flagKey"}, branch{"var": "who"}, branch{"var": "n"}}})
	}
	for range g.IntN(4) {
		entry := []any{pick[tree](g, "red", "blue", true, branch{"var": "color"}, branch{"if": []any{g.truth(1), "red", "blue"}})}
		switch g.IntN(5) {
		case 0:
		case 1:
			entry = append(entry, branch{"if": []any{g.truth(1), float64(g.IntN(100)), 0.0}})
		case 2:
			entry = append(entry, branch{"-": []any{branch{"var": "n"}, float64(g.IntN(3))}})
		default:
			entry = append(entry, float64(1+g.IntN(1000)))
		}
		shares = append(shares, entry)
	}
	return branch{"fractional": append(shares, []any{"blue", 1.0})} // one share at least
}

// decide asks flagd's evaluator about all batches.
func decide(t *testing.T, batches []batch) [][][3]string {
	t.Helper()
	var in bytes.Buffer
	for _, b := range batches {
		if err := json.NewEncoder(&in).Encode(b); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "decide.mjs")
	cmd.Dir = filepath.Join("testdata", "flagd")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var decisions [][][3]string
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var d [][3]string
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		decisions = append(decisions, d)
	}
	if len(decisions) != len(batches) {
		t.Fatalf("%d answers to %d batches: %s", len(decisions), len(batches), stderr.String())
	}
	return decisions
}
