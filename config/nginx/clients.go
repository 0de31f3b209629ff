package nginx

import (
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// clients is what clients may cost, in the shape of Weir's file: as http says, for
// all servers.
func (im *importer) clients(sites []*site) *mapping {
	s := im.common(sites)
	m, timeouts, limits := &mapping{}, &mapping{}, &mapping{}
	timeouts.set("header", config.ShowDuration(atLeastMillisecond(im.duration(s, "client_header_timeout", time.Minute))))
	timeouts.set("body", config.ShowDuration(atLeastMillisecond(im.duration(s, "client_body_timeout", time.Minute))))
	timeouts.set("send", config.ShowDuration(atLeastMillisecond(im.duration(s, "send_timeout", time.Minute))))
	wait := im.duration(s, "keepalive_timeout", 75*time.Second)
	requests := im.requestsOfConnection(s)
	if wait == 0 {
		wait, requests = time.Second, 1 // none is kept
	}
	timeouts.set("keepalive", config.ShowDuration(wait))
	m.set("timeouts", timeouts)

	head, target := int64(32<<10), int64(8<<10)
	if d := s.find("large_client_header_buffers"); d != nil {
		im.say.honour(d)
		var n int
		size, ok := parseSize(d.Arg(1))
		if !number(&n, d.Arg(0), 1) || !ok {
			im.fault(d, "want a number and a size, like 4 8k")
		}
		head, target = min(max(int64(n)*size, 512), 1<<20), min(max(size, 1), 1<<20)
	}
	limits.set("head", sizeText(head))
	limits.set("target", sizeText(target))
	limits.set("body", sizeText(im.size(s, "client_max_body_size", 1<<20)))
	limits.set("requests", strconv.Itoa(requests))
	m.set("limits", limits)
	m.set("trusted_proxies", im.trusted(s))
	if d := s.find("underscores_in_headers"); d != nil && im.isOn(s, d.Name, false) {
		im.say.refuse(d, "headers with an underscore in their names are left out")
	}
	im.otherClients(sites)
	return m
}

// common is the scope of what is said once for all clients: that of the only server,
// or http.
func (im *importer) common(sites []*site) *scope {
	if len(sites) == 1 {
		return sites[0].scope
	}
	return im.http
}

// requestsOfConnection is how many requests a client's connection serves.
func (im *importer) requestsOfConnection(s *scope) int {
	n := 1000
	if im.options.Version.before(Version{1, 19, 10}) {
		n = 100
	}
	d := s.find("keepalive_requests")
	if d == nil {
		return n
	}
	im.say.honour(d)
	if !number(&n, d.Arg(0), 0) {
		im.fault(d, "%q: want a whole number", d.Arg(0))
	}
	return min(max(n, 1), 1_000_000)
}

// trusted are the proxies that are believed.
func (im *importer) trusted(s *scope) []any {
	header := s.find("real_ip_header")
	var out []any
	for _, d := range s.all("set_real_ip_from") {
		switch {
		case d.Arg(0) == "unix:":
			im.say.note(d, "there are no Unix sockets")
			continue
		case isName(strings.SplitN(d.Arg(0), "/", 2)[0]):
			im.say.refuse(d, "want a network, not a name")
			continue
		case header == nil || !strings.EqualFold(header.Arg(0), "X-Forwarded-For"):
			im.say.refuse(d, "clients are known by X-Forwarded-For only")
			continue
		}
		im.say.honour(d)
		out = append(out, d.Arg(0))
	}
	if header != nil {
		if strings.EqualFold(header.Arg(0), "X-Forwarded-For") {
			im.say.honour(header)
		} else {
			im.say.refuse(header, "clients are known by X-Forwarded-For only")
		}
		if !im.isOn(s, "real_ip_recursive", false) && len(out) > 0 {
			im.say.approximate(header, "the client is the last address that is not trusted, as with real_ip_recursive on")
		}
	}
	return out
}

// forClients are the directives that clients reads, which servers and locations cannot
// change for themselves here.
var forClients = []string{
	"client_header_timeout", "client_body_timeout", "send_timeout", "keepalive_timeout", "keepalive_requests",
	"large_client_header_buffers", "underscores_in_headers", "set_real_ip_from", "real_ip_header", "real_ip_recursive",
}

// otherClients says of such directives that were not read that they are not asked.
func (im *importer) otherClients(sites []*site) {
	for _, st := range sites {
		var walk func([]*Directive)
		walk = func(block []*Directive) {
			for _, d := range block {
				for _, name := range forClients {
					if d.Name == name && im.say[d] == nil {
						im.say.approximate(d, "for clients there is one value for all servers and locations")
					}
				}
				if d.Name == "location" {
					walk(d.Block)
				}
			}
		}
		walk(st.d.Block)
	}
}
