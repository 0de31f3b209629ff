package routing

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRoutesFollowTheModel compares the table with the rule as it is written for
// people: of the routes that take a request, the first in the order of listener, scheme, host, path,
// whether it asks a flag, number of conditions and place in the file.
func TestRoutesFollowTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var routes []Match
		for range rapid.IntRange(1, 12).Draw(t, "routes") {
			r := drawRoute(t)
			if !slices.ContainsFunc(routes, func(have Match) bool { return have.same() == r.same() && share(&have, &r) }) {
				routes = append(routes, r)
			}
		}
		table, err := NewTable(routes)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			x := drawRequest(t)
			if got, want := table.Find(x), model(routes, x); got != want {
				t.Fatalf("%+v leads to route %d, want %d of %+v", x, got, want, routes)
			}
		}
	})
}

var (
	modelSegment = rapid.SampledFrom([]string{"a", "b", "", "%2F", "aa"})
	modelValue   = rapid.SampledFrom([]string{"1", "2", ""})
)

func drawPath(t *rapid.T) string {
	return "/" + strings.Join(rapid.SliceOfN(modelSegment, 0, 3).Draw(t, "segments"), "/")
}

// share says that both may be asked for a request in the same breath: for a listener
// that both name, or both for all.
func share(a, b *Match) bool {
	return len(a.Listeners)+len(b.Listeners) == 0 ||
		slices.ContainsFunc(a.Listeners, func(l string) bool { return slices.Contains(b.Listeners, l) })
}

func drawRoute(t *rapid.T) Match {
	r := Match{
		Listeners: rapid.SampledFrom([][]string{nil, nil, nil, {"l"}, {"m"}, {"l", "m"}}).Draw(t, "listeners"),
		Scheme:    rapid.SampledFrom([]string{"", "", "http", "https"}).Draw(t, "scheme"),
		Host:      rapid.SampledFrom([]string{"*", "", "o", "a.o", "A.o", "*.o", "*.a.o", "*.b.a.o"}).Draw(t, "host"),
		Kind:      rapid.SampledFrom([]PathKind{Prefix, Prefix, Exact, Regex}).Draw(t, "kind"),
		Path:      drawPath(t),
	}
	if r.Kind == Regex {
		r.Path = rapid.SampledFrom([]string{"^/a", "b$", "/a/", "^/[ab]+$"}).Draw(t, "expression")
	}
	if rapid.IntRange(0, 3).Draw(t, "methods") == 0 {
		r.Methods = []string{"GET"}
	}
	pairs := func(name string) []Pair {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			return nil
		}
		return []Pair{{name, rapid.SampledFrom([]string{"1", "2", "", "*"}).Draw(t, "value")}}
	}
	r.Headers, r.Query, r.Cookies = pairs("x-a"), pairs("q"), pairs("c")
	if rapid.IntRange(0, 2).Draw(t, "when") == 0 {
		r.When = &When{Flag: "f", Variants: rapid.SampledFrom([][]string{{"on"}, {"off"}, {"on", "off"}}).Draw(t, "variants")}
	}
	return r
}

func drawRequest(t *rapid.T) *asked {
	x := &asked{
		listener: rapid.SampledFrom([]string{"", "l", "m", "n"}).Draw(t, "listener"),
		scheme:   rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme"),
		host:     rapid.SampledFrom([]string{"", "o", "O.", "a.o", "b.a.o", "B.a.O.", "c.b.a.o", ".o", "x"}).Draw(t, "host"),
		path:     drawPath(t),
		method:   rapid.SampledFrom([]string{"GET", "PUT"}).Draw(t, "method"),
	}
	if rapid.Bool().Draw(t, "flag") {
		x.flags = map[string]string{"f": rapid.SampledFrom([]string{"on", "off"}).Draw(t, "variant")}
	}
	if rapid.Bool().Draw(t, "header") {
		x.fields = append(x.fields, Pair{"X-A", modelValue.Draw(t, "value")})
	}
	if rapid.Bool().Draw(t, "cookie") {
		x.fields = append(x.fields, Pair{"Cookie", "d=1; c=" + modelValue.Draw(t, "value")})
	}
	if rapid.Bool().Draw(t, "query") {
		x.query = "p&q=" + modelValue.Draw(t, "value")
	}
	return x
}

// model returns the place of the route, or nowhere.
func model(routes []Match, x *asked) int {
	best := nowhere
	for i := range routes {
		if takes(&routes[i], x) && (best == nowhere || before(&routes[i], &routes[best], routes, x.listener)) {
			best = i
		}
	}
	return best
}

func takes(r *Match, x *asked) bool {
	if len(r.Listeners) > 0 && !slices.Contains(r.Listeners, x.listener) {
		return false
	}
	if r.Scheme != "" && r.Scheme != x.scheme {
		return false
	}
	host, name := strings.ToLower(r.Host), strings.TrimSuffix(strings.ToLower(x.host), ".")
	switch suffix, wild := strings.CutPrefix(host, "*"); {
	case host == "*" || host == "":
	case wild && (!strings.HasSuffix(name, suffix) || name == suffix):
		return false
	case !wild && host != name:
		return false
	}
	switch prefix := strings.TrimSuffix(r.Path, "/"); {
	case r.Kind == Exact && x.path != r.Path,
		r.Kind == Regex && !regexp.MustCompile(r.Path).MatchString(x.path),
		r.Kind == Prefix && x.path != prefix && !strings.HasPrefix(x.path, prefix+"/"):
		return false
	}
	if len(r.Methods) > 0 && !slices.Contains(r.Methods, x.method) || r.When != nil && !slices.Contains(r.When.Variants, x.flags["f"]) {
		return false
	}
	holds := func(want []Pair, have string) bool { // have: "n=v" between commas
		for _, p := range want {
			if !strings.Contains(have+",", ","+p.Name+"="+strings.TrimSuffix(p.Value+",", "*,")) {
				return false
			}
		}
		return true
	}
	var headers, cookies string
	for _, f := range x.fields {
		headers += "," + strings.ToLower(f.Name) + "=" + f.Value
		if f.Name == "Cookie" {
			cookies += "," + strings.ReplaceAll(f.Value, "; ", ",")
		}
	}
	return holds(r.Headers, headers) && holds(r.Cookies, cookies) && holds(r.Query, ","+strings.ReplaceAll(x.query, "&", ","))
}

// before says that a goes before b, both of which take the request, which came to a
// listener; all are the routes in the order of the file.
func before(a, b *Match, all []Match, listener string) bool {
	named := func(r *Match) int { return min(len(r.Listeners), 1) } // the request's is one of them
	scheme := func(r *Match) int { return len(r.Scheme) }           // it is the request's, or none
	host := func(r *Match) int {
		switch {
		case r.Host == "*" || r.Host == "":
			return 0
		case strings.HasPrefix(r.Host, "*"):
			return len(r.Host)
		}
		return 1000
	}
	place := func(r *Match) int {
		return slices.IndexFunc(all, func(o Match) bool { return o.same() == r.same() && slices.Equal(o.Listeners, r.Listeners) })
	}
	path := func(r *Match) int {
		switch r.Kind {
		case Exact:
			return 3000
		case Regex: // where this expression was written first for the host
			return 2000 - slices.IndexFunc(all, func(o Match) bool {
				return o.Kind == Regex && o.Path == r.Path && siteName(o.Host) == siteName(r.Host) && o.Scheme == r.Scheme &&
					(named(&o) == 0 && named(r) == 0 || named(r) == 1 && slices.Contains(o.Listeners, listener))
			})
		}
		return len(strings.TrimSuffix(r.Path, "/"))
	}
	asks := func(r *Match) int { return min(len(r.When.same()), 1) }
	for _, by := range []func(*Match) int{named, scheme, host, path, asks, func(r *Match) int { return r.conditions().count() }} {
		if by(a) != by(b) {
			return by(a) > by(b)
		}
	}
	return place(a) < place(b)
}
