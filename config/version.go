package config

import "gopkg.in/yaml.v3"

// Version is one release of a service.
type Version struct {
	Name string
	// Weight is its part of the split: 0 or more, of any total. 0 is checked and
	// warm but takes no traffic. In a file that gives percentages the weights of
	// an upstream sum to 100. Omitted weights are already resolved.
	Weight    float64
	Endpoints []Endpoint // at least one, no address twice
}

// Endpoint is one address that a version answers on.
type Endpoint struct {
	Address string // host:port as written; IPv6 in brackets; port 1..65535
	Weight  int    // its part of the version's traffic: 1..1000. Default 1
	// MaxConns is how many requests it may have in flight: 0 is no bound. Default the
	// upstream's.
	MaxConns int
}

// versions reads the versions of an upstream. Their weights come back as
// written, in the same order: what an omitted one means depends on stable.
func versions(dst *[]Version, weights *[]written) func(value) {
	return func(v value) {
		v.entries("a mapping of versions", 1, func(key string, at value) {
			at.checkName(key)
			ver := Version{Name: key}
			w := written{at: at}
			at.object(fields{
				"weight":    may(w.read),
				"endpoints": need("at least one endpoint", endpoints(&ver.Endpoints)),
				"schema":    later,
				"max_conns": later,
			})
			*dst = append(*dst, ver)
			*weights = append(*weights, w)
		})
	}
}

const wantEndpoint = "host:port, like 127.0.0.1:3001 or [::1]:3001"

// endpoints reads the endpoints of a version, each an address or a mapping.
func endpoints(dst *[]Endpoint) func(value) {
	return func(v value) {
		addresses := unique{}
		v.list("an endpoint", 1, func(item value) {
			e := Endpoint{Weight: 1, MaxConns: unwritten}
			address := addresses.check(&e.Address, endpointAddress(&e.Address))
			if item.node.Kind == yaml.MappingNode {
				item.object(fields{
					"address":    need(wantEndpoint, address),
					"weight":     may(integer(&e.Weight, 1, 1000)),
					"max_conns":  may(integer(&e.MaxConns, 0, most)),
					"slow_start": later,
				})
			} else {
				address(item)
			}
			*dst = append(*dst, e)
		})
	}
}

func endpointAddress(dst *string) func(value) {
	return one(dst, wantEndpoint, func(s string) (string, bool) {
		host, _, ok := splitAddress(s, 1)
		return s, ok && isHost(host)
	})
}
