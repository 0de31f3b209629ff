package nginx

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// place is where a proxy_pass stands.
type place struct {
	scope *scope
	site  *site
	vars  variables
	path  string // of the location, "" where it is an expression
	exact bool
	noURI bool // a proxy_pass here may not name a path

	from, to  string // what a rewrite has replaced
	rewritten bool
}

// target is where a proxy_pass leads.
type target struct {
	secure bool
	host   string // as written: an upstream or host:port
	uri    text   // behind the host
}

// passes are what becomes of the requests under when that a proxy_pass takes.
func (im *importer) passes(d *Directive, at *place, when condition) []outcome {
	raw := parseVariables(d.Arg(0))
	choices, err := at.vars.expand(raw)
	if err != nil {
		im.say.refuseRouting(d, err.Error())
		return nil
	}
	if choices = ordered(choices); len(choices) > mostChoices {
		im.say.refuseRouting(d, fmt.Sprintf("more than %d values", mostChoices))
		return nil
	}
	_, constant := raw.constant()
	im.say.honour(d)
	var out []outcome
	for _, c := range choices {
		both, ok := when.and(c.when)
		if !ok {
			continue
		}
		if a, ok := im.passTo(d, at, c.shares, constant, raw); ok {
			out = append(out, outcome{both, a})
		}
	}
	return out
}

// passTo is the answer of a proxy_pass whose text is known, in shares.
func (im *importer) passTo(d *Directive, at *place, shares []share, constant bool, raw text) (answer, bool) {
	var targets []target
	for _, s := range shares {
		t, why := parseTarget(s.value)
		if why != "" {
			why = cmp.Or(im.undefined(s.value), why)
			im.say.refuseRouting(d, why)
			return answer{}, false
		}
		targets = append(targets, t)
	}
	first := targets[0]
	for _, t := range targets[1:] {
		if t.secure != first.secure || t.uri.String() != first.uri.String() {
			im.say.refuseRouting(d, "the shares differ in more than the upstream")
			return answer{}, false
		}
	}
	a := answer{d: d, maxBody: im.size(at.scope, "client_max_body_size", 1<<20), response: im.responseEdits(at.scope, 0)}
	if why := im.replacePath(&a, d, at, first.uri, constant); why != "" {
		im.say.refuseRouting(d, why)
	}
	p, parts, name, why := im.group(d, at, targets, shares, raw, constant)
	if why != "" {
		im.say.refuseRouting(d, why)
		return answer{}, false
	}
	host := first.host
	if !slices.ContainsFunc(parts, func(p part) bool { return p.block == nil }) && len(parts) > 1 {
		host = parts[0].block.name
	}
	a.request, p.host = im.requestEdits(at.scope, at.vars, at.site.name(), host)
	if p.check != nil {
		p.checkHost = im.checkHost(p, at.site)
		if len(a.request.set) > 0 {
			im.say.approximate(p.check, "of the headers that are set for requests a check has Host only")
		}
	}
	a.upstream = im.use(name, p, d, parts)
	return a, true
}

// parseTarget takes apart what a proxy_pass names; why says why it cannot be known.
func parseTarget(t text) (out target, why string) {
	if len(t) == 0 || t[0].Variable != "" {
		return out, "where it leads is known to the request only: " + t.String()
	}
	lower := strings.ToLower(t[0].Text)
	switch {
	case strings.HasPrefix(lower, "https://"):
		out.secure = true
	case !strings.HasPrefix(lower, "http://"):
		return out, "want http:// or https://"
	}
	rest := t[0].Text[strings.Index(t[0].Text, "://")+3:]
	if strings.HasPrefix(rest, "unix:") {
		return out, "there are no Unix sockets"
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 && len(t) > 1 && t[1].Variable != "request_uri" && t[1].Variable != "uri" {
		return out, "where it leads is known to the request only: " + t.String()
	}
	if end < 0 {
		end = len(rest)
	}
	out.host = rest[:end]
	if out.host == "" {
		return out, "no host: with NGINX such requests fail too"
	}
	if tail := rest[end:]; tail != "" {
		out.uri = text{{Text: tail}}
	}
	out.uri = concat(out.uri, t[1:])
	return out, ""
}

// replacePath is what a proxy_pass does to the path. why says what it cannot be.
func (im *importer) replacePath(a *answer, d *Directive, at *place, uri text, constant bool) (why string) {
	if at.rewritten {
		a.from, a.to = at.from, at.to
		if at.path == "" || !below(at.path, a.from) {
			return "a rewrite of paths that the location does not begin with"
		}
		if a.to != "" && strings.TrimSuffix(at.path, "/") != a.from {
			return "the path that is replaced is not the location's"
		}
		return ""
	}
	uri = joined(uri)
	if len(uri) == 0 || uri.only() == "request_uri" {
		return ""
	}
	if constant && at.noURI {
		im.fault(d, "a path behind the host: want none in a location of an expression and in an if")
		return ""
	}
	path, ok := uri.constant()
	switch {
	case !ok:
		return "the path is known to the request only"
	case strings.ContainsAny(path, "?#"):
		return "a query in it is not known"
	case !constant && !at.exact:
		return "with variables in it all requests go to one path"
	case at.path == path:
		return ""
	}
	from := at.path
	switch slashFrom, slashTo := strings.HasSuffix(from, "/"), strings.HasSuffix(path, "/"); {
	case slashFrom == slashTo:
	case !slashFrom && path == "/" && !at.exact:
		im.say.approximate(d, fmt.Sprintf("%s/x is passed on as /x, where NGINX makes //x", from))
	case !slashFrom && path == "/":
	default:
		return "the slash between what is replaced and what stays is lost or doubled"
	}
	a.from, a.to = from, strings.TrimSuffix(path, "/")
	return ""
}

// below reports whether all paths that begin with path begin with prefix, at a slash.
func below(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}
