package nginx

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// everyPath is the expressions of rewrite that every path matches.
	everyPath = []string{"^", "^/", "^(.*)$", "^/(.*)$", "^(.*)", "^/(.*)", "(.*)", ".*", "^.*$", "^.*", "^/.*$", "^.+$", "^(.+)$", "/", "^/?(.*)$"}

	// tail is an expression for what stands behind a beginning, with a slash at the end
	// of the beginning or at that of the tail.
	tail = regexp.MustCompile(`^\^((?:/[A-Za-z0-9_.~-]+)+)(/\(\.\*\)|\(/\.\*\)|/\(\.\+\)|\(/\.\+\)|/\?\(\.\*\)|\(\.\*\)|\(/\.\*\)\?)\$?$`)

	// behindOne is a replacement that ends in the tail.
	behindOne = regexp.MustCompile(`^((?:/[A-Za-z0-9_.~-]+)*)(/?)\$1$`)
)

// rewrite follows a rewrite, and reports whether nothing follows it.
func (f *flow) rewrite(d *Directive, when condition) bool {
	pattern, replacement, flag := d.Arg(0), d.Arg(1), d.Arg(2)
	status := map[string]int{"permanent": 301, "redirect": 302}[flag]
	if status == 0 && (strings.HasPrefix(replacement, "http://") || strings.HasPrefix(replacement, "https://") || strings.HasPrefix(replacement, "$scheme")) {
		status = 302
	}
	if _, err := regexp.Compile(pattern); err != nil {
		f.im.say.refuseRouting(d, "the expression is none of RE2's")
		return false
	}
	if status != 0 {
		return f.redirect(d, pattern, replacement, status, when)
	}
	if flag != "" && flag != "last" && flag != "break" {
		f.im.fault(d, "%q: want last, break, redirect or permanent", flag)
		return false
	}
	m, r := tail.FindStringSubmatch(pattern), behindOne.FindStringSubmatch(replacement)
	switch {
	case m == nil || r == nil || flag != "break" || !when.equal(condition{}) || f.rewritten:
		f.im.say.refuseRouting(d, "want the beginning of a path replaced and break, like rewrite ^/a/(.*)$ /b/$1 break;")
		return false
	case strings.HasPrefix(m[2], "/(") != (r[2] == "/") && m[2] != "/?(.*)":
		f.im.say.refuseRouting(d, "the slash between what is replaced and what stays is lost or doubled")
		return false
	}
	f.from, f.to, f.rewritten = m[1], r[1], true
	f.im.say.honour(d)
	if m[2] == "/?(.*)" || m[2] == "(.*)" {
		f.im.say.approximate(d, "replaced where a slash or nothing follows")
	}
	return false
}

// withQuery is where a rewrite leads, with the query that NGINX adds: unless there is a
// "?" at its end, or it is there already.
func (f *flow) withQuery(d *Directive, to string) string {
	switch bare, ended := strings.CutSuffix(to, "?"); {
	case ended:
		return bare
	case strings.Contains(to, "$request_uri"):
		return to
	case strings.Contains(to, "?"):
		f.im.say.approximate(d, "the query is left out")
		return to
	}
	return to + "$is_args$args"
}

// redirect follows a rewrite that answers, and reports whether it answers all.
func (f *flow) redirect(d *Directive, pattern, replacement string, status int, when condition) bool {
	all := slices.Contains(everyPath, pattern)
	to := replacement
	if all { // what stays of the path is all of it
		whole := piece{Variable: "request_uri"}
		var parts []text
		for _, p := range parseVariables(to) {
			if p.Variable == "1" {
				p = whole
			}
			parts = append(parts, text{p})
		}
		t := concat(parts...)
		for i := 1; i < len(t); i++ { // ^/(.*)$ leaves the slash out
			if t[i] == whole && strings.HasSuffix(t[i-1].Text, "/") {
				t[i-1].Text = strings.TrimSuffix(t[i-1].Text, "/")
			}
		}
		to = t.String()
	}
	a := answer{d: d, status: status, response: f.im.responseEdits(f.scope, status)}
	f.im.say.honour(d)
	a.redirect = f.im.location(d, f.withQuery(d, to), f.vars, f.server.name())
	if all {
		f.out = append(f.out, outcome{when, a})
		f.ended = f.ended || when.equal(f.when)
		return true
	}
	f.redirects = append(f.redirects, &route{kind: regexPath, path: pattern, when: when, answer: a})
	return false
}
