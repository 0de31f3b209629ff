package proxy

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

// choices are the routes of one host and path, those with more conditions first.
type choices []*route

// add puts the route behind those that have as many conditions.
func (c *choices) add(r *route) {
	at := len(*c)
	for at > 0 && (*c)[at-1].only.weight() < r.only.weight() {
		at--
	}
	*c = slices.Insert(*c, at, r)
}

func (c *conditions) weight() int {
	if c == nil {
		return 0
	}
	return c.count()
}

func (c choices) match(x Exchange) *route {
	for _, r := range c {
		if r.only == nil || r.only.hold(x) {
			return r
		}
	}
	return nil
}

// add puts a route in; re is its expression when it has one.
func (s *site) add(r *Route, made *route, re *regexp.Regexp) {
	switch r.Kind {
	case Exact:
		if s.exact == nil {
			s.exact = make(map[string]choices)
		}
		list := s.exact[r.Path]
		list.add(made)
		s.exact[r.Path] = list
		s.longest = max(s.longest, len(r.Path))
	case Regex:
		i := slices.IndexFunc(s.patterns, func(p expression) bool { return p.re.String() == re.String() })
		if i < 0 {
			i = len(s.patterns)
			s.patterns = append(s.patterns, expression{re: re})
		}
		s.patterns[i].routes.add(made)
	default:
		s.prefixes.at(strings.TrimSuffix(r.Path, "/")).routes.add(made)
	}
}

// match returns the route of this host that takes the request, or nil. A nil site
// has no routes.
func (s *site) match(x Exchange, path []byte) *route {
	if s == nil {
		return nil
	}
	if len(path) <= s.longest {
		if r := s.exact[string(path)].match(x); r != nil {
			return r
		}
	}
	for i := range s.patterns {
		p := &s.patterns[i]
		if p.re.Match(path) {
			if r := p.routes.match(x); r != nil {
				return r
			}
		}
	}
	return s.prefixes.match(x, path)
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

func (n *node) match(x Exchange, path []byte) *route {
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
		if r := n.routes.match(x); r != nil {
			return r
		}
	}
	return nil
}
