package nginx

import (
	"fmt"
	"maps"
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

// write adds the routes of all hosts, for requests that come in one way.
func (t hostTable) write(im *importer, in entrance) {
	for _, host := range t.hosts {
		st := t.sites[host]
		if t.isStandard(host) {
			continue // it is the default one's own
		}
		for _, r := range st.routes {
			if own := r.when.host; own != "" && t.find(own) != st {
				continue // another server is called so
			}
			if out, ok := r.at(in, host); ok {
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
	key := fmt.Sprintf("%q %d %q %v", r.listeners, r.kind, r.path, c) // maps are printed in order
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

// at is the route for an entrance and a host; false where its own condition is another
// one.
func (r *route) at(in entrance, host string) (*route, bool) {
	out := *r
	out.listeners, out.scheme, out.host = in.listeners, in.scheme, host
	if own := r.when.scheme; own != "" {
		if in.scheme != "" && in.scheme != own {
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
