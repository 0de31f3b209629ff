package nginx

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// Result is what a configuration becomes.
type Result struct {
	Text   []byte // a weir.yaml, which package config accepts; nil where Report.Err says why there is none
	Report *Report
	Files  []string // everything that was read, the main file first
}

// Import reads the configuration at path and translates it. The error says what NGINX
// would refuse too, one fault a line, or wraps the operating system's. What Weir does
// not do is no error but in the report.
func Import(path string, o Options) (*Result, error) {
	c, err := Parse(path)
	if err != nil {
		return nil, err
	}
	return Translate(c, o)
}

// Translate is Import for a configuration at hand.
func Translate(c *Config, o Options) (*Result, error) {
	im := newImporter(c, o)
	text, err := im.translate()
	if err != nil {
		return nil, err
	}
	if im.report().Err(false) == nil {
		im.checkText(text)
	}
	r := im.report()
	if r.Err(false) != nil {
		text = nil // what could be written would not be the same
	}
	return &Result{Text: text, Report: r, Files: c.Files}, nil
}

// translate is the text that is written.
func (im *importer) translate() ([]byte, error) {
	faults, _ := Check(im.config)
	for _, f := range faults {
		im.faults = append(im.faults, f)
	}
	if len(faults) > 0 {
		return nil, im.faulty()
	}
	if im.http = im.findHTTP(); im.http == nil {
		return nil, Place{File: im.config.File, Line: 1, Col: 1}.errorf("no http block: want one with a server")
	}
	text := []byte(im.file().yaml())
	return text, im.faulty()
}

// report is the verdicts so far, of all directives.
func (im *importer) report() *Report {
	return &Report{File: im.config.File, Hints: im.hints, Findings: im.say.all(im.config.Block)}
}

// findHTTP is the http block, with what is to be known before servers are read.
func (im *importer) findHTTP() *scope {
	var found *scope
	for _, d := range im.config.Block {
		if d.Name != "http" {
			continue
		}
		if found != nil {
			im.fault(d, "want one")
			continue
		}
		found = &scope{block: d.Block}
	}
	return found
}

// file is the whole file.
func (im *importer) file() *mapping {
	for _, d := range im.http.block {
		switch d.Name {
		case "upstream":
			name := strings.ToLower(d.Arg(0)) // as NGINX compares them
			if im.upstreams[name] != nil {
				im.fault(d, "is there already")
				continue
			}
			im.upstreams[name] = im.readUpstream(d)
		case "map", "split_clients":
			name := parseVariables(d.Arg(1)).only()
			if name == "" {
				im.fault(d, "%q: want a variable", d.Arg(1))
			}
			im.vars.blocks[name] = d
		case "match":
			im.matches[d.Arg(0)] = d
		}
	}
	var sites []*site
	for _, d := range im.http.own("server") {
		sites = append(sites, im.readSite(d))
	}
	if len(sites) == 0 {
		im.fault(im.httpDirective(), "no server: want one")
		return &mapping{}
	}
	sockets := im.sockets(sites)
	tables := im.tables(sockets)
	for _, st := range sites {
		st.translate()
	}
	im.writeRoutes(tables)
	for _, b := range im.upstreams {
		if !b.used {
			im.say.note(b.d, "no request is passed to it")
		}
	}
	return im.document(sites, sockets)
}

func (im *importer) httpDirective() *Directive {
	i := slices.IndexFunc(im.config.Block, func(d *Directive) bool { return d.Name == "http" })
	return im.config.Block[i]
}

// writeRoutes makes the routes of all hosts, of each scheme apart where the servers
// differ.
func (im *importer) writeRoutes(tables map[bool]hostTable) {
	inClear, secure := tables[false], tables[true]
	switch {
	case len(tables) == 2 && !inClear.equal(secure):
		inClear.write(im, "http")
		secure.write(im, "https")
	case len(inClear.sites) > 0:
		inClear.write(im, "")
	default:
		secure.write(im, "")
	}
}

// document puts the file together.
func (im *importer) document(sites []*site, sockets []*socket) *mapping {
	out := &mapping{}
	var listeners []any
	names := map[string]bool{}
	for _, s := range sockets {
		listeners = append(listeners, item{value: im.listener(s, names), remark: ""})
	}
	out.set("listeners", listeners)
	out.set("clients", im.clients(sites))
	out.set("access_log", im.accessLog(sites))
	if im.options.Admin != "" {
		out.set("admin", single("address", im.options.Admin))
	}
	if im.options.State != "" {
		out.set("state", im.options.State)
	}
	upstreams := &mapping{}
	for _, m := range im.made {
		upstreams.remark(m.name, im.write(m), m.d.Place.short()+" "+m.d.text())
	}
	if len(im.made) == 0 { // a file has one
		upstreams.remark("none", noUpstream(), "no request is passed on")
	}
	out.set("resolver", im.resolver())
	out.set("upstreams", upstreams)
	var routes []any
	limit := im.size(im.common(sites), "client_max_body_size", 1<<20)
	for _, r := range im.routes {
		routes = append(routes, item{value: r.write(limit), remark: r.answer.d.Place.short() + " " + r.answer.d.text()})
	}
	out.set("routes", routes)
	return out
}

// noUpstream stands where a file must have an upstream: nothing leads to it.
func noUpstream() *mapping {
	return single("versions", single("v1", &mapping{entries: []entry{{key: "endpoints", value: []any{"127.0.0.1:9"}}}}))
}

// short is the place without the column, as a remark has it.
func (p Place) short() string { return p.File + ":" + strconv.Itoa(p.Line) }

// write is the route in the shape of Weir's file; limit is the bound of bodies where a
// route says nothing.
func (r *route) write(limit int64) *mapping {
	m := &mapping{}
	if r.scheme != "" {
		m.set("scheme", r.scheme)
	}
	m.set("host", r.host)
	switch r.kind {
	case exactPath:
		m.set("path", single("exact", r.path))
	case regexPath:
		m.set("path", single("regex", r.path))
	default:
		m.set("path", r.path)
	}
	m.set("methods", strList(r.when.methods))
	for _, part := range []struct {
		key   string
		pairs map[string]string
	}{{"headers", r.when.headers}, {"query", r.when.query}, {"cookies", r.when.cookies}} {
		inner := &mapping{}
		for _, name := range slices.Sorted(maps.Keys(part.pairs)) {
			inner.set(name, part.pairs[name])
		}
		m.set(part.key, inner)
	}
	r.answer.write(m, limit)
	return m
}

func single(key string, value any) *mapping {
	m := &mapping{}
	m.set(key, value)
	return m
}

func (a answer) write(m *mapping, limit int64) {
	switch {
	case a.upstream != "":
		m.set("upstream", a.upstream)
		switch {
		case a.from != "" && a.to == "":
			if from := strings.TrimSuffix(a.from, "/"); from != "" {
				m.set("rewrite", single("strip_prefix", from))
			}
		case a.from != "":
			m.set("rewrite", single("replace_prefix", a.to))
		}
		m.set("request_headers", a.request.write())
		if a.maxBody != limit {
			m.set("max_body", sizeText(a.maxBody))
		}
	case a.redirect != "":
		to := single("to", a.redirect)
		to.set("status", strconv.Itoa(a.status))
		m.set("redirect", to)
	default:
		r := single("status", strconv.Itoa(a.status))
		if a.body != "" {
			r.set("body", a.body)
			r.set("type", a.mime)
		}
		m.set("respond", r)
	}
	m.set("response_headers", a.response.write())
}

// resolver is who is asked for names, in the shape of Weir's file: the first one that
// an upstream or http names.
func (im *importer) resolver() *mapping {
	used := false
	for _, m := range im.made {
		for _, p := range m.parts {
			used = used || slices.ContainsFunc(p.servers, func(s *serverLine) bool { return s.resolve })
		}
	}
	list := append(slices.Clone(im.resolvers), im.http.own("resolver")...)
	list = append(list, im.http.own("resolver_timeout")...)
	var out, timeout *Directive
	for _, d := range list {
		first := &out
		if d.Name == "resolver_timeout" {
			first = &timeout
		}
		switch {
		case !used:
			im.say.note(d, "no name is resolved again")
		case *first == nil:
			*first = d
			im.say.honour(d)
		case d.text() != (*first).text():
			im.say.approximate(d, "there is one resolver for all: "+(*first).text())
		default:
			im.say.honour(d)
		}
	}
	if !used || out == nil {
		return nil
	}
	m := &mapping{}
	var addresses []any
	for _, w := range out.Args {
		name, value, has := strings.Cut(w.Text, "=")
		switch {
		case !has && isName(w.Text):
			im.say.approximate(out, "want an IP address: "+w.Text+" is left out")
		case !has:
			addresses = append(addresses, w.Text)
		case name == "valid":
			t, ok := parseTime(value)
			if !ok {
				im.fault(out, "%q: want a time", value)
			}
			m.set("valid", timeText(t))
		case name == "ipv4" || name == "ipv6":
			m.set(name, strconv.FormatBool(value != "off"))
		case name == "status_zone":
		default:
			im.fault(out, "%q: want addresses, valid=, ipv4= or ipv6=", w.Text)
		}
	}
	m.set("addresses", addresses)
	if timeout != nil {
		t, ok := parseTime(timeout.Arg(0))
		if !ok {
			im.fault(timeout, "%q: want a time", timeout.Arg(0))
		}
		m.set("timeout", timeText(max(t, time.Millisecond)))
	}
	return m
}

// inPath is what of a problem's path says which upstream or route has it.
var inPath = regexp.MustCompile(`^(upstreams|routes)(?:\[([0-9]+)\]|\.([A-Za-z0-9_-]+|"[^"]*"))`)

// checkText refuses what package config refuses, where it comes from: a value that is
// good for NGINX and not for Weir.
func (im *importer) checkText(text []byte) {
	_, err := config.Parse(im.config.File, text)
	if err == nil {
		return
	}
	invalid, ok := errors.AsType[*config.Invalid](err)
	if !ok {
		im.say.refuseRouting(im.httpDirective(), err.Error())
		return
	}
	for _, p := range invalid.Problems {
		d := im.httpDirective()
		if m := inPath.FindStringSubmatch(p.Path); m != nil {
			if found := im.origin(m[2], strings.Trim(m[3], `"`)); found != nil {
				d = found
			}
		}
		im.say.refuseRouting(d, fmt.Sprintf("Weir's file cannot say it: %s: %s", p.Path, p.Msg))
	}
}

// origin is what the route at an index, or the upstream of a name, comes from.
func (im *importer) origin(index, name string) *Directive {
	if i, err := strconv.Atoi(index); err == nil && i < len(im.routes) {
		return im.routes[i].answer.d
	}
	for _, m := range im.made {
		if m.name == name {
			return m.d
		}
	}
	return nil
}
