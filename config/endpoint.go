package config

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// Endpoint is one address that a version answers on.
type Endpoint struct {
	Address string // host:port as written; IPv6 in brackets; port 1..65535. With Service the host alone
	Weight  int    // its part of the version's traffic: 1..1000. Default 1
	// Resolve asks DNS again and again where the host is: each of its addresses is an
	// endpoint. Without it the host is left to the system at each new connection.
	Resolve bool
	// Service, with Resolve, asks for the hosts and ports of a service (SRV). A name
	// without dots is _NAME._tcp of the host, one with dots stands before the host as it
	// is. "": the host's own addresses.
	Service string
	// MaxConns is how many requests it may have in flight: 0 is no bound. Default the
	// upstream's.
	MaxConns int
	// MaxFails and FailTimeout are of passive mode nginx. Default the upstream's.
	MaxFails    int
	FailTimeout time.Duration
	SlowStart   time.Duration // how long its share grows when it has come back. Default the upstream's
	Backup      bool          // gets requests only when no other endpoint of the version can. Default false
	Route       string        // by which affinity knows it; "", the default, is the MD5 of the address in hexadecimal
	// Node is what consistent hashing and maglev know it by, so that it keeps its keys
	// under another address; endpoints of one node share its part. "", the default, is
	// its address.
	Node  string
	State string // up, drain or down, for as long as no operator says otherwise. Default up
}

// setBy is where endpoints say what other keys of their upstream may forbid.
type setBy struct {
	fails   []value // max_fails and fail_timeout
	backups []value // backup: true
}

const wantEndpoint = "host:port, like 127.0.0.1:3001 or [::1]:3001"

// endpoints reads the endpoints of a version, each an address or a mapping.
func endpoints(dst *[]Endpoint, set *setBy) func(value) {
	return func(v value) {
		addresses := unique{}
		v.list("an endpoint", 1, func(item value) {
			e := Endpoint{Weight: 1, MaxConns: unwritten, MaxFails: unwritten, FailTimeout: unwritten, SlowStart: unwritten, State: "up"}
			where := whereabouts{address: item}
			if item.node.Kind == yaml.MappingNode {
				where.address = value{}
				item.object(where.keys(&e, fields{
					"weight":       may(integer(&e.Weight, 1, 1000)),
					"max_conns":    may(integer(&e.MaxConns, 0, most)),
					"max_fails":    may(noted(&set.fails, integer(&e.MaxFails, 0, most))),
					"fail_timeout": may(noted(&set.fails, wholeSeconds(&e.FailTimeout))),
					"slow_start":   may(duration(&e.SlowStart, 0)),
					"backup": may(func(v value) {
						boolean(&e.Backup)(v)
						if e.Backup {
							set.backups = append(set.backups, v)
						}
					}),
					"route": may(endpointRoute(&e.Route)),
					"node":  may(one(&e.Node, wantNode, parseNode)),
					"state": may(choice(&e.State, []string{"up", "drain", "down"})),
				}))
			}
			where.settle(&e, addresses)
			*dst = append(*dst, e)
		})
		if len(*dst) > 0 && !slices.ContainsFunc(*dst, func(e Endpoint) bool { return !e.Backup }) {
			v.fail("every endpoint is a backup: want at least one that is not")
		}
	}
}

const wantNode = "a name of 1 to 255 visible ASCII characters"

func parseNode(s string) (string, bool) {
	return s, s != "" && len(s) <= 255 && isVisibleASCII(s)
}

func endpointAddress(dst *string) func(value) {
	return one(dst, wantEndpoint, func(s string) (string, bool) {
		host, _, ok := splitAddress(s, 1)
		return s, ok && isHost(host)
	})
}

// inherit gives the endpoints what they do not say themselves from the upstream.
func (u *Upstream) inherit() {
	for i := range u.Versions {
		for j := range u.Versions[i].Endpoints {
			e := &u.Versions[i].Endpoints[j]
			if e.MaxFails == unwritten {
				e.MaxFails = u.Health.Passive.MaxFails
			}
			if e.FailTimeout == unwritten {
				e.FailTimeout = u.Health.Passive.FailTimeout
			}
			if e.SlowStart == unwritten {
				e.SlowStart = u.Health.SlowStart
			}
		}
	}
}

// withoutBackups are the algorithms of NGINX that take no backups.
var withoutBackups = []string{"hash", "ip_hash", "random", "random_two"}

// checkBackups refuses backups where the algorithm knows none.
func (u *Upstream) checkBackups(backups []value) {
	if !slices.Contains(withoutBackups, u.Balance.Algorithm) {
		return
	}
	for _, v := range backups {
		v.fail("balance is %s, which has no backups: want another algorithm, or backup removed", u.Balance.Algorithm)
	}
}

func (e *Endpoint) document(passive string) map[string]any {
	doc := map[string]any{
		"address": e.Address, "weight": e.Weight, "max_conns": e.MaxConns,
		"slow_start": e.SlowStart.String(), "backup": e.Backup, "state": e.State,
	}
	if e.Route != "" {
		doc["route"] = e.Route
	}
	if e.Node != "" {
		doc["node"] = e.Node
	}
	if passive == PassiveNginx {
		doc["max_fails"], doc["fail_timeout"] = e.MaxFails, e.FailTimeout.String()
	}
	return e.whereabouts(doc)
}
