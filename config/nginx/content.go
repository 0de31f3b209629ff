package nginx

import (
	"slices"
	"strings"
)

// content is what a location does with the requests that come through its flow.
func (st *site) content(l *location, f *flow) []outcome {
	im, s := st.im, l.scope
	only := func(a answer) []outcome { return []outcome{{f.when, a}} }
	if l.d == st.d {
		if d := s.shut(); d != nil {
			im.say.honour(d)
			return only(im.status(s, d, 403))
		}
		return only(im.status(s, st.d, 404))
	}
	if len(s.own("stub_status")) > 0 { // refused by its name; who may see it does not matter then
		return only(im.status(s, l.d, 404))
	}
	if d := st.denied(s); d != nil {
		return only(im.status(s, d, 403))
	}
	if list := s.own("internal"); len(list) > 0 {
		im.say.note(list[0], "from outside it is 404")
		return only(im.status(s, l.d, 404))
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
		return only(im.status(s, l.d, 404))
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

// fromDisk is for a location in which nothing answers: NGINX serves files there. It is
// refused, but for a single file and for NGINX's own folder, in which there is hardly
// any: half of all proxies have a location = /favicon.ico that is not worth more.
func (st *site) fromDisk(l *location) {
	if d := l.errorPage(); d != nil {
		for _, root := range l.scope.own("root") {
			st.im.say.refuse(root, "nothing is served from disk")
		}
		st.im.say.approximate(l.d, "is a page of error_page, and error answers are not replaced: what comes to it gets 404")
		return
	}
	for _, name := range []string{"alias", "root", "index", "autoindex"} {
		for _, d := range l.scope.own(name) {
			st.im.say.refuseRouting(d, "nothing is served from disk")
		}
	}
	for _, d := range l.d.Block {
		if isUnknown(d) {
			st.im.say.refuseUnknown(d, true)
			return
		}
		if k, ok := lookUp(d.Name); ok && k.fatal {
			return // which is said there
		}
		if d.Name == "status" || d.Name == "api" {
			return
		}
	}
	switch {
	case st.im.say.ends(l.d.Block): // which is why
	case l.scope.find("root") == nil:
		st.im.say.approximate(l.d, "no folder is named, so there are no files: what comes to it gets 404")
	case l.kind == exactPath:
		st.im.say.approximate(l.d, "nothing is served from disk: for this one file the answer is 404")
	default:
		st.im.say.refuseRouting(l.d, "nothing in it answers: NGINX serves files then, and nothing is served from disk")
	}
}

// errorPage is the error_page that a location is made for, as location = /50x.html is
// in the file that NGINX comes with; nil where it is for more than that.
func (l *location) errorPage() *Directive {
	if l.kind != exactPath || slices.ContainsFunc(l.d.Block, func(d *Directive) bool { return d.Name != "root" && d.Name != "internal" }) {
		return nil
	}
	for _, d := range l.scope.all("error_page") {
		if encodePath(d.Args[len(d.Args)-1].Text) == l.path {
			return d
		}
	}
	return nil
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
	if d := s.shut(); d != nil {
		say.honour(d)
		return d
	}
	for _, d := range s.access() {
		if d.Arg(0) == "all" {
			say.honour(d)
			return nil
		}
		say.refuseRouting(d, "clients are not let in by their address")
	}
	return nil
}

// access are the allow and deny that hold in a scope: the first that is for a client
// decides.
func (s *scope) access() []*Directive {
	for ; s != nil; s = s.around {
		var rules []*Directive
		for _, d := range s.block {
			if d.Name == "allow" || d.Name == "deny" {
				rules = append(rules, d)
			}
		}
		if len(rules) > 0 {
			return rules
		}
	}
	return nil
}

// shut is the deny that keeps everybody out of a scope, nil where there is none.
func (s *scope) shut() *Directive {
	if rules := s.access(); len(rules) > 0 && rules[0].Name == "deny" && rules[0].Arg(0) == "all" {
		return rules[0]
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
	return append(out, outcome{when, st.im.status(at.scope, except.Block[0], 403)})
}
