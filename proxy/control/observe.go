package control

import (
	"weir/balancer"
	"weir/balancer/rollout"
	"weir/health/outcome"
)

// firsts are a version's first attempts as the verdict counts them.
func firsts(t *outcome.Totals) rollout.Counts {
	return rollout.Counts{Requests: t.Requests(), Failures: t.Failures(), ClientErrors: t.ClientErrors}
}

// pinnedWrites are those that went to a version because writes are pinned to it.
func pinnedWrites(t *outcome.Totals) rollout.Counts {
	n, failed := t.PinnedWrites()
	return rollout.Counts{Requests: n, Failures: failed}
}

// sent is how many requests the split has sent to a version, ended or not; new users
// where it goes by keys. Of those in flight, retries and pinned ones are not told
// apart, but for pinned writes: that they come and go moves the number a little, both
// ways.
func (u *upstream) sent(v *version, t *outcome.Totals) uint64 {
	if u.config.Sticky != nil {
		return t.Keys
	}
	var n uint64
	for k := range t.First {
		n += t.First[k] + t.Repeated[k]
	}
	for i := range v.endpoints {
		e := v.endpoints[i].live
		n += uint64(max(0, e.live.Inflight()-e.proxy.Tunnels())) // tunnels have ended, to the verdict
	}
	return n - min(n, uint64(max(0, v.live.apart.Inflight())))
}

// asSet reports that shares alone decide between two versions: each may have any
// request at any of its endpoints that nobody has taken out.
func (u *upstream) asSet(stable, candidate *version) bool {
	return !u.trips[candidate.name].IsSet() && stable.whole() && candidate.whole()
}

// whole reports whether nothing but its share keeps requests from the version.
func (v *version) whole() bool {
	if v.most > 0 || len(v.endpoints) == 0 {
		return false
	}
	for i := range v.endpoints {
		e := &v.endpoints[i]
		if e.most > 0 || !e.backup && e.live.live.Admin() == balancer.Up && !e.live.live.Well() {
			return false
		}
	}
	return v.group.Usable() > 0
}
