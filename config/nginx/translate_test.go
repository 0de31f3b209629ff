package nginx

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/config"
)

var update = flag.Bool("update", false, "write what comes out as what is wanted")

// wantFile compares got with the content of a file.
func wantFile(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func glob1(t *testing.T, pattern string, least int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < least {
		t.Fatalf("%s: %d files, %v, want %d or more", pattern, len(files), err, least)
	}
	return files
}

// findings are the verdicts that say something, one a line.
func findings(r *Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Verdict == Honoured {
			continue
		}
		b.WriteString(f.Verdict.String())
		if f.Fatal {
			b.WriteString(", fatal")
		}
		b.WriteString(": " + f.String() + "\n")
	}
	for _, h := range r.Hints {
		b.WriteString("hint: " + h + "\n")
	}
	return b.String()
}

// TestCases holds what each case becomes against what is written beside it: the file,
// and the verdicts that are not plain. Every file must load.
func TestCases(t *testing.T) {
	for _, file := range glob1(t, "testdata/cases/*.conf", 10) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for suffix, o := range optionsOf(file) {
				res, err := Import(file, o)
				if err != nil {
					t.Fatal(err)
				}
				if err := res.Report.Err(false); err != nil {
					t.Error(err)
				}
				base := strings.TrimSuffix(file, ".conf") + suffix
				wantFile(t, base+".yaml", string(res.Text))
				wantFile(t, base+".verdicts", findings(res.Report))
				if _, err := config.Parse(base+".yaml", res.Text); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// optionsOf are the ways in which a case is translated, by what its files end in.
func optionsOf(file string) map[string]Options {
	out := map[string]Options{"": {}}
	switch filepath.Base(file) {
	case "old.conf":
		out[".1.18"] = Options{Version: Version{1, 18, 0}}
	case "weights.conf":
		out[".versions"] = Options{Versions: true}
	}
	return out
}

// TestShop translates a configuration of many files.
func TestShop(t *testing.T) {
	res, err := Import("testdata/shop/nginx.conf", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Report.Err(false); err != nil {
		t.Error(err)
	}
	wantFile(t, "testdata/shop/weir.yaml", string(res.Text))
	var report bytes.Buffer
	if _, err := res.Report.WriteTo(&report); err != nil {
		t.Fatal(err)
	}
	wantFile(t, "testdata/shop/report.txt", report.String())
}

// TestEveryDirectiveHasAVerdict: a report leaves nothing out.
func TestEveryDirectiveHasAVerdict(t *testing.T) {
	c, err := Parse("testdata/shop/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	res, err := Translate(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[Place]bool{}
	for _, f := range res.Report.Findings {
		if at[f.Place] {
			t.Errorf("%s: two verdicts", f.Place)
		}
		at[f.Place] = true
	}
	var walk func([]*Directive)
	walk = func(block []*Directive) {
		for _, d := range block {
			if !at[d.Place] {
				t.Errorf("%s: %s: no verdict", d.Place, d.Name)
			}
			if !isClosed(d) {
				walk(d.Block)
			}
		}
	}
	walk(c.Block)
}

// TestKnownNames: each name with a verdict of its own is one that NGINX has, and none
// that is said to be a module's is.
func TestKnownNames(t *testing.T) {
	for name := range byName {
		if _, ok := ruleOf(name, 'h'); !ok {
			t.Errorf("%s has a verdict and no rule", name)
		}
	}
	for name := range byModule {
		if _, ok := ruleOf(name, 'h'); ok {
			t.Errorf("%s is a module's and NGINX's", name)
		}
	}
}

// FuzzTranslate feeds any configuration: never a panic, and what comes out loads.
func FuzzTranslate(f *testing.F) {
	for _, text := range texts(f, "testdata/cases/*.conf", "../../cmd/internal/app/parity/testdata/corpus/*.txt") {
		if _, inside, ok := strings.Cut(text, "== case.conf\n"); ok {
			inside, _, _ = strings.Cut(inside, "\n== ")
			text = "events {} http {\n" + strings.NewReplacer("{listen}", "8080", "{a}", "127.0.0.1:1", "{b}", "127.0.0.1:2", "{c}", "127.0.0.1:3").Replace(inside) + "\n}"
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseText(text, nil)
		if err != nil {
			return
		}
		for _, o := range []Options{{}, {Version: Version{1, 18}, Versions: true}} {
			res, err := Translate(c, o)
			if err != nil {
				continue
			}
			if strict := res.Report.Err(false); (strict == nil) != (res.Text != nil) {
				t.Fatalf("%v, and a file of %d bytes", strict, len(res.Text))
			}
			if res.Text == nil {
				continue
			}
			if _, err := config.Parse("weir.yaml", res.Text); err != nil {
				t.Fatalf("%v\n%s", err, res.Text)
			}
		}
	})
}
