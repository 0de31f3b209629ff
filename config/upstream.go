package config

import "strings"

// Upstream is one service: its versions, how traffic is split between them, and
// how they are watched.
type Upstream struct {
	Name          string
	Stable        string    // name of one of Versions
	Versions      []Version // at least one, in file order; at least one has a weight above 0
	Balance       Balance
	Health        Health
	Timeouts      Timeouts
	Retry         Retry
	Rollout       Rollout
	Buffer        Buffer
	MaxConns      int // requests in flight at an endpoint that says nothing else; 0 is no bound, the default
	Keepalive     Keepalive
	Affinity      *Affinity // nil: any endpoint of the version
	Sticky        *Sticky   // nil: a user may get another version with each request
	Pins          []Pin     // Default none
	Writes        Writes
	Queue         *Queue       // nil: a request that finds no room is refused at once
	Guard         bool         // judge versions other than stable that have weight, without a rollout. Default true
	ExposeVersion bool         // name the version to the client in X-Weir-Version. Default false
	TLS           *UpstreamTLS // nil: endpoints are spoken to in clear
	History       History      // the file's, the same for all
	Led           []Led        // of the routes: versions that flags lead to; sorted, each once
	Schema        *Schema      // of the database behind it; nil: no version needs a certain one
	Host          string       // what endpoints get as Host: HostPreserve, which is the default, HostUpstream, or that host
}

// upstreams reads the services.
func upstreams(dst *[]Upstream) func(value) {
	return func(v value) {
		v.entries("a mapping of upstreams", 1, func(key string, at value) {
			at.checkName(key)
			u := Upstream{
				Name:      key,
				Balance:   defaultBalance(),
				Health:    Health{Passive: Passive{Mode: PassiveOutlier}},
				Timeouts:  defaultTimeouts(),
				Retry:     defaultRetry(),
				Rollout:   defaultRollout(),
				Writes:    defaultWrites(),
				Guard:     true,
				Host:      HostPreserve,
				Keepalive: defaultKeepalive(),
			}
			u.read(at)
			*dst = append(*dst, u)
		})
	}
}

func (u *Upstream) read(v value) {
	var in value // the versions
	var weights []written
	var stable *reference // nil when it is not written
	var waits value       // the queue
	var users value       // sticky
	var pinned []*reference
	var ranges []value // of the versions' schema
	var set setBy      // what endpoints say
	problems := len(v.in.problems)
	f := fields{
		"stable": may(func(v value) { stable = refer(v, "the name of a version") }),
		"versions": need("at least one version", func(v value) {
			in = v
			versions(&u.Versions, &weights, &set, &ranges)(v)
		}),
		"health":         may(u.Health.read),
		"timeouts":       may(u.Timeouts.read),
		"retry":          may(u.Retry.read),
		"rollout":        may(u.Rollout.read),
		"writes":         may(u.Writes.read),
		"keepalive":      may(u.Keepalive.read),
		"buffer":         may(u.Buffer.read),
		"guard":          may(boolean(&u.Guard)),
		"expose_version": may(boolean(&u.ExposeVersion)),
		"host":           may(one(&u.Host, wantHostPolicy, parseHostPolicy)),
		"sticky": may(func(v value) {
			users = v
			sticky(&u.Sticky)(v)
		}),
		"affinity":  may(affinity(&u.Affinity)),
		"pins":      may(pins(&u.Pins, &pinned)),
		"tls":       may(upstreamTLS(&u.TLS)),
		"schema":    may(schema(&u.Schema)),
		"max_conns": may(integer(&u.MaxConns, 0, most)),
		"queue": may(func(v value) {
			waits = v
			queue(&u.Queue)(v)
		}),
	}
	checkBalance := u.Balance.keys(f)
	v.object(f)
	checkBalance(v)
	bounded := setMaxConns(u.Versions, u.MaxConns)
	if u.Queue != nil && !bounded && len(v.in.problems) == problems {
		waits.fail("nothing to wait for: want max_conns, of the upstream or of an endpoint")
	}
	u.checkSchema(ranges)
	u.checkCookies(users)
	u.checkWriters(v)
	for _, ref := range pinned {
		if len(u.Versions) > 0 { // else that is the problem
			ref.resolve(u.versionNames())
		}
	}
	u.inherit()
	u.Health.Passive.needed(set.fails)
	u.checkBackups(set.backups)
	if len(u.Versions) > 0 {
		resolveWeights(in, u.Versions, weights, u.setStable(v, stable))
	}
}

// What Upstream.Host can be besides a host.
const (
	HostPreserve = "preserve" // what the client said
	HostUpstream = "upstream" // the endpoint's address
)

const wantHostPolicy = "preserve (the client's), upstream (the endpoint's address) or a host, with a port or without"

func parseHostPolicy(s string) (string, bool) {
	return s, s == HostPreserve || s == HostUpstream || isHostHeader(s)
}

// isHostHeader reports whether s can be a request's Host: with a port or without.
func isHostHeader(s string) bool {
	if name, _, ok := splitAddress(s, 1); ok {
		return isHost(name)
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		host, ok := strings.CutSuffix(inner, "]")
		return ok && strings.Contains(host, ":") && isHost(host)
	}
	return isHost(s) && !strings.Contains(s, ":")
}

func (u *Upstream) versionNames() []string {
	names := make([]string, len(u.Versions))
	for i := range u.Versions {
		names[i] = u.Versions[i].Name
	}
	return names
}

// setStable finds the stable version and returns its index, -1 when it is at
// fault. A single version needs no mention.
func (u *Upstream) setStable(v value, stable *reference) int {
	names := u.versionNames()
	i := 0
	switch {
	case stable != nil:
		i = stable.resolve(names)
	case len(names) > 1:
		v.lacks("stable", "the version that the others are compared with, one of "+enumerate(names))
		return -1
	}
	if i >= 0 {
		u.Stable = names[i]
	}
	return i
}
