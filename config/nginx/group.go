package nginx

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
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
		m.set("fail_timeout", timeText(s.failTimeout))
	}
	if s.backup {
		m.set("backup", "true")
	}
	if s.state != "" {
		m.set("state", s.state)
	}
	if s.slowStart > 0 {
		m.set("slow_start", timeText(s.slowStart))
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

// writeKeepalive writes which connections are kept.
func (im *importer) writeKeepalive(b *block, out *mapping) {
	k := &mapping{}
	old := im.options.Version.before(newDefaults)
	switch {
	case b != nil && b.by["keepalive"] != nil:
		d := b.by["keepalive"]
		var n int
		if !number(&n, d.Arg(0), 0) || n == 0 && old {
			im.fault(d, "%q: want a number of connections", d.Arg(0))
		}
		if n > 0 {
			im.say.approximate(d, "so many for each endpoint, not for each worker process")
		} else {
			im.say.honour(d)
		}
		k.set("idle", strconv.Itoa(min(n, 100_000)))
	case old:
		k.set("idle", "0") // none is kept
	case b == nil:
		return
	default:
		k.set("idle", "32")
	}
	requests := "1000"
	if im.options.Version.before(Version{1, 19, 10}) {
		requests = "100"
	}
	timeOf := func(name string, standard time.Duration) string {
		if b == nil || b.by[name] == nil {
			return timeText(standard)
		}
		d := b.by[name]
		im.say.honour(d)
		t, ok := parseTime(d.Arg(0))
		if !ok {
			im.fault(d, "%q: want a time, like 60s", d.Arg(0))
		}
		return timeText(max(t, 10*time.Millisecond))
	}
	if b != nil && b.by["keepalive_requests"] != nil {
		d := b.by["keepalive_requests"]
		im.say.honour(d)
		var n int
		if !number(&n, d.Arg(0), 0) {
			im.fault(d, "%q: want a whole number", d.Arg(0))
		}
		requests = strconv.Itoa(min(max(n, 1), 1_000_000))
	}
	k.set("requests", requests)
	k.set("time", timeOf("keepalive_time", time.Hour))
	k.set("timeout", timeOf("keepalive_timeout", time.Minute))
	out.set("keepalive", k)
}

// writeQueue writes where requests wait when all servers are full.
func (im *importer) writeQueue(b *block, m *made, out *mapping) {
	d := b.by["queue"]
	if d == nil {
		return
	}
	var size int
	wait := time.Minute
	ok := number(&size, d.Arg(0), 1)
	if t, has := strings.CutPrefix(d.Arg(1), "timeout="); has {
		wait, has = parseTime(t)
		ok = ok && has && wait > 0
	} else if len(d.Args) > 1 {
		ok = false
	}
	if !ok {
		im.fault(d, "want a number of requests, and timeout=60s or nothing")
		return
	}
	bounded := false
	for _, p := range m.parts {
		for _, s := range p.servers {
			bounded = bounded || s.maxConns > 0
		}
	}
	if !bounded {
		im.say.note(d, "no server has max_conns: nobody waits")
		return
	}
	im.say.honour(d)
	q := &mapping{}
	q.set("size", strconv.Itoa(min(size, 100_000)))
	q.set("timeout", timeText(wait))
	out.set("queue", q)
}
