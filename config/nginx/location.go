package nginx

import (
	"regexp"
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
	entrance
	host   string
	kind   pathKind
	path   string
	when   condition
	answer answer
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
