package nginx

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// What Weir's passive health holds where an endpoint says nothing, as NGINX does.
const (
	standardFails   = 1
	standardTimeout = 10 * time.Second
)

// endpoints are the servers of a version in the shape of Weir's file.
func (im *importer) endpoints(p part) []any {
	var out []any
	divide := weightDivisor(p.servers)
	first := map[string]*mapping{}
	weights := map[string]int{}
	for _, s := range p.servers {
		key := s.address() + " " + s.service
		weights[key] += s.weight
		weight := strconv.Itoa(min(max(weights[key]/divide, 1), 1000))
		if m := first[key]; m != nil {
			im.say.approximate(s.d, "the address is there already: one endpoint with the weight of both")
			m.replace("weight", weight)
			continue
		}
		m := s.endpoint(weight)
		if written := s.d.Arg(0); p.block != nil && p.block.consistent() && (s.resolve || written != s.address()) {
			m.set("node", written) // this is hashed, so all addresses of a name share its part
		}
		first[key] = m
		out = append(out, m)
		im.sayServer(s, divide)
	}
	for i, m := range out {
		if m := m.(*mapping); len(m.entries) == 1 {
			out[i] = m.entries[0].value
		}
	}
	return out
}

// endpoint is a server in the shape of Weir's file.
func (s *serverLine) endpoint(weight string) *mapping {
	m := &mapping{}
	m.set("address", s.address())
	if _, err := netip.ParseAddr(strings.Trim(s.host, "[]")); s.resolve && err != nil { // of an address there is nothing to resolve
		m.set("resolve", "true")
	}
	if s.service != "" {
		m.set("service", s.service)
	}
	if weight != "1" {
		m.set("weight", weight)
	}
	if s.maxConns > 0 {
		m.set("max_conns", strconv.Itoa(s.maxConns))
	}
	if s.maxFails != standardFails {
		m.set("max_fails", strconv.Itoa(s.maxFails))
	}
	if s.failTimeout != standardTimeout {
		m.set("fail_timeout", config.ShowDuration(s.failTimeout))
	}
	if s.backup {
		m.set("backup", "true")
	}
	if s.state != "" {
		m.set("state", s.state)
	}
	if s.slowStart > 0 {
		m.set("slow_start", config.ShowDuration(s.slowStart))
	}
	if s.route != "" {
		m.set("route", s.route)
	}
	return m
}

// replace sets a key that may be there already.
func (m *mapping) replace(key string, value any) {
	for i := range m.entries {
		if m.entries[i].key == key {
			m.entries[i].value = value
			return
		}
	}
	m.set(key, value)
}

// sayServer is the verdict on a server's line.
func (im *importer) sayServer(s *serverLine, divide int) {
	switch {
	case divide > 1 && s.weight%divide != 0:
		im.say.approximate(s.d, "1000 is the largest weight: all of them are divided by "+strconv.Itoa(divide))
	case !s.resolve && isName(s.host):
		im.say.approximate(s.d, "a name is one endpoint, however many addresses it has, and is looked up for each connection")
	default:
		im.say.honour(s.d)
	}
}

// isName reports whether a host is no IP address.
func isName(host string) bool {
	return !strings.Contains(host, ":") && strings.Trim(host, "0123456789.") != "" && host != "localhost"
}

// weightDivisor is what weights are divided by so that none is above 1000.
func weightDivisor(servers []*serverLine) int {
	most, all := 1, 0
	for _, s := range servers {
		most = max(most, s.weight)
		all = gcd(s.weight, all)
	}
	if most <= 1000 {
		return 1
	}
	if all > 1 && most/all <= 1000 {
		return all
	}
	return (most + 999) / 1000
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// writeGroup writes what a block says of its servers together; b is nil where there
// is no block.
func (im *importer) writeGroup(b *block, m *made, out *mapping) {
	if b == nil {
		im.writeKeepalive(nil, out)
		return
	}
	im.say.honour(b.d)
	im.writeMethod(b, out)
	im.writeKeepalive(b, out)
	im.writeQueue(b, m, out)
	im.writeAffinity(b, out)
	for name, d := range b.by {
		switch name {
		case "zone":
			im.say.note(d, "all counts are shared in one process; a size means nothing here")
		case "state":
			im.say.refuseRouting(d, "servers are of the file: want them written")
		case "ntlm":
			im.say.refuseRouting(d, "connections are not bound to clients")
		case "resolver", "resolver_timeout":
			im.resolvers = append(im.resolvers, d)
		}
	}
}
