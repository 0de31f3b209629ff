package proxy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Route says which requests it takes, and where they go. Of the routes that take a
// request the most specific one gets it: see table.
type Route struct {
	// Host is a name without port, "*.suffix" for every name below suffix, "*" or ""
	// for every host. Case does not matter.
	Host string
	// Path is compared with the path as it was sent, which nobody decodes or
	// normalises. It begins with "/", unless Kind is Regex.
	Path string
	Kind PathKind
	// Methods are those the route takes, with case; none means every method.
	Methods []string
	// Headers, Query and Cookies must all be there. Names of headers are letters,
	// digits and "-".
	Headers, Query, Cookies []Pair

	// One of them is set.
	Upstream *Upstream
	Redirect *Redirect
	Respond  *Respond

	Rewrite Rewrite
	MaxBody int64 // bytes of a request's body, without framing; more is 413. 0: no bound
}

// PathKind is how a route's path is compared.
type PathKind uint8

// The kinds. The zero value is Prefix.
const (
	Prefix PathKind = iota // the path, or one that goes on behind it with "/"
	Exact                  // the path
	Regex                  // an expression (RE2) that matches somewhere in the path
)

// Pair is a name and the value that it must have: exactly that, or any for "*".
type Pair struct{ Name, Value string }

// String names the route for an error.
func (r *Route) String() string { return "route " + r.Host + r.Path }

// route is a Route made ready: what a request finds.
type route struct {
	name     string      // for the access log
	upstream *Upstream   // nil where own is not
	own      *reply      // the route's own answer
	maxBody  int64       // bytes of a request's body; 0: no bound
	only     *conditions // nil: it takes every request with its host and path
	rewrite
}

// compile makes the route ready. The expression is nil unless its kind is Regex.
func (r *Route) compile() (*route, *regexp.Regexp, error) {
	changes, err := r.Rewrite.compile()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r, err)
	}
	own, err := r.answer(changes.response)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r, err)
	}
	out := &route{name: r.name(), upstream: r.Upstream, maxBody: r.MaxBody, own: own, only: r.conditions(), rewrite: changes}
	if r.Kind == Regex {
		re, err := regexp.Compile(r.Path)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r, err)
		}
		return out, re, nil
	}
	if !strings.HasPrefix(r.Path, "/") {
		return nil, nil, fmt.Errorf("%s: path %q, want one that starts with /", r, r.Path)
	}
	return out, nil, nil
}

// name tells the route from others in a log: its host and path, with "=" between
// them for an exact path and "~" for an expression.
func (r *Route) name() string {
	return siteName(r.Host) + [...]string{Prefix: "", Exact: "=", Regex: "~"}[r.Kind] + r.Path
}

// same is equal for two routes exactly when they take the same requests, as far as
// that can be seen.
func (r *Route) same() string {
	path := r.Path
	if r.Kind == Prefix {
		path = strings.TrimSuffix(path, "/") // /a and /a/ end at the same border
	}
	c := r.conditions()
	if c == nil {
		c = &conditions{}
	}
	return fmt.Sprintf("%q %d %q %q", siteName(r.Host), r.Kind, path, []any{c.methods, c.headers, c.query, c.cookies})
}

// conditions returns what else the route asks for, in one order; nil for nothing.
func (r *Route) conditions() *conditions {
	c := &conditions{
		methods: slices.Compact(slices.Sorted(slices.Values(r.Methods))),
		headers: sorted(r.Headers, strings.ToLower),
		query:   sorted(r.Query, nil),
		cookies: sorted(r.Cookies, nil),
	}
	if c.count() == 0 {
		return nil
	}
	return c
}

func sorted(pairs []Pair, name func(string) string) []Pair {
	out := slices.Clone(pairs)
	for i := range out {
		if name != nil {
			out[i].Name = name(out[i].Name)
		}
	}
	slices.SortFunc(out, func(a, b Pair) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	return slices.Compact(out)
}
