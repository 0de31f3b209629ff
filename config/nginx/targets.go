package nginx

import (
	"fmt"
	"strings"
)

// group is the upstream that targets lead to: how it is passed to, its versions, and
// the name that is wanted for it.
func (im *importer) group(d *Directive, at *place, targets []target, shares []share, raw text, constant bool) (p passing, parts []part, name, why string) {
	p = im.passing(at.scope, targets[0].host, targets[0].secure)
	if len(targets) == 1 {
		return im.single(d, at, p, targets[0], constant)
	}
	name = "split"
	for _, piece := range raw {
		if piece.Variable != "" {
			name = piece.Variable
			break
		}
	}
	total := map[string]float64{}
	for i, t := range targets {
		total[t.host] += shares[i].percent
	}
	seen := map[string]bool{}
	for _, t := range targets {
		if seen[t.host] {
			continue
		}
		seen[t.host] = true
		_, one, versionName, why := im.single(d, at, p, t, constant)
		if why != "" {
			return p, nil, "", why
		}
		one[0].name, one[0].percent = weirName(versionName), total[t.host]
		one = one[:1]
		one[0].servers = im.serversOf(one[0])
		parts = append(parts, one...)
		p.shares += fmt.Sprintf("%s=%v ", t.host, total[t.host])
	}
	if im.upstreams[strings.ToLower(name)] != nil {
		name += "-split"
	}
	p.name = name
	return p, parts, name, ""
}

// single is the upstream of one target; constant says that its name stands in the
// proxy_pass as it is.
func (im *importer) single(d *Directive, at *place, p passing, t target, constant bool) (passing, []part, string, string) {
	if b := im.upstreams[strings.ToLower(t.host)]; b != nil {
		b.used = true
		p.name = b.name
		if len(b.servers) == 0 {
			return p, nil, "", "no server of " + b.name + " can be an endpoint"
		}
		parts := im.versionsOf(b)
		if len(parts) > 1 {
			p.shares = "versions"
		}
		return p, parts, b.name, ""
	}
	host, port, ok := splitAddress(t.host)
	if !ok {
		im.fault(d, "%q: want host:port", t.host)
		return p, nil, "", "no host"
	}
	if im.upstreams[strings.ToLower(host)] != nil {
		im.fault(d, "an upstream has no port: want %s alone", host)
		return p, nil, "", "no host"
	}
	if port == "" {
		port = "80"
		if t.secure {
			port = "443"
		}
	}
	s := &serverLine{d: d, host: host, port: port, weight: 1, maxFails: standardFails, failTimeout: standardTimeout}
	p.name = s.address()
	if resolver := at.scope.find("resolver"); !constant && isName(host) && resolver != nil {
		s.resolve, p.shares = true, "resolved" // NGINX asks again and again where the name is not fixed
		im.resolvers = append(im.resolvers, resolver)
		if timeout := at.scope.find("resolver_timeout"); timeout != nil {
			im.resolvers = append(im.resolvers, timeout)
		}
	}
	return p, []part{{name: "v1", percent: -1, servers: []*serverLine{s}}}, s.address(), ""
}

// serversOf are all servers of a part, whatever versions its block could have.
func (im *importer) serversOf(p part) []*serverLine {
	if p.block != nil {
		return p.block.servers
	}
	return p.servers
}
