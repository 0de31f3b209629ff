package nginx

import (
	"slices"
	"strings"
)

// verdicts collects what becomes of each directive while it is translated. A
// directive that several servers or locations inherit has the worst of what it is
// told.
type verdicts map[*Directive]*Finding

// honour says that d holds.
func (v verdicts) honour(d *Directive) { v.say(d, Honoured, "", false) }

// note says that d holds, and something about how.
func (v verdicts) note(d *Directive, why string) { v.say(d, Honoured, why, false) }

// approximate says that d holds but for a difference.
func (v verdicts) approximate(d *Directive, why string) { v.say(d, Approximated, why, false) }

// refuse says that d does not hold.
func (v verdicts) refuse(d *Directive, why string) { v.say(d, Refused, why, false) }

// refuseRouting says that d does not hold, and that where requests go depends on it.
func (v verdicts) refuseRouting(d *Directive, why string) { v.say(d, Refused, why, true) }

func (v verdicts) say(d *Directive, verdict Verdict, why string, fatal bool) {
	f := v[d]
	if f == nil {
		f = &Finding{Place: d.Place, Directive: d.text()}
		v[d] = f
	}
	f.Fatal = f.Fatal || fatal
	switch {
	case verdict > f.Verdict:
		f.Verdict, f.Why = verdict, why
	case verdict == f.Verdict && why != "" && !strings.Contains(f.Why, why):
		f.Why = strings.TrimPrefix(f.Why+"; "+why, "; ")
	}
}

// ends reports whether one of the directives in a block ends the import.
func (v verdicts) ends(block []*Directive) bool {
	return slices.ContainsFunc(block, func(d *Directive) bool { return v[d] != nil && v[d].Fatal })
}

// all are the findings of every directive below block, in file order. Those that
// nobody has said anything of get what is known of their names.
func (v verdicts) all(block []*Directive) []Finding {
	var out []Finding
	var walk func([]*Directive)
	walk = func(block []*Directive) {
		for _, d := range block {
			if v[d] == nil {
				v.sayByName(d)
			}
			out = append(out, *v[d])
			if d.Kind == Braces && !isClosed(d) {
				walk(d.Block)
			}
		}
	}
	walk(block)
	return out
}

// isClosed reports whether the finding of a block speaks for all in it: where it is
// a list of words, or nothing of it is taken over.
func isClosed(d *Directive) bool {
	if isList(d) {
		return true
	}
	switch d.Name {
	case "http", "events", "server", "location", "upstream", "match", "if", "limit_except":
		return false
	}
	return true
}

// longestShown is how many bytes of a directive a report shows.
const longestShown = 80

// text is the directive on one line, as a report shows it.
func (d *Directive) text() string {
	var b strings.Builder
	b.WriteString(printable(d.Name))
	for _, w := range d.Args {
		b.WriteByte(' ')
		if w.Quoted {
			b.WriteString(`"` + printable(w.Text) + `"`)
		} else {
			b.WriteString(printable(w.Text))
		}
	}
	s := b.String()
	if len(s) > longestShown {
		s = strings.ToValidUTF8(s[:longestShown], "") + "..."
	}
	return s
}

// printable is s without what would break a line.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
