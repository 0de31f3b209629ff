package nginx

import (
	"fmt"
	"slices"
	"strings"
)

// flow follows what a server or a location does before it answers: set, if, return
// and rewrite, in their order.
type flow struct {
	im     *importer
	server *site
	scope  *scope
	vars   variables

	when  condition // what all that follows is under
	out   []outcome // in the order they are asked
	later []outcome // what holds where when does not, asked last
	ended bool      // by an answer for all

	from, to  string // the beginning of the path is replaced
	rewritten bool
	redirects []*route // of rewrite, for some paths
}

// run follows a block.
func (f *flow) run(block []*Directive) {
	for _, d := range block {
		if f.ended {
			return
		}
		switch d.Name {
		case "set":
			f.set(d, f.when)
		case "if":
			f.branch(d)
		case "return":
			f.end(f.im.returned(d, f.scope, f.vars, f.server.name()))
		case "rewrite":
			f.rewrite(d, f.when)
		case "break":
			f.im.say.honour(d)
			return
		}
	}
}

// end answers all that come here.
func (f *flow) end(a answer) {
	f.out = append(f.out, outcome{f.when, a})
	f.ended = true
}

// outcomes are what became of the requests, the last one without a condition when
// the flow has come to an end.
func (f *flow) outcomes() []outcome { return slices.Concat(f.out, f.later) }

// set gives a variable a value, under a condition.
func (f *flow) set(d *Directive, when condition) {
	name := parseVariables(d.Arg(0)).only()
	if name == "" {
		f.im.fault(d, "%q: want a variable", d.Arg(0))
		return
	}
	values, err := f.vars.expand(parseVariables(d.Arg(1)))
	if err != nil {
		return // said where it stands
	}
	var out []choice
	for _, v := range values {
		if both, ok := when.and(v.when); ok {
			out = append(out, choice{when: both, shares: v.shares})
		}
	}
	before, ok := f.vars.set[name]
	if !ok {
		before = []choice{{shares: certain(nil)}}
	}
	if len(out) == 0 || !out[len(out)-1].when.equal(condition{}) {
		out = append(out, before...)
	}
	if out = ordered(out); len(out) > mostChoices {
		f.im.say.refuseRouting(d, fmt.Sprintf("more than %d values", mostChoices))
		return
	}
	f.vars.set[name], f.vars.by[name] = out, d
}

// branch follows an if.
func (f *flow) branch(d *Directive) {
	c, why, not, ok := f.im.condition(d)
	if !ok {
		f.im.say.refuseRouting(d, why)
		return
	}
	f.im.say.honour(d)
	if why != "" {
		f.im.say.approximate(d, why)
	}
	when, possible := f.when.and(c)
	if not {
		f.unless(d, when, possible)
		return
	}
	if possible {
		f.inside(d, when)
	}
}

// unless follows an if whose condition is that c does not hold: all that follows it is
// then under c, and what stands in it is asked last.
func (f *flow) unless(d *Directive, c condition, possible bool) {
	inner := &flow{im: f.im, server: f.server, scope: f.scope.within(d), vars: f.vars, when: f.when}
	inner.run(d.Block)
	if !inner.ended || len(inner.redirects) > 0 || len(f.from) > 0 {
		f.im.say.refuseRouting(d, "such an if is known with return only")
		return
	}
	f.later = append(inner.out, f.later...)
	if !possible {
		f.ended = true
		return
	}
	f.when = c
}

// inside follows the block of an if under its condition.
func (f *flow) inside(d *Directive, when condition) {
	scope := f.scope.within(d)
	for _, in := range d.Block {
		switch in.Name {
		case "set":
			f.set(in, when)
		case "return":
			f.out = append(f.out, outcome{when, f.im.returned(in, scope, f.vars, f.server.name())})
			return
		case "rewrite":
			if f.rewrite(in, when) {
				return
			}
		case "break":
			f.im.say.honour(in)
			return
		case "proxy_pass":
			f.out = append(f.out, f.im.passes(in, &place{scope: scope, site: f.server, vars: f.vars, noURI: true, from: f.from, to: f.to, rewritten: f.rewritten}, when)...)
			return
		case "access_log", "log_not_found":
			f.im.say.note(in, "the log is one for all")
		case "add_header":
			if !answers(d.Block) { // else it is said where the answer is made
				f.im.say.refuse(in, "is known in an if that answers only: with return or proxy_pass")
			}
		default:
			f.im.say.refuse(in, "is not known in an if")
		}
	}
}

// answers reports whether requests do not come out of the block of an if.
func answers(block []*Directive) bool {
	return slices.ContainsFunc(block, func(d *Directive) bool { return d.Name == "return" || d.Name == "proxy_pass" })
}

// condition reads the condition of an if; not says that it must not hold.
func (im *importer) condition(d *Directive) (c condition, why string, not, ok bool) {
	var words []string
	for _, w := range d.Args {
		words = append(words, w.Text)
	}
	last := len(words) - 1
	if !strings.HasPrefix(words[0], "(") || !strings.HasSuffix(words[last], ")") {
		im.fault(d, "want a condition in brackets")
		return c, "", false, false
	}
	words[0] = strings.TrimPrefix(words[0], "(")
	words[last] = strings.TrimSuffix(words[last], ")")
	if words[0] == "" {
		words = words[1:]
	}
	if n := len(words); n > 1 && words[n-1] == "" && !d.Args[n-1].Quoted {
		words = words[:n-1]
	}
	if len(words) == 0 || words[0] == "" {
		im.fault(d, "want a condition in brackets")
		return c, "", false, false
	}
	variable := parseVariables(words[0]).only()
	switch {
	case strings.HasPrefix(words[0], "-") || strings.HasPrefix(words[0], "!-"):
		return c, "nothing is served from disk", false, false
	case variable == "" || len(words) == 2 || len(words) > 3:
		im.fault(d, "want ($variable) or ($variable = value)")
		return c, "", false, false
	case len(words) == 1:
		c, why, ok = conditionIs(variable, "*")
		return c, why, false, ok
	}
	how, value := words[1], words[2]
	if how == "!=" || how == "!~" || how == "!~*" {
		not, how = true, strings.TrimPrefix(how, "!")
	}
	switch {
	case how != "=" && how != "~" && how != "~*":
		im.fault(d, "%q: want =, !=, ~, ~*, !~ or !~*", words[1])
		return c, "", false, false
	case strings.Contains(value, "$") && how == "=":
		return c, "a comparison of two variables is not known", false, false
	case value == "" && how == "=":
		c, why, ok = conditionIs(variable, "*")
		return c, why, !not, ok
	}
	c, why, ok = conditionOf(variable, how, value)
	return c, why, not, ok
}
