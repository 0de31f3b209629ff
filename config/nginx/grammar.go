package nginx

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// words is what NGINX says of its directives, in a form that its first lines explain.
//
//go:embed words.txt
var wordsText string

// rule is what NGINX wants of a directive.
type rule struct {
	where       string // one letter for each kind of block
	least, most int    // words behind the name; most < 0 is no bound
	flag        bool   // the word is on or off
	block       bool
	once        bool // in a block
}

var rules, prefixRules = parseRules(wordsText)

// parseRules reads the rules by name, and those of all names that begin alike.
func parseRules(text string) (exact, prefixes map[string]rule) {
	exact, prefixes = map[string]rule{}, map[string]rule{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		if name, all := strings.CutSuffix(f[0], "*"); all {
			prefixes[name] = parseRule(f[1], f[2])
		} else {
			exact[name] = parseRule(f[1], f[2])
		}
	}
	return exact, prefixes
}

func parseRule(where, words string) rule {
	r := rule{where: where}
	words, r.once = strings.CutSuffix(words, "!")
	words, r.block = strings.CutSuffix(words, "{}")
	if words == "flag" {
		r.flag, r.least, r.most = true, 1, 1
		return r
	}
	least, most, ranged := strings.Cut(words, "-")
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic("BUG: words.txt: " + words)
		}
		return n
	}
	least, open := strings.CutSuffix(least, "+")
	r.least = number(least)
	switch {
	case open:
		r.most = -1
	case ranged:
		r.most = number(most)
	default:
		r.most = r.least
	}
	return r
}

// Check says what of the directives NGINX would refuse for its place, its block or
// the number of its words, in file order. unknown are those that no part of NGINX
// known here has: a module may.
func Check(c *Config) (faults []*SyntaxError, unknown []*Directive) {
	k := &checker{part: !slices.ContainsFunc(c.Block, func(d *Directive) bool { return d.Name == "http" })}
	k.block(c.Block, 'm')
	return k.faults, k.unknown
}

type checker struct {
	part    bool // the file has no http block, which is said once
	faults  []*SyntaxError
	unknown []*Directive
}

func (k *checker) fail(d *Directive, format string, args ...any) {
	k.faults = append(k.faults, &SyntaxError{Place: d.Place, Msg: fmt.Sprintf(format, args...)})
}

// block checks what stands in a block of a kind.
func (k *checker) block(block []*Directive, where byte) {
	first := map[string]*Directive{}
	for _, d := range block {
		before := first[d.Name]
		if r, _ := ruleOf(d.Name, where); r.once && before != nil {
			k.fail(d, "%s is there already, at %s: want it once", d.Name, before.Place)
			continue
		}
		first[d.Name] = d
		k.directive(d, where)
	}
}

// unended says where a directive of several lines may want its end.
func unended(d *Directive) string {
	last := d.Line
	for _, w := range d.Args {
		if _, ok := rules[w.Text]; ok && !w.Quoted && w.Line > last {
			return fmt.Sprintf(", is a ; missing at the end of line %d?", last)
		}
		last = w.Line
	}
	return ""
}

func (k *checker) directive(d *Directive, where byte) {
	r, ok := ruleOf(d.Name, where)
	if !ok {
		k.unknown = append(k.unknown, d)
		return
	}
	n := len(d.Args)
	switch {
	case !strings.ContainsRune(r.where, rune(where)):
		hint := ""
		if k.part && strings.ContainsAny(r.where, "hsu") {
			k.part, hint = false, "; this file is a part: import the main one that includes it, as /etc/nginx/nginx.conf"
		}
		k.fail(d, "%s may not stand here: want it in %s%s", d.Name, r.places(), hint)
	case r.block && d.Kind == Simple:
		k.fail(d, "%s without a block: want { behind it", d.Name)
	case !r.block && d.Kind != Simple:
		k.fail(d, "%s with a block: want ; behind it", d.Name)
	case n < r.least || r.most >= 0 && n > r.most:
		k.fail(d, "%s with %d words behind it: want %s%s", d.Name, n, r.count(), unended(d))
	case r.flag && !isFlag(d.Arg(0)):
		k.fail(d, "%s %q: want on or off", d.Name, d.Arg(0))
	default:
		if within := inside(d, where); within != 0 {
			k.block(d.Block, within)
		}
	}
}

// ruleOf finds the rule of a name. "server" has two: that of a block, and that of an
// upstream's line.
func ruleOf(name string, where byte) (rule, bool) {
	if name == "server" {
		if where == 'u' {
			return rule{where: "u", least: 1, most: -1}, true
		}
		return rule{where: "h", block: true}, true
	}
	if r, ok := rules[name]; ok {
		return r, true
	}
	for i := len(name); i > 0; i-- {
		if r, ok := prefixRules[name[:i]]; ok {
			return r, true
		}
	}
	return rule{}, false
}

// inside is the kind of d's block, 0 where what is in it is not looked at.
func inside(d *Directive, where byte) byte {
	switch d.Name {
	case "events":
		return 'e'
	case "http":
		return 'h'
	case "upstream":
		return 'u'
	case "server":
		if where == 'h' {
			return 's'
		}
	case "location":
		return 'l'
	case "limit_except":
		return 'x'
	case "if":
		if where == 's' {
			return 'j'
		}
		return 'i'
	}
	return 0
}

// places is where a directive may stand, in words.
func (r rule) places() string {
	names := map[rune]string{
		'm': "the main file", 'e': "events", 'h': "http", 'u': "upstream", 's': "server", 'l': "location",
		'j': "if in a server", 'i': "if in a location", 'x': "limit_except",
	}
	var words []string
	for _, c := range r.where {
		words = append(words, names[c])
	}
	return strings.Join(words, ", ")
}

// count is how many words a directive takes, in words.
func (r rule) count() string {
	switch {
	case r.most < 0:
		return strconv.Itoa(r.least) + " or more"
	case r.most == r.least:
		return strconv.Itoa(r.least)
	}
	return fmt.Sprintf("%d to %d", r.least, r.most)
}

func isFlag(s string) bool { return strings.EqualFold(s, "on") || strings.EqualFold(s, "off") }
