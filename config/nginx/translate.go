package nginx

import (
	"slices"
	"strconv"
	"strings"
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
	faults, unknown := Check(im.config)
	for _, f := range faults {
		im.faults = append(im.faults, f)
	}
	if len(faults) > 0 {
		return nil, im.faulty()
	}
	for _, d := range unknown {
		im.say.sayByName(d)
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
	im.trusting = len(im.trusted(im.common(sites))) > 0
	sockets := im.sockets(sites)
	halls := im.halls(sockets)
	for _, st := range sites {
		st.translate()
	}
	im.writeRoutes(halls)
	out := im.document(sites, sockets)
	im.sayUnused()
	return out
}

// sayUnused says of what nothing leads to that it changes nothing.
func (im *importer) sayUnused() {
	for _, b := range im.upstreams {
		if !b.used {
			im.say.note(b.d, "no request is passed to it")
		}
	}
	for _, d := range im.matches {
		if im.say[d] != nil {
			continue // it was read
		}
		im.say.note(d, "no health_check asks for it")
		for _, line := range d.Block {
			im.say.note(line, "no health_check asks for it")
		}
	}
}

func (im *importer) httpDirective() *Directive {
	i := slices.IndexFunc(im.config.Block, func(d *Directive) bool { return d.Name == "http" })
	return im.config.Block[i]
}

// document puts the file together.
func (im *importer) document(sites []*site, sockets []*socket) *mapping {
	out := &mapping{}
	var listeners []any
	for _, s := range sockets {
		listeners = append(listeners, item{value: im.listener(s)})
	}
	out.set("listeners", listeners)
	out.set("clients", im.clients(sites))
	out.set("access_log", im.accessLog(sites))
	out.set("trace", "off") // NGINX says nothing of traces
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
