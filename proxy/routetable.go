package proxy

import (
	"fmt"
	"strings"

	"weir/proxy/internal/http1"
)

// table finds the route of a request: the most specific one that takes it.
//
//   - An exact host goes before a wildcard, the wildcard with the longest suffix
//     before others, any wildcard before every host.
//   - Within one host an exact path goes before expressions, those before prefixes
//     (as in nginx); expressions are asked in the order they were written, the longest
//     prefix goes first.
//   - Within one host and path the route with more conditions goes first, then the one
//     written first.
//
// Where no route of a more specific host or path takes the request, the next one is
// asked. Paths are compared as they were sent: "/a%2Fb", "/a//b" and "/x/../a" are
// just those bytes, so a route is no fence around what an endpoint may make of them.
type table struct {
	hosts     map[string]*site // by the whole name
	wildcards map[string]*site // by the name without its first labels
	longest   int              // of the wildcards' names
	any       site
}

func newTable(routes []Route) (table, error) {
	t := table{hosts: make(map[string]*site), wildcards: make(map[string]*site)}
	written := make(map[string]bool, len(routes))
	for i := range routes {
		r := &routes[i]
		made, re, err := r.compile()
		if err != nil {
			return table{}, err
		}
		if written[r.same()] {
			return table{}, fmt.Errorf("%s: written twice", r)
		}
		written[r.same()] = true
		t.site(r.Host).add(r, made, re)
	}
	return t, nil
}

// siteName is one spelling of a route's host.
func siteName(host string) string {
	if host == "" {
		return "*"
	}
	return strings.ToLower(host)
}

// site returns the routes of a host, to be added to.
func (t *table) site(host string) *site {
	name, in := siteName(host), t.hosts
	if name == "*" {
		return &t.any
	}
	if suffix, wild := strings.CutPrefix(name, "*."); wild {
		name, in = suffix, t.wildcards
		t.longest = max(t.longest, len(suffix))
	}
	if in[name] == nil {
		in[name] = &site{}
	}
	return in[name]
}

// maxHost is longer than any name in the DNS (RFC 1035 §2.3.4: 255 octets).
const maxHost = 256

// match returns the route that takes the request, or nil.
func (t *table) match(x Exchange) *route {
	path := x.Path()
	if len(t.hosts) > 0 || len(t.wildcards) > 0 {
		if r := t.matchName(x, path); r != nil {
			return r
		}
	}
	return t.any.match(x, path)
}

// matchName asks the routes that have a host. The dot at the end of a name that is
// written out in full does not count (RFC 3986 §3.2.2).
func (t *table) matchName(x Exchange, path []byte) *route {
	sent := x.Name()
	if len(sent) > maxHost {
		return nil
	}
	var buf [maxHost]byte
	name := http1.AppendLower(buf[:0], sent)
	if n := len(name) - 1; n > 0 && name[n] == '.' {
		name = name[:n]
	}
	if r := t.hosts[string(name)].match(x, path); r != nil {
		return r
	}
	if len(t.wildcards) == 0 {
		return nil
	}
	for i := 1; i < len(name)-1; i++ { // from 1: below a suffix there is a name
		if name[i] != '.' || len(name)-i-1 > t.longest {
			continue
		}
		if r := t.wildcards[string(name[i+1:])].match(x, path); r != nil {
			return r
		}
	}
	return nil
}
