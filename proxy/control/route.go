package control

import (
	"weir/config"
	"weir/proxy"
)

// route is a route of the file for the data plane; up is what it names.
func route(r *config.Route, up *proxy.Upstream) proxy.Route {
	return proxy.Route{
		Host:     r.Host,
		Path:     r.Path,
		Kind:     pathKinds[r.Kind],
		Methods:  r.Methods,
		Headers:  pairs(r.Headers),
		Query:    pairs(r.Query),
		Cookies:  pairs(r.Cookies),
		Upstream: up,
	}
}

var pathKinds = map[config.PathKind]proxy.PathKind{
	config.Prefix: proxy.Prefix,
	config.Exact:  proxy.Exact,
	config.Regex:  proxy.Regex,
}

func pairs(in []config.Pair) []proxy.Pair {
	out := make([]proxy.Pair, len(in))
	for i, p := range in {
		out[i] = proxy.Pair(p)
	}
	return out
}
