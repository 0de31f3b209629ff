package control

import (
	"time"

	"weir/proxy"
)

// takeOver lets the live things of a generation follow the next, which has just
// been published: what is new starts, what is gone ends.
func (c *Control) takeOver(old, next *world) {
	for name, u := range old.upstreams {
		if n := next.upstreams[name]; (n == nil || n.live != u.live) && u.live.stop != nil {
			u.live.stop()
		}
	}
	for name, u := range next.upstreams {
		was := old.upstreams[name]
		if was == nil || was.live != u.live {
			c.startEngine(u)
			continue
		}
		was.restore(u)
		if was.record != u.record || !was.sameEndpoints(u) {
			u.settle(was)
		}
		if u.users != nil && u.begins(was) {
			u.users.Forget()
		}
		if was.learns() && !u.learns() {
			u.shared.Sessions.Clear()
		}
	}
	for name, u := range old.upstreams {
		u.retireMissing(next.upstreams[name])
	}
	if old.config == next.config && old.renewed(next) {
		c.watch(next)
	}
	if old.config != next.config {
		c.names.Set(resolver(&next.config.Resolver), namesOf(next.config))
		c.watch(next)
	}
}

// restore opens the endpoints of versions that serve from now on, or are to, and
// did not.
func (u *upstream) restore(next *upstream) {
	for _, v := range next.versions {
		if next.keeps(v.name) && !u.keeps(v.name) {
			for _, e := range v.endpoints {
				if next.keepsOpen(e.live.live.Admin()) {
					e.live.proxy.Restore()
				}
			}
		}
	}
}

// sameEndpoints reports whether next has the very same list of them: then only the
// split is another.
func (u *upstream) sameEndpoints(next *upstream) bool {
	return len(u.versions) > 0 && len(next.versions) == len(u.versions) && &u.versions[0] == &next.versions[0]
}

// retireMissing ends the endpoints that are not in next; nil has none.
func (u *upstream) retireMissing(next *upstream) {
	kept := map[*proxy.Endpoint]bool{}
	if next != nil {
		if u.sameEndpoints(next) {
			return
		}
		for _, v := range next.versions {
			for _, e := range v.proxied {
				kept[e] = true
			}
		}
	}
	var gone []leaver
	now := time.Now()
	for _, v := range u.versions {
		for i, e := range v.proxied {
			if !kept[e] {
				e.Retire(u.config.Timeouts.Drain)
				gone = append(gone, leaver{v.name, v.endpoints[i].live.live, now})
			}
		}
	}
	u.live.leave(gone, now)
}

// retire lets a version that was reverted, or is kept warm no longer, finish what it has: its requests in
// flight are bounded by the drain time (semantics §9). Where flags lead there it goes on.
func (u *upstream) retire(version string) {
	if len(u.led(version)) > 0 {
		return
	}
	if v := u.version(version); v != nil {
		for _, e := range v.proxied {
			e.Retire(u.config.Timeouts.Drain)
		}
	}
}
