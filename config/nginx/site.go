package nginx

import (
	"slices"
	"strings"
)

// site is a server.
type site struct {
	im      *importer
	d       *Directive
	scope   *scope
	vars    variables
	hosts   []string // as Weir's file has them: exact, and "*.x" for those below x
	first   string   // of its names, as written: what $server_name is
	listens []*listen
	routes  []*route // without hosts and schemes
}

// name is what $server_name stands for.
func (st *site) name() string { return st.first }

// readSite reads a server, but for what it does with requests.
func (im *importer) readSite(d *Directive) *site {
	st := &site{im: im, d: d, scope: im.http.within(d), vars: im.vars.with()}
	im.say.honour(d)
	for _, n := range st.scope.own("server_name") {
		im.say.honour(n)
		for i, w := range n.Args {
			if st.first == "" && i == 0 {
				st.first = strings.TrimPrefix(w.Text, ".")
			}
			st.addName(n, strings.ToLower(w.Text))
		}
	}
	st.readListens()
	return st
}

// addName adds a server_name.
func (st *site) addName(d *Directive, name string) {
	switch {
	case name == "" || name == "_" || strings.Trim(name, "_-") == "":
		return // no host is called so
	case strings.HasPrefix(name, "~"):
		st.im.say.refuseRouting(d, "hosts are no expressions: "+name)
		return
	case strings.HasPrefix(name, "."):
		st.hosts = append(st.hosts, name[1:], "*"+name)
		return
	case strings.HasPrefix(name, "*.") && !strings.Contains(name[1:], "*"):
	case strings.Contains(name, "*"):
		st.im.say.refuseRouting(d, `wildcards are at the beginning of a host only: `+name)
		return
	case strings.HasPrefix(name, "$"):
		st.im.say.refuseRouting(d, "hosts are fixed: "+name)
		return
	case strings.ContainsAny(name, "/ "):
		st.im.say.note(d, "no host is called "+name)
		return
	}
	if !slices.Contains(st.hosts, name) {
		st.hosts = append(st.hosts, name)
	}
}

// translate finds out what the server does with each path.
func (st *site) translate() {
	im := st.im
	before := &flow{im: im, server: st, scope: st.scope, vars: st.vars}
	before.run(st.scope.block)
	if before.rewritten {
		im.say.refuseRouting(st.d, "replaces paths before it looks for a location: want the rewrite in the location")
	}
	var all []*location
	if !before.ended {
		all = st.locations(st.scope, st.vars, nil)
	}
	if !slices.ContainsFunc(all, func(l *location) bool { return l.kind == prefixPath && l.path == "/" }) {
		all = append(all, st.rest(before.ended))
	}
	for _, l := range all {
		inner := &flow{im: im, server: st, scope: l.scope, vars: l.vars, when: before.when}
		if l.d != st.d {
			inner.run(l.d.Block)
		}
		if !inner.ended && !before.ended {
			inner.out = append(inner.out, st.content(l, inner)...)
		}
		l.outcomes = narrowest(slices.Concat(before.out, inner.outcomes(), before.later))
		for _, r := range inner.redirects {
			if l.kind == prefixPath && l.path == "/" || strings.HasPrefix(r.path, "^"+l.path) {
				l.redirects = append(l.redirects, r)
			} else {
				im.say.refuseRouting(r.answer.d, "an expression that does not begin with the location's path")
			}
		}
	}
	st.routes = slices.Concat(before.redirects, st.arrange(all))
}

// narrowest orders outcomes as ordered does choices.
func narrowest(in []outcome) []outcome {
	var out []outcome
	add := func(o outcome) {
		for _, had := range out {
			if had.when.equal(o.when) {
				return
			}
		}
		out = append(out, o)
	}
	for i, o := range in {
		for _, before := range in[:i] {
			if both, ok := before.when.and(o.when); ok {
				add(outcome{both, before.answer})
			}
		}
		add(o)
	}
	return out
}

// hasRequests reports whether requests get to the server.
func (st *site) hasRequests() bool {
	return !st.rejects() || slices.ContainsFunc(st.listens, func(l *listen) bool { return !l.secure })
}

// rest is what no location takes; answered says that none gets there.
func (st *site) rest(answered bool) *location {
	l := &location{d: st.d, scope: st.scope, vars: st.vars, path: "/"}
	if answered || st.scope.shut() != nil || !st.hasRequests() {
		return l
	}
	for _, d := range st.scope.own("try_files") {
		st.im.say.refuseRouting(d, "nothing is served from disk")
	}
	switch root := st.scope.find("root"); {
	case root != nil:
		st.im.say.refuseRouting(root, "nothing is served from disk: what no location takes gets 404")
	case st.im.say.ends(st.d.Block): // which is why
	default:
		st.im.say.approximate(st.d, "what no location takes gets 404")
	}
	return l
}
