package routing

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// site is the routes of one host. The zero value has none.
type site struct {
	exact    map[string]choices
	longest  int // of the exact paths
	patterns []expression
	prefixes node
}

// expression is the routes of one expression.
type expression struct {
	re     *regexp.Regexp
	routes choices
}

// choice is a route that takes the requests with its host and path for which its
// conditions hold.
type choice struct {
	at   int         // its place among all routes
	only *conditions // nil: no others
}

// choices are the routes of one host and path: those that ask a flag, then the others, of
// each those with more conditions first.
type choices []choice

// add puts the route behind those that it does not go before.
func (c *choices) add(r choice) {
	at := len(*c)
	for at > 0 && r.only.before((*c)[at-1].only) {
		at--
	}
	*c = slices.Insert(*c, at, r)
}

func (c choices) find(x Request) int {
	for i := range c {
		if only := c[i].only; only == nil || only.hold(x) {
			return c[i].at
		}
	}
	return nowhere
}

// add puts a route in. Its path is checked already.
func (s *site) add(m *Match, re *regexp.Regexp, r choice) {
	switch m.Kind {
	case Exact:
		if s.exact == nil {
			s.exact = make(map[string]choices)
		}
		list := s.exact[m.Path]
		list.add(r)
		s.exact[m.Path] = list
		s.longest = max(s.longest, len(m.Path))
	case Regex:
		i := slices.IndexFunc(s.patterns, func(p expression) bool { return p.re.String() == re.String() })
		if i < 0 {
			i = len(s.patterns)
			s.patterns = append(s.patterns, expression{re: re})
		}
		s.patterns[i].routes.add(r)
	default:
		s.prefixes.at(strings.TrimSuffix(m.Path, "/")).routes.add(r)
	}
}

// find returns the route of this host that takes the request, or nowhere. A nil
// site has no routes.
func (s *site) find(x Request, path []byte) int {
	if s == nil {
		return nowhere
	}
	if len(path) <= s.longest {
		if at := s.exact[string(path)].find(x); at != nowhere {
			return at
		}
	}
	for i := range s.patterns {
		p := &s.patterns[i]
		if p.re.Match(path) {
			if at := p.routes.find(x); at != nowhere {
				return at
			}
		}
	}
	return s.prefixes.find(x, path)
}

// node is a prefix in the tree of all prefixes of a host, which branches at the
// slashes: to find the longest one takes a step for each segment that some route has,
// however many routes there are. The zero value is the prefix of every path.
type node struct {
	above  *node
	below  map[string]*node // by the next segment
	routes choices
}

// at returns the node of a prefix without a slash at its end, to be added to.
func (n *node) at(prefix string) *node {
	for prefix != "" {
		segment, rest := prefix[1:], ""
		if i := strings.IndexByte(segment, '/'); i >= 0 {
			segment, rest = segment[:i], segment[i:]
		}
		if n.below == nil {
			n.below = make(map[string]*node)
		}
		if n.below[segment] == nil {
			n.below[segment] = &node{above: n}
		}
		n, prefix = n.below[segment], rest
	}
	return n
}

func (n *node) find(x Request, path []byte) int {
	for len(n.below) > 0 && len(path) > 0 {
		segment, rest := path[1:], path[len(path):]
		if i := bytes.IndexByte(segment, '/'); i >= 0 {
			segment, rest = segment[:i], segment[i:]
		}
		next := n.below[string(segment)]
		if next == nil {
			break
		}
		n, path = next, rest
	}
	for ; n != nil; n = n.above {
		if at := n.routes.find(x); at != nowhere {
			return at
		}
	}
	return nowhere
}
