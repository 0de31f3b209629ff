package config

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// Route says which requests it takes, and where they go. Of the routes that take a
// request the most specific one gets it.
type Route struct {
	Listeners []string // names of those it came to, sorted; none is all of them
	Scheme    string   // http or https, as the client used it; "" is both
	Host      string   // without a port, in lower case: exact, "*.suffix" for every name below suffix, or "*" for every host. Default "*"
	Path      string   // what Kind says, compared with the path as sent. Default "/"
	Kind      PathKind // Default Prefix
	Methods   []string // sorted; none is every method
	Headers   []Pair   // sorted by name, names in lower case; all must be there. So too:
	Query     []Pair
	Cookies   []Pair
	When      *When // nil: whatever flags say
	Rewrite   Rewrite

	// Where they go is one of these.
	Upstream string // name of one of the upstreams
	Version  string // of the upstream, with When: requests go there as long as it can take any; "": as the split says
	Redirect *Redirect
	Respond  *Respond

	MaxBody int64 // bytes of a request's body for an upstream: 0 is no bound. Default clients.limits.body
}

// Pair is a name and its value; where it is a condition "*" is any value.
type Pair struct{ Name, Value string }

// routes reads the routes; no two take the same requests.
func routes(dst *[]Route, refs *references) func(value) {
	return func(v value) {
		first := make(map[string]value)
		v.list("a route", 1, func(item value) {
			r := Route{Host: "*", Path: "/", MaxBody: unwritten}
			problems := len(item.in.problems)
			r.read(item, refs)
			*dst = append(*dst, r)
			if len(item.in.problems) > problems {
				return // its host and path may not be what was meant
			}
			for _, key := range r.matches() {
				if before, ok := first[key]; ok {
					item.fail("%s: want them once, they are already on line %d", r.words(), before.node.Line)
					return
				}
				first[key] = item
			}
		})
	}
}

func (r *Route) read(v value, refs *references) {
	written := make(map[string]value)
	f := fields{
		"listener": may(r.readListeners(refs)),
		"scheme":   may(choice(&r.Scheme, []string{"http", "https"})),
		"host":     may(one(&r.Host, wantHost, parseRouteHost)),
		"path":     may(r.readPath),
		"methods":  may(methods(&r.Methods)),
		"headers":  may(pairs(&r.Headers, headerPairs)),
		"query":    may(pairs(&r.Query, queryPairs)),
		"cookies":  may(pairs(&r.Cookies, cookiePairs)),
		"upstream": may(func(v value) {
			ref := refer(v, wantUpstream)
			r.Upstream = ref.name
			refs.upstreams = append(refs.upstreams, ref)
		}),
		"redirect":         may(redirect(&r.Redirect)),
		"respond":          may(respond(&r.Respond)),
		"rewrite":          may(r.readPrefix),
		"request_headers":  may(r.Rewrite.Request.read(attemptVariables)),
		"response_headers": may(r.Rewrite.Response.read(attemptVariables)),
		"max_body":         may(size(&r.MaxBody, 0, math.MaxInt64)),
		"when":             may(when(&r.When, refs)),
		"version": may(func(v value) {
			ref := refer(v, wantPinVersion)
			r.Version = ref.name
			refs.versions = append(refs.versions, routeVersion{ref, r})
		}),
	}
	for key, known := range f {
		if read := known.read; read != nil {
			f[key] = may(func(v value) {
				written[key] = v
				read(v)
			})
		}
	}
	v.object(f)
	r.setPrefix(written["rewrite"])
	r.checkAnswer(v, written)
}

// match is equal for two routes that take the same requests of a listener.
func (r *Route) match() string {
	path := r.Path
	if r.Kind == Prefix {
		path = strings.TrimSuffix(path, "/") // /a and /a/ end at the same border
	}
	return fmt.Sprintf("%q %q %d %q %q %q %q %q %s", r.Scheme, r.Host, r.Kind, path, r.Methods, r.Headers, r.Query, r.Cookies, r.When.match())
}

// words say which requests the route takes.
func (r *Route) words() string {
	words := "host " + r.Host + " and path " + Show(r.Path)
	if r.Scheme != "" {
		words = "scheme " + r.Scheme + ", " + words
	}
	if len(r.Listeners) > 0 {
		words = "listener " + strings.Join(r.Listeners, " and ") + ", " + words
	}
	if len(r.Methods)+len(r.Headers)+len(r.Query)+len(r.Cookies) > 0 || r.When != nil {
		words += " with these conditions"
	}
	return words
}

const wantHost = `"*", an exact host without a port, or one behind "*." for every name below it`

func parseRouteHost(s string) (string, bool) {
	if suffix, wild := strings.CutPrefix(s, "*."); wild {
		_, err := netip.ParseAddr(suffix)
		return strings.ToLower(s), isHost(suffix) && err != nil
	}
	host := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	bracketed := len(host) == len(s)-2
	ok := s == "*" || isHost(host) && bracketed == strings.Contains(host, ":")
	return strings.ToLower(s), ok
}

const wantMethod = "a method in capitals other than CONNECT and TRACE, like GET"

func parseMethod(s string) (string, bool) {
	return s, methodName.MatchString(s) && s != "CONNECT" && s != "TRACE"
}

// methods reads methods; a request must have one of them.
func methods(dst *[]string) func(value) {
	read := distinct(dst, 1, wantMethod, parseMethod)
	return func(v value) {
		read(v)
		slices.Sort(*dst)
	}
}
