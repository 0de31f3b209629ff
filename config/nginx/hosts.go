package nginx

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// hostTable is which site takes a host; "*" is every other one.
type hostTable struct {
	hosts []string // in the order they were found, "*" last
	sites map[string]*site
}

// table is who takes which host on a socket.
func (s *socket) table(im *importer) hostTable {
	t := hostTable{sites: map[string]*site{}}
	for _, st := range s.sites {
		for _, host := range st.hosts {
			if other := t.sites[host]; other != nil {
				if other != st {
					im.say.note(s.by[st], "another server is called "+host+" there, and goes before it")
				}
				continue
			}
			t.sites[host] = st
			t.hosts = append(t.hosts, host)
		}
	}
	t.sites["*"] = s.standard
	t.hosts = append(t.hosts, "*")
	return t
}

// tables are who takes which host, for clients without TLS and with it. Weir's routes
// know no port: sockets of one kind that lead to different servers for the same host
// cannot be told apart.
func (im *importer) tables(sockets []*socket) map[bool]hostTable {
	out := map[bool]hostTable{}
	from := map[bool]*socket{}
	for _, s := range sockets {
		t := s.table(im)
		first, ok := out[s.secure]
		if !ok {
			out[s.secure], from[s.secure] = t, s
			continue
		}
		out[s.secure] = im.mergeTables(first, t, s, from[s.secure])
	}
	return out
}

// mergeTables adds the hosts of another socket to a table.
func (im *importer) mergeTables(first, t hostTable, s, from *socket) hostTable {
	for _, host := range t.hosts {
		st, had := t.sites[host], first.sites[host]
		d := s.by[st]
		switch {
		case had == nil:
			first.hosts = slices.Insert(first.hosts, len(first.hosts)-1, host)
			first.sites[host] = st
		case had == st:
		case host == "*" && len(st.hosts) > 0:
			im.say.approximate(d, "routes know no port: a host that no server is called goes to the default server of port "+from.port+" here too")
		default:
			im.say.refuseRouting(d, "routes know no port, and port "+from.port+" has another server for the same hosts")
		}
	}
	return first
}

// equal reports whether both lead to the same.
func (t hostTable) equal(o hostTable) bool {
	if len(t.sites) != len(o.sites) {
		return false
	}
	for host, st := range t.sites {
		if o.sites[host] != st {
			return false
		}
	}
	return true
}

// write adds the routes of all hosts, for requests of a scheme.
func (t hostTable) write(im *importer, scheme string) {
	for _, host := range t.hosts {
		st := t.sites[host]
		if t.isStandard(host) {
			continue // it is the default one's own
		}
		for _, r := range st.routes {
			if own := r.when.host; own != "" && t.find(own) != st {
				continue // another server is called so
			}
			if out, ok := r.at(scheme, host); ok {
				im.add(out)
			}
		}
	}
}

// isStandard reports whether a host would go to the same server without a word.
func (t hostTable) isStandard(host string) bool {
	if host == "*" {
		return false
	}
	others := hostTable{sites: maps.Clone(t.sites)}
	delete(others.sites, host)
	return others.find(strings.Replace(host, "*", "x", 1)) == t.sites[host] && t.sites[host] == t.sites["*"]
}

// add adds a route unless one before it takes the same requests, and so goes before.
func (im *importer) add(r *route) {
	c := r.when
	c.scheme, c.host = r.scheme, r.host
	key := fmt.Sprintf("%d %q %v", r.kind, r.path, c) // maps are printed in order
	if !im.taken[key] {
		im.taken[key] = true
		im.routes = append(im.routes, r)
	}
}

// find is who takes a host.
func (t hostTable) find(host string) *site {
	if st := t.sites[host]; st != nil {
		return st
	}
	longest := "*"
	for other := range t.sites {
		if suffix, wild := strings.CutPrefix(other, "*"); wild && suffix != "" && strings.HasSuffix(host, suffix) && len(other) > len(longest) {
			longest = other
		}
	}
	return t.sites[longest]
}

// at is the route for a scheme and a host; false where its own condition is another
// one.
func (r *route) at(scheme, host string) (*route, bool) {
	out := *r
	out.scheme, out.host = scheme, host
	if own := r.when.scheme; own != "" {
		if scheme != "" && scheme != own {
			return nil, false
		}
		out.scheme = own
	}
	if own := r.when.host; own != "" && own != host {
		suffix, wild := strings.CutPrefix(host, "*")
		if !wild || !strings.HasSuffix(own, suffix) {
			return nil, false
		}
		out.host = own
	}
	return &out, true
}
