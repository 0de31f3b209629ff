package nginx

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// pathKind is how a path is compared.
type pathKind uint8

const (
	prefixPath pathKind = iota
	exactPath
	regexPath
)

// location is a location, without those in it.
type location struct {
	d     *Directive
	scope *scope
	vars  variables
	kind  pathKind
	path  string // or the expression
	final bool   // "^~": expressions are not asked when it is the longest
	inner bool   // an expression within a prefix, which is asked before those around it

	outcomes  []outcome
	redirects []*route
}

// route is a route of the file that is written.
type route struct {
	scheme, host string
	kind         pathKind
	path         string
	when         condition
	answer       answer
}

// locations are those of a block and of the blocks in it, in the order in which NGINX
// asks their expressions.
func (st *site) locations(s *scope, vars variables, outer *location) []*location {
	var out []*location
	for _, d := range s.own("location") {
		l := st.location(d, s, vars, outer)
		if l == nil {
			continue
		}
		inner := st.locations(l.scope, l.vars, l)
		out = append(out, inner...)
		out = append(out, l)
	}
	return out
}

// location reads what a location takes; nil where it takes nothing.
func (st *site) location(d *Directive, s *scope, vars variables, outer *location) *location {
	im := st.im
	l := &location{d: d, scope: s.within(d), vars: vars.with()}
	how, pattern := "", d.Arg(0)
	if len(d.Args) == 2 {
		how, pattern = d.Arg(0), d.Arg(1)
	} else if !d.Args[0].Quoted {
		for _, glued := range []string{"^~", "~*", "~", "="} {
			if rest, ok := strings.CutPrefix(pattern, glued); ok {
				how, pattern = glued, rest
				break
			}
		}
	}
	switch how {
	case "":
		if strings.HasPrefix(pattern, "@") {
			im.say.note(d, "is reached by what names it only")
			return nil
		}
	case "^~":
		l.final = true
	case "=":
		l.kind = exactPath
	case "~", "~*":
		l.kind = regexPath
		if how == "~*" {
			pattern = "(?i)" + pattern
		}
	default:
		im.fault(d, "%q: want =, ~, ~* or ^~", how)
		return nil
	}
	if l.kind == regexPath {
		return st.expression(l, pattern, outer)
	}
	if l.path = encodePath(pattern); !strings.HasPrefix(l.path, "/") {
		im.say.note(d, "no path begins so: it takes nothing")
		return nil
	}
	if outer != nil && !strings.HasPrefix(l.path, outer.path) {
		im.fault(d, "is outside of the location around it")
		return nil
	}
	im.say.honour(d)
	if l.path != pattern {
		im.say.approximate(d, "paths are compared as they were sent, which is "+l.path)
	}
	return l
}

// expression makes l a location of an expression. Within a location of a prefix the
// path must begin with that too.
func (st *site) expression(l *location, pattern string, outer *location) *location {
	st.im.say.honour(l.d)
	if outer != nil {
		l.inner = true
		switch rest := strings.TrimPrefix(pattern, "(?i)"); {
		case outer.kind == regexPath:
			st.im.say.refuseRouting(l.d, "an expression within an expression")
		case strings.HasPrefix(rest, "^"+regexp.QuoteMeta(outer.path)), outer.path == "/":
		case strings.HasPrefix(rest, "^"):
			st.im.say.refuseRouting(l.d, "an expression that begins elsewhere than the location around it")
		default:
			flags := strings.TrimSuffix(pattern, rest)
			pattern = "^" + regexp.QuoteMeta(outer.path) + flags + ".*(?:" + rest + ")"
		}
	}
	if _, err := regexp.Compile(pattern); err != nil {
		st.im.say.refuseRouting(l.d, "the expression is none of RE2's: "+err.Error())
		return nil
	}
	l.path = pattern
	return l
}

// encodePath is a path as it is sent.
func encodePath(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '%' {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// arrange turns locations into routes such that Weir, which asks exact paths, then
// expressions in their order, then the longest prefix that ends at a slash, comes to
// the same as NGINX, whose prefixes end anywhere.
func (st *site) arrange(all []*location) []*route {
	var exact, expressions, ragged, prefixes []*route
	add := func(list *[]*route, kind pathKind, path string, l *location) {
		for _, o := range l.outcomes {
			*list = append(*list, &route{kind: kind, path: path, when: o.when, answer: o.answer})
		}
	}
	paths := map[string]*location{}
	for _, l := range all {
		key := string(rune('0'+l.kind)) + l.path
		if l.kind != regexPath && paths[key] != nil {
			st.im.fault(l.d, "is there already, at %s", paths[key].d.Place)
		}
		paths[key] = l
	}
	taken := func(kind pathKind, path string) bool { return paths[string(rune('0'+kind))+path] != nil }

	byLength := slices.Clone(all)
	slices.SortStableFunc(byLength, func(a, b *location) int { return cmp.Compare(len(b.path), len(a.path)) })
	hasExpressions := slices.ContainsFunc(all, func(l *location) bool { return l.kind == regexPath })
	for _, l := range byLength {
		if l.kind == prefixPath && l.final && hasExpressions {
			if nested := longerWithout(byLength, l); nested != nil || !l.canBeExpression() {
				st.im.say.approximate(l.d, "expressions are asked before it")
				continue
			}
			add(&expressions, regexPath, "^"+regexp.QuoteMeta(l.path), l)
		}
	}
	for _, inner := range []bool{true, false} {
		for _, l := range all {
			if l.inner == inner {
				expressions = append(expressions, l.redirects...)
			}
			if l.inner == inner && l.kind == regexPath {
				add(&expressions, regexPath, l.path, l)
			}
		}
	}
	twins := map[*location]bool{} // longer prefixes that must go before a ragged one
	var open []*location
	for _, l := range byLength {
		if l.kind != prefixPath || strings.HasSuffix(l.path, "/") {
			continue
		}
		longer := goingOn(byLength, l)
		if !l.canBeExpression() || l.replaces() || slices.ContainsFunc(longer, func(o *location) bool { return !o.canBeExpression() }) {
			st.im.say.approximate(l.d, "takes "+l.path+" and what is below it, not "+l.path+"x")
			continue
		}
		for _, o := range longer {
			twins[o] = true
		}
		open = append(open, l)
	}
	for _, l := range byLength {
		switch {
		case twins[l]:
			add(&ragged, regexPath, "^"+regexp.QuoteMeta(l.path), l)
		case slices.Contains(open, l):
			add(&ragged, regexPath, "^"+regexp.QuoteMeta(l.path)+"[^/]", l)
		}
	}
	for _, l := range all {
		switch bare := strings.TrimSuffix(l.path, "/"); {
		case l.kind == exactPath:
			add(&exact, exactPath, l.path, l)
		case l.kind != prefixPath:
		case bare != l.path && bare != "":
			add(&prefixes, prefixPath, l.path, l)
			if !taken(exactPath, bare) && !taken(prefixPath, bare) {
				exact = append(exact, st.slashed(bare, l, all)...)
			}
		case taken(prefixPath, l.path+"/"): // Weir's prefix is that one's too
			if !taken(exactPath, l.path) {
				add(&exact, exactPath, l.path, l)
			}
		default:
			add(&prefixes, prefixPath, l.path, l)
		}
	}
	return slices.Concat(exact, expressions, ragged, prefixes)
}

// slashed are the routes of a prefix without the slash at its end, which Weir's prefix
// would take too: NGINX leads a client to the path with it where requests are passed
// on, and else it is any other path.
func (st *site) slashed(bare string, l *location, all []*location) []*route {
	if slices.ContainsFunc(l.outcomes, func(o outcome) bool { return o.answer.upstream != "" }) {
		return []*route{{kind: exactPath, path: bare, answer: answer{d: l.d, redirect: l.path + "$search", status: 301}}}
	}
	var out []*route
	for _, o := range find(all, bare).outcomes {
		if o.answer.from != "" { // the path is known: so is what becomes of it
			rest, _ := strings.CutPrefix(bare, strings.TrimSuffix(o.answer.from, "/"))
			o.answer.from, o.answer.to = bare, strings.TrimSuffix(o.answer.to+rest, "/")
		}
		out = append(out, &route{kind: exactPath, path: bare, when: o.when, answer: o.answer})
	}
	return out
}

// find is the location that NGINX chooses for a path that is none of the exact ones.
func find(all []*location, path string) *location {
	var longest *location
	for _, l := range all {
		if l.kind == prefixPath && strings.HasPrefix(path, l.path) && (longest == nil || len(l.path) > len(longest.path)) {
			longest = l
		}
	}
	if longest.final {
		return longest
	}
	for _, l := range all {
		if l.kind == regexPath && regexp.MustCompile(l.path).MatchString(path) {
			return l
		}
	}
	return longest
}

// canBeExpression reports whether all that the location does can be done in a route
// with an expression.
func (l *location) canBeExpression() bool {
	return !slices.ContainsFunc(l.outcomes, func(o outcome) bool { return o.answer.to != "" })
}

// replaces reports whether the beginning of the path is replaced, which happens at a
// slash only.
func (l *location) replaces() bool {
	return slices.ContainsFunc(l.outcomes, func(o outcome) bool { return o.answer.from != "" })
}

// goingOn are the prefixes that go on behind l with something else than a slash.
func goingOn(all []*location, l *location) []*location {
	var out []*location
	for _, o := range all {
		if rest, ok := strings.CutPrefix(o.path, l.path); ok && o.kind == prefixPath && rest != "" && rest[0] != '/' {
			out = append(out, o)
		}
	}
	return out
}

// longerWithout is a prefix below l whose requests go to expressions first.
func longerWithout(all []*location, l *location) *location {
	for _, o := range all {
		if o != l && o.kind == prefixPath && !o.final && strings.HasPrefix(o.path, l.path) {
			return o
		}
	}
	return nil
}
