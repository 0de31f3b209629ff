package routing

import (
	"fmt"
	"strings"
)

// Table finds the route of a request: the most specific one that takes it.
//
//   - A route for the request's listener goes before those for all of them.
//   - A route for the request's scheme goes before those for both, so that one which
//     redirects to https redirects everything.
//   - An exact host goes before a wildcard, the wildcard with the longest suffix
//     before others, any wildcard before every host.
//   - Within one host an exact path goes before expressions, those before prefixes
//     (as in nginx); expressions are asked in the order they were written, the longest
//     prefix goes first.
//   - Within one host and path the route with more conditions goes first, then the one
//     written first.
//
// Where no route of a more specific listener, scheme, host or path takes the request, the next
// one is asked. Paths are compared as they were sent: "/a%2Fb", "/a//b" and "/x/../a" are
// just those bytes, so a route is no fence around what an endpoint may make of them.
// It is immutable.
type Table struct {
	listeners map[string]*Table // of the routes that are for some; these have none
	schemes   map[string]*Table // of the routes that are for one; these have neither
	hosts     map[string]*site  // by the whole name
	wildcards map[string]*site  // by the name without its first labels
	longest   int               // of the wildcards' names
	any       site
}

func emptyTable() *Table {
	return &Table{hosts: make(map[string]*site), wildcards: make(map[string]*site)}
}

// NewTable checks the routes and returns the table of them.
func NewTable(routes []Match) (*Table, error) {
	t := emptyTable()
	written := make(map[string]bool, len(routes))
	for i := range routes {
		m := &routes[i]
		re, err := m.expression()
		if err == nil {
			err = m.checkScheme()
		}
		if err != nil {
			return nil, fmt.Errorf("route %s: %w", m.Name(), err)
		}
		listeners := m.Listeners
		if len(listeners) == 0 {
			listeners = everyListener
		}
		for _, l := range listeners {
			key := l + " " + m.same()
			if written[key] {
				return nil, fmt.Errorf("route %s: written twice", m.Name())
			}
			written[key] = true
			t.listener(l).scheme(m.Scheme).site(m.Host).add(m, re, choice{at: i, only: m.conditions()})
		}
	}
	return t, nil
}

// everyListener stands for those of a route that names none.
var everyListener = []string{""}

// listener returns the table of a listener's routes, to be added to.
func (t *Table) listener(name string) *Table { return t.part(&t.listeners, name) }

// scheme returns the table of a scheme's routes, to be added to.
func (t *Table) scheme(scheme string) *Table { return t.part(&t.schemes, scheme) }

// part returns one of the tables in t; "" is t itself.
func (t *Table) part(of *map[string]*Table, name string) *Table {
	if name == "" {
		return t
	}
	if *of == nil {
		*of = make(map[string]*Table)
	}
	if (*of)[name] == nil {
		(*of)[name] = emptyTable()
	}
	return (*of)[name]
}

// site returns the routes of a host, to be added to.
func (t *Table) site(host string) *site {
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

// nowhere is where a request leads that no route takes.
const nowhere = -1

// Find returns the place of the route that takes the request among those that
// NewTable got, or -1.
func (t *Table) Find(x Request) int {
	if len(t.listeners) > 0 {
		if of := t.listeners[x.Listener()]; of != nil {
			if at := of.Find(x); at != nowhere {
				return at
			}
		}
	}
	if len(t.schemes) > 0 {
		if of := t.schemes[x.Scheme()]; of != nil {
			if at := of.Find(x); at != nowhere {
				return at
			}
		}
	}
	path := x.Path()
	if len(t.hosts) > 0 || len(t.wildcards) > 0 {
		if at := t.findName(x, path); at != nowhere {
			return at
		}
	}
	return t.any.find(x, path)
}

// findName asks the routes that have a host. The dot at the end of a name that is
// written out in full does not count (RFC 3986 §3.2.2).
func (t *Table) findName(x Request, path []byte) int {
	sent := x.Name()
	if len(sent) > maxHost {
		return nowhere
	}
	var buf [maxHost]byte
	name := appendLower(buf[:0], sent)
	if n := len(name) - 1; n > 0 && name[n] == '.' {
		name = name[:n]
	}
	if at := t.hosts[string(name)].find(x, path); at != nowhere {
		return at
	}
	if len(t.wildcards) == 0 {
		return nowhere
	}
	for i := 1; i < len(name)-1; i++ { // from 1: below a suffix there is a name
		if name[i] != '.' || len(name)-i-1 > t.longest {
			continue
		}
		if at := t.wildcards[string(name[i+1:])].find(x, path); at != nowhere {
			return at
		}
	}
	return nowhere
}

// appendLower appends an ASCII name in lower case.
func appendLower(dst, name []byte) []byte {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
