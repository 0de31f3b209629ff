package config

import "strings"

// Route leads requests to an upstream.
type Route struct {
	Host     string // exact host without a port, in lower case, or "*" for every host. Default "*"
	Path     string // prefix that ends at a segment's border, begins with "/". Default "/"
	Upstream string // name of one of the upstreams
}

// routes reads the routes; no two take the same requests. The upstreams they
// name come back as references, to be checked when all upstreams are known.
func routes(dst *[]Route, refs *[]*reference) func(value) {
	return func(v value) {
		first := make(map[Route]value)
		v.list("a route", 1, func(item value) {
			r := Route{Host: "*", Path: "/"}
			problems := len(item.in.problems)
			item.object(fields{
				"host": may(one(&r.Host, wantHost, parseRouteHost)),
				"path": may(one(&r.Path, wantPrefix, parsePrefix)),
				"upstream": need("the name of an upstream", func(v value) {
					ref := refer(v, "the name of an upstream")
					r.Upstream = ref.name
					*refs = append(*refs, ref)
				}),
				"when": later,
			})
			*dst = append(*dst, r)
			if len(item.in.problems) > problems {
				return // its host and path may not be what was meant
			}
			match := Route{Host: r.Host, Path: strings.TrimSuffix(r.Path, "/")} // /a and /a/ end at the same border
			if before, ok := first[match]; ok {
				item.fail("host %s and path %s: want them once, they are already on line %d", r.Host, Show(r.Path), before.node.Line)
				return
			}
			first[match] = item
		})
	}
}

const wantHost = `"*" or an exact host without a port`

func parseRouteHost(s string) (string, bool) {
	host := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	bracketed := len(host) == len(s)-2
	ok := s == "*" || isHost(host) && bracketed == strings.Contains(host, ":")
	return strings.ToLower(s), ok
}

const wantPrefix = `a path that begins with "/", without spaces, ? and #`

func parsePrefix(s string) (string, bool) {
	return s, strings.HasPrefix(s, "/") && isVisibleASCII(s) && !strings.ContainsAny(s, "?#")
}
