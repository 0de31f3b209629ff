package nginx

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// writeKeepalive writes which connections are kept.
func (im *importer) writeKeepalive(b *block, out *mapping) {
	k := &mapping{}
	old := im.options.Version.before(newDefaults)
	switch {
	case b != nil && b.by["keepalive"] != nil:
		d := b.by["keepalive"]
		var n int
		switch {
		case !number(&n, d.Arg(0), 0):
			im.fault(d, "%q: want a number of connections", d.Arg(0))
		case n == 0 && old:
			im.fault(d, "0, which NGINX takes from 1.29.7 on: want the line removed, as none is kept without it")
		}
		if n > 0 {
			im.say.approximate(d, "so many for each endpoint, not for each worker process")
		} else {
			im.say.honour(d)
		}
		k.set("idle", strconv.Itoa(min(n, 100_000)))
	case old:
		k.set("idle", "0") // none is kept
	case b == nil:
		return
	default:
		k.set("idle", "32")
	}
	requests := "1000"
	if im.options.Version.before(Version{1, 19, 10}) {
		requests = "100"
	}
	timeOf := func(name string, standard time.Duration) string {
		if b == nil || b.by[name] == nil {
			return config.ShowDuration(standard)
		}
		d := b.by[name]
		im.say.honour(d)
		t, ok := parseTime(d.Arg(0))
		if !ok {
			im.fault(d, "%q: want a time, like 60s", d.Arg(0))
		}
		return config.ShowDuration(max(t, 10*time.Millisecond))
	}
	if b != nil && b.by["keepalive_requests"] != nil {
		d := b.by["keepalive_requests"]
		im.say.honour(d)
		var n int
		if !number(&n, d.Arg(0), 0) {
			im.fault(d, "%q: want a whole number", d.Arg(0))
		}
		requests = strconv.Itoa(min(max(n, 1), 1_000_000))
	}
	k.set("requests", requests)
	k.set("time", timeOf("keepalive_time", time.Hour))
	k.set("timeout", timeOf("keepalive_timeout", time.Minute))
	out.set("keepalive", k)
}

// writeQueue writes where requests wait when all servers are full.
func (im *importer) writeQueue(b *block, m *made, out *mapping) {
	d := b.by["queue"]
	if d == nil {
		return
	}
	var size int
	wait := time.Minute
	ok := number(&size, d.Arg(0), 1)
	if t, has := strings.CutPrefix(d.Arg(1), "timeout="); has {
		wait, has = parseTime(t)
		ok = ok && has && wait > 0
	} else if len(d.Args) > 1 {
		ok = false
	}
	if !ok {
		im.fault(d, "want a number of requests, and timeout=60s or nothing")
		return
	}
	bounded := slices.ContainsFunc(m.parts, func(p part) bool {
		return slices.ContainsFunc(p.servers, func(s *serverLine) bool { return s.maxConns > 0 })
	})
	if !bounded {
		im.say.note(d, "no server has max_conns: nobody waits")
		return
	}
	im.say.honour(d)
	q := &mapping{}
	q.set("size", strconv.Itoa(min(size, 100_000)))
	q.set("timeout", config.ShowDuration(wait))
	out.set("queue", q)
}
