package nginx

import (
	"fmt"
	"io"
	"strings"
)

// Verdict is what becomes of a directive.
type Verdict uint8

// The verdicts. The zero value is Honoured.
const (
	Honoured     Verdict = iota // it is in the file, or holds without a word
	Approximated                // it holds, but for a difference
	Refused                     // it does not hold
)

var verdictNames = [...]string{"honoured", "approximated", "refused"}

func (v Verdict) String() string { return verdictNames[v] }

// Finding is the verdict on one directive.
type Finding struct {
	Place
	Directive string // as written, on one line, cut where it is long
	Verdict   Verdict
	Why       string // how it differs, or why it is refused; "" says that there is nothing to say
	Fatal     bool   // refused, and who gets which request depends on it
}

// String is the finding on one line.
func (f Finding) String() string {
	s := f.Place.String() + ": " + f.Directive
	if f.Why != "" {
		s += ": " + f.Why
	}
	return s
}

// Report is what became of a configuration.
type Report struct {
	File     string    // the main file, as given
	Findings []Finding // of every directive, in file order
	Hints    []string  // what else could be had, each with its place
}

// Count is how many directives have a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, f := range r.Findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// Err says what keeps the result from being used: the refused directives that
// requests depend on, and with strict everything that is not honoured. nil when
// nothing does.
func (r *Report) Err(strict bool) error {
	var lines []string
	for _, f := range r.Findings {
		if f.Fatal || strict && f.Verdict != Honoured {
			lines = append(lines, fmt.Sprintf("%s: %s: %s: %s", f.Place, f.Directive, f.Verdict, f.Why))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return &UnusableError{Lines: lines}
}

// UnusableError is why an import ends without a result.
type UnusableError struct {
	Lines []string // FILE:LINE:COL: directive: verdict: why
}

func (e *UnusableError) Error() string { return strings.Join(e.Lines, "\n") }

// Differences are what holds for every import, whatever the files say.
var Differences = []string{
	"paths are compared as they were sent: NGINX compares them decoded, without . and .. and with one slash for several",
	"X-Forwarded-For, -Proto and -Host are always set, and from others than trusted proxies replaced",
	"bodies are streamed: those of requests up to 1 MiB are read first, those of answers never, and nothing is put on disk",
	"Location and Server of an answer, and its X-Accel-*, go to the client as the endpoint wrote them",
	"WebSockets and other upgrades pass without being asked for",
	"connections to endpoints are HTTP/1.1 and are kept",
	"error answers have Weir's texts",
	"counts and failures of endpoints are one for the whole process, as with zone",
}

// WriteTo writes the report for people.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d directives: %d honoured, %d approximated, %d refused\n",
		r.File, len(r.Findings), r.Count(Honoured), r.Count(Approximated), r.Count(Refused))
	for _, v := range []Verdict{Refused, Approximated, Honoured} {
		if r.Count(v) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n", v)
		times := map[Finding]int{} // a file that many servers include is read for each
		for _, f := range r.Findings {
			times[f]++
		}
		for _, f := range r.Findings {
			n := times[f]
			if f.Verdict != v || n == 0 {
				continue
			}
			times[f] = 0
			fmt.Fprintf(&b, "  %s", f)
			if n > 1 {
				fmt.Fprintf(&b, " (%d times)", n)
			}
			if f.Fatal {
				b.WriteString(" (the import ends: requests depend on it)")
			}
			b.WriteByte('\n')
		}
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s:\n  %s\n", title, strings.Join(lines, "\n  "))
		}
	}
	section("to be had", r.Hints)
	section("in every import", Differences)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// Document is the report for machines.
func (r *Report) Document() map[string]any {
	findings := make([]map[string]any, len(r.Findings))
	for i, f := range r.Findings {
		findings[i] = map[string]any{
			"file": f.File, "line": f.Line, "column": f.Col, "directive": f.Directive,
			"verdict": f.Verdict.String(), "why": f.Why, "fatal": f.Fatal,
		}
	}
	return map[string]any{
		"file": r.File, "honoured": r.Count(Honoured), "approximated": r.Count(Approximated), "refused": r.Count(Refused),
		"findings": findings, "hints": r.Hints, "differences": Differences,
	}
}
