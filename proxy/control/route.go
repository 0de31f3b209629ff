package control

import (
	"net/netip"

	"weir/config"
	"weir/proxy"
)

// route is a route of the file for the data plane, without its upstream.
func route(r *config.Route) proxy.Route {
	out := proxy.Route{
		Match: proxy.Match{
			Listeners: r.Listeners,
			Scheme:    r.Scheme,
			Host:      r.Host,
			Path:      r.Path,
			Kind:      pathKinds[r.Kind],
			Methods:   r.Methods,
			Headers:   pairs(r.Headers),
			Query:     pairs(r.Query),
			Cookies:   pairs(r.Cookies),
		},
		Version: r.Version,
		MaxBody: r.MaxBody,
		Rewrite: proxy.Rewrite{
			From:     r.Rewrite.From,
			To:       r.Rewrite.To,
			Request:  edits(&r.Rewrite.Request),
			Response: edits(&r.Rewrite.Response),
		},
	}
	if w := r.When; w != nil {
		out.When = &proxy.When{Flag: w.Flag, Variants: w.Is}
	}
	if d := r.Redirect; d != nil {
		out.Redirect = &proxy.Redirect{Status: d.Status, To: text(d.To)}
	}
	if d := r.Respond; d != nil {
		out.Respond = &proxy.Respond{Status: d.Status, Body: d.Body, Type: d.Type}
	}
	return out
}

func edits(e *config.HeaderEdits) proxy.HeaderEdits {
	return proxy.HeaderEdits{Set: headers(e.Set), Append: headers(e.Append), Remove: e.Remove}
}

func headers(in []config.Header) []proxy.Header {
	out := make([]proxy.Header, len(in))
	for i, h := range in {
		out[i] = proxy.Header{Name: h.Name, Value: text(h.Value)}
	}
	return out
}

func text(in config.Text) []proxy.Part {
	out := make([]proxy.Part, len(in))
	for i, p := range in {
		out[i] = proxy.Part(p)
	}
	return out
}

// networks are those that the file has, which are valid.
func networks(in []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range in {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// hostPolicy is what endpoints get as Host.
func hostPolicy(host string) string {
	switch host {
	case config.HostPreserve:
		return ""
	case config.HostUpstream:
		return proxy.HostOfEndpoint
	}
	return host
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
