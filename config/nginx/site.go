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

// rest is what no location takes.
func (st *site) rest(answered bool) *location {
	l := &location{d: st.d, scope: st.scope, vars: st.vars, path: "/"}
	if answered {
		return l
	}
	for _, d := range st.scope.own("try_files") {
		st.im.say.refuseRouting(d, "nothing is served from disk")
	}
	if root := st.scope.find("root"); root != nil {
		st.im.say.refuseRouting(root, "nothing is served from disk: what no location takes gets 404")
	} else {
		st.im.say.approximate(st.d, "what no location takes gets 404")
	}
	return l
}

// content is what a location does with the requests that come through its flow.
func (st *site) content(l *location, f *flow) []outcome {
	im, s := st.im, l.scope
	only := func(a answer) []outcome { return []outcome{{f.when, a}} }
	if l.d == st.d {
		return only(im.status(st.d, 404))
	}
	if d := st.denied(s); d != nil {
		return only(im.status(d, 403))
	}
	if list := s.own("internal"); len(list) > 0 {
		im.say.note(list[0], "from outside it is 404")
		return only(im.status(l.d, 404))
	}
	for _, d := range s.own("try_files") {
		im.say.refuseRouting(d, "nothing is served from disk")
	}
	for _, d := range s.all("error_page") {
		if last := d.Args[len(d.Args)-1].Text; strings.HasPrefix(last, "@") {
			im.say.refuseRouting(d, "error answers are not replaced: nothing leads to "+last)
		}
	}
	list := s.own("proxy_pass")
	if len(list) == 0 {
		st.fromDisk(l)
		return only(im.status(l.d, 404))
	}
	at := &place{scope: s, site: st, vars: f.vars, from: f.from, to: f.to, rewritten: f.rewritten, noURI: l.kind == regexPath, exact: l.kind == exactPath}
	if l.kind != regexPath {
		at.path = l.path
	}
	for _, except := range s.own("limit_except") {
		return st.limited(except, list[len(list)-1], at, f.when)
	}
	return im.passes(list[len(list)-1], at, f.when)
}

// fromDisk refuses a location that serves files.
func (st *site) fromDisk(l *location) {
	said := len(l.scope.own("try_files")) > 0
	for _, name := range []string{"alias", "root", "index", "autoindex"} {
		for _, d := range l.scope.own(name) {
			st.im.say.refuseRouting(d, "nothing is served from disk")
			said = true
		}
	}
	for _, d := range l.d.Block {
		if k, ok := lookUp(d.Name); ok && k.fatal {
			return // which is said there
		}
		if d.Name == "stub_status" || d.Name == "status" || d.Name == "api" {
			return
		}
	}
	switch {
	case said:
	case l.scope.find("root") != nil:
		st.im.say.refuseRouting(l.d, "nothing is served from disk")
	default:
		st.im.say.approximate(l.d, "nothing is served from disk: it is 404")
	}
}

// denied is the directive that keeps everybody out of a scope, nil where there is
// none. Who may come in otherwise is not asked here, which is refused.
func (st *site) denied(s *scope) *Directive {
	say := st.im.say
	for _, name := range []string{"auth_basic", "auth_request"} {
		if d := s.find(name); d != nil {
			if d.Arg(0) == "off" {
				say.honour(d)
			} else {
				say.refuseRouting(d, "there is no authentication")
			}
		}
	}
	var rules []*Directive
	for at := s; at != nil && len(rules) == 0; at = at.around {
		for _, d := range at.block {
			if d.Name == "allow" || d.Name == "deny" {
				rules = append(rules, d)
			}
		}
	}
	for i, d := range rules {
		switch {
		case d.Arg(0) != "all":
			say.refuseRouting(d, "clients are not let in by their address")
		case d.Name == "deny" && i == 0:
			say.honour(d)
			return d
		default:
			say.honour(d)
			return nil
		}
	}
	return nil
}

// limited is a location of which some methods are denied.
func (st *site) limited(except, pass *Directive, at *place, when condition) []outcome {
	if len(except.Block) != 1 || except.Block[0].Name != "deny" || except.Block[0].Arg(0) != "all" {
		st.im.say.refuseRouting(except, "is known with deny all only")
		return st.im.passes(pass, at, when)
	}
	st.im.say.honour(except)
	st.im.say.honour(except.Block[0])
	var methods []string
	for _, w := range except.Args {
		methods = append(methods, w.Text)
		if w.Text == "GET" {
			methods = append(methods, "HEAD")
		}
	}
	slices.Sort(methods)
	allowed, ok := when.and(condition{methods: slices.Compact(methods)})
	var out []outcome
	if ok {
		out = st.im.passes(pass, at, allowed)
	}
	return append(out, outcome{when, st.im.status(except.Block[0], 403)})
}
