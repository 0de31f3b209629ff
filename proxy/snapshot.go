package proxy

import (
	"errors"
	"fmt"
)

// Snapshot is one immutable generation of all that a request needs.
//
// Invariants, checked by NewSnapshot: every route has an upstream or an answer of its
// own, the splits of upstreams cover their versions, and each version's group covers its endpoints.
// Nothing reachable from a published Snapshot is written again, except what is
// called live, which is atomic and outlives generations.
type Snapshot struct {
	Generation uint64   // from 1, +1 per publish; shown by the admin API
	Clients    *Clients // never nil; DefaultClients unless set before the snapshot is published

	flags     *Flags // nil: there are none
	routes    routes
	upstreams []*Upstream // each once
}

// NewSnapshot checks the routes, puts the defaults into their upstreams and
// returns the generation made of them. No routes at all is legal: every request is
// then answered 404.
func NewSnapshot(generation uint64, routes []Route) (*Snapshot, error) {
	return NewFlaggedSnapshot(generation, routes, nil)
}

// NewFlaggedSnapshot is NewSnapshot with flags, which routes may ask and upstreams are
// told of; nil: there are none.
func NewFlaggedSnapshot(generation uint64, routes []Route, f *Flags) (*Snapshot, error) {
	s := &Snapshot{Generation: generation, Clients: &beforePublish, flags: f}
	seen := make(map[*Upstream]bool)
	for _, r := range routes {
		if r.Upstream == nil || seen[r.Upstream] {
			continue
		}
		seen[r.Upstream] = true
		if err := check(r.Upstream); err != nil {
			return nil, fmt.Errorf("upstream %s: %w", r.Upstream.Name, err)
		}
		r.Upstream.Timeouts.setDefaults()
		if bounded := r.Upstream.Split.Bounded(); bounded != r.Upstream.bounded {
			r.Upstream.bounded = bounded // else not written: it may be published already
		}
		if err := r.Upstream.findAlgorithm(); err != nil {
			return nil, fmt.Errorf("upstream %s: hash key: %w", r.Upstream.Name, err)
		}
		s.upstreams = append(s.upstreams, r.Upstream)
	}
	var err error
	if s.routes, err = newRoutes(routes, f); err != nil {
		return nil, err
	}
	for i := range s.routes.ready {
		s.routes.ready[i].of = s
	}
	return s, nil
}

// check proves that every index the split can give exists.
func check(up *Upstream) error {
	if up.Split == nil || up.Live == nil || up.Live.Users == nil {
		return errors.New("no split or no live state")
	}
	if up.Split.Bounded() && up.Live.Queue == nil {
		return errors.New("bounded without a queue")
	}
	if (up.Sticky != nil) != up.Split.HasKeys() {
		return errors.New("sticky without a split that goes by keys, or the other way round")
	}
	if err := up.Writes.check(); err != nil {
		return err
	}
	shares := up.Split.Shares()
	if len(shares) != len(up.Versions) {
		return fmt.Errorf("%d shares for %d versions", len(shares), len(up.Versions))
	}
	if m := up.Mirror; m != nil {
		if err := m.check(up); err != nil {
			return err
		}
	}
	for i := range up.Pins {
		if err := up.Pins[i].check(up); err != nil {
			return err
		}
	}
	for i, v := range up.Versions {
		if shares[i].Version != v.Name {
			return fmt.Errorf("share %d is of version %s, want %s", i, shares[i].Version, v.Name)
		}
		if v.Shielded && v.Shield == nil {
			return fmt.Errorf("version %s: shielded without counters", v.Name)
		}
		members := shares[i].Group.Endpoints()
		if len(members) != len(v.Endpoints) {
			return fmt.Errorf("version %s: group of %d for %d endpoints", v.Name, len(members), len(v.Endpoints))
		}
		for j, e := range v.Endpoints {
			if members[j].Live != e.Live {
				return fmt.Errorf("version %s: endpoint %d of the group is not %s", v.Name, j, e.Address)
			}
			if up.CountFails && e.Fails == nil {
				return fmt.Errorf("version %s: failures of %s are not counted", v.Name, e.Address)
			}
		}
	}
	return nil
}
