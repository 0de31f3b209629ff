package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Match says which requests a route takes.
type Match struct {
	// Listeners are the names of those that the request may have come to; none means
	// all.
	Listeners []string
	// Scheme is "http" or "https", "" for both.
	Scheme string
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
	// When is asked last. Of the routes with one host and path those that have it are
	// looked at before those without. nil: whatever flags say.
	When *When
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

// Name tells the route from others in a log: its host and path, with "=" between
// them for an exact path and "~" for an expression, behind its scheme if it has one,
// and that behind its listeners and "|".
func (m *Match) Name() string {
	before := ""
	if len(m.Listeners) > 0 {
		before = strings.Join(m.Listeners, ",") + "|"
	}
	if m.Scheme != "" {
		before += m.Scheme + "://"
	}
	return before + siteName(m.Host) + [...]string{Prefix: "", Exact: "=", Regex: "~"}[m.Kind] + m.Path
}

// siteName is one spelling of a route's host.
func siteName(host string) string {
	if host == "" {
		return "*"
	}
	return strings.ToLower(host)
}

// expression checks the path and compiles it if it is one; else nil.
func (m *Match) expression() (*regexp.Regexp, error) {
	if m.Kind == Regex {
		return regexp.Compile(m.Path)
	}
	if !strings.HasPrefix(m.Path, "/") {
		return nil, fmt.Errorf("path %q, want one that starts with /", m.Path)
	}
	return nil, nil
}

func (m *Match) checkScheme() error {
	switch m.Scheme {
	case "", "http", "https":
		return nil
	}
	return fmt.Errorf("scheme %q, want http or https", m.Scheme)
}

// same is equal for two routes exactly when they take the same requests of a listener,
// as far as that can be seen.
func (m *Match) same() string {
	path := m.Path
	if m.Kind == Prefix {
		path = strings.TrimSuffix(path, "/") // /a and /a/ end at the same border
	}
	c := m.conditions()
	if c == nil {
		c = &conditions{}
	}
	return fmt.Sprintf("%q %q %d %q %q", m.Scheme, siteName(m.Host), m.Kind, path, []any{c.methods, c.headers, c.query, c.cookies, c.when.same()})
}

// conditions returns what else the route asks for, in one order; nil for nothing.
func (m *Match) conditions() *conditions {
	c := &conditions{
		methods: slices.Compact(slices.Sorted(slices.Values(m.Methods))),
		headers: sorted(m.Headers, strings.ToLower),
		query:   sorted(m.Query, nil),
		cookies: sorted(m.Cookies, nil),
		when:    m.When,
	}
	if c.count() == 0 && c.when == nil {
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
