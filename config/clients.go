package config

import (
	"math"
	"time"
)

// Clients is what clients may cost.
type Clients struct {
	// TrustedProxies are the networks of peers that are believed when they say, in
	// X-Forwarded-* and Forwarded, where a request comes from. Default none.
	TrustedProxies []string
	Timeouts       ClientTimeouts
	Limits         ClientLimits
}

// ClientTimeouts bounds how long a client may take for each phase of a request.
type ClientTimeouts struct {
	Header    time.Duration // from the first byte of a head, or the accept, to its last: 1 ms or more. Default 10 s
	Body      time.Duration // the longest silence within a request body: 1 ms or more. Default 60 s
	Send      time.Duration // how long nothing of an answer may be taken: 1 ms or more. Default 60 s
	KeepAlive time.Duration // how long a connection may wait for its next request: 1 ms or more. Default 75 s
}

// ClientLimits bounds what clients may send, and how many there may be.
type ClientLimits struct {
	Head             int64 // bytes of a request's head: 512 B to 1 MiB. Default 32 KiB
	Headers          int   // lines of a head: 1..1000. Default 100
	Target           int64 // bytes of a request target: 1 B to 1 MiB. Default 8 KiB
	Body             int64 // bytes of a request's body, where the route says nothing: 0 is no bound, the default
	Connections      int   // connections at once: 0 is no bound. Default 65536
	ConnectionsPerIP int   // connections at once of one address, an IPv6 one with its /64: 0 is no bound, the default
	Requests         int   // requests on one connection: 0 is no bound, the default
}

func defaultClients() Clients {
	return Clients{
		Timeouts: ClientTimeouts{Header: 10 * time.Second, Body: time.Minute, Send: time.Minute, KeepAlive: 75 * time.Second},
		Limits:   ClientLimits{Head: 32 << 10, Headers: 100, Target: 8 << 10, Connections: 65536},
	}
}

func (c *Clients) read(v value) {
	v.object(fields{
		"timeouts":        may(c.Timeouts.read),
		"trusted_proxies": may(distinct(&c.TrustedProxies, 0, wantNetwork, parseNetwork)),
		"limits":          may(c.Limits.read),
	})
}

func (t *ClientTimeouts) read(v value) {
	v.object(fields{
		"header":    may(duration(&t.Header, time.Millisecond)),
		"body":      may(duration(&t.Body, time.Millisecond)),
		"send":      may(duration(&t.Send, time.Millisecond)),
		"keepalive": may(duration(&t.KeepAlive, time.Millisecond)),
	})
}

// most bounds counts: more than any machine has room for.
const most = 1_000_000

func (l *ClientLimits) read(v value) {
	v.object(fields{
		"head":               may(size(&l.Head, 512, 1<<20)),
		"headers":            may(integer(&l.Headers, 1, 1000)),
		"target":             may(size(&l.Target, 1, 1<<20)),
		"body":               may(size(&l.Body, 0, math.MaxInt64)),
		"connections":        may(integer(&l.Connections, 0, most)),
		"connections_per_ip": may(integer(&l.ConnectionsPerIP, 0, most)),
		"requests":           may(integer(&l.Requests, 0, most)),
	})
}

func (c *Clients) document() map[string]any {
	doc := map[string]any{
		"timeouts": map[string]any{
			"header": c.Timeouts.Header.String(), "body": c.Timeouts.Body.String(),
			"send": c.Timeouts.Send.String(), "keepalive": c.Timeouts.KeepAlive.String(),
		},
		"limits": map[string]any{
			"head": sizeText(c.Limits.Head), "headers": c.Limits.Headers, "target": sizeText(c.Limits.Target), "body": sizeText(c.Limits.Body),
			"connections": c.Limits.Connections, "connections_per_ip": c.Limits.ConnectionsPerIP, "requests": c.Limits.Requests,
		},
	}
	if len(c.TrustedProxies) > 0 {
		doc["trusted_proxies"] = c.TrustedProxies
	}
	return doc
}
