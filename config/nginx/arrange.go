package nginx

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

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
		quiet := *st.im // what becomes of the headers was said where requests are passed on
		quiet.say = verdicts{}
		return []*route{{kind: exactPath, path: bare, answer: answer{d: l.d, redirect: l.path + "$search", status: 301, response: quiet.responseEdits(l.scope, 301)}}}
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
