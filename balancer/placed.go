package balancer

import "slices"

// placed is the placements of a group. A ring or a table takes its time to make and
// depends on nothing that changes often, so generations that have the same endpoints
// share it.
type placed struct {
	of              Balance
	nodes           []node
	primary, backup placement
}

// node is what a placement knows of an endpoint.
type node struct {
	name    string
	address string // which one it is of a node that has several; "" where it has one
	weight  int
	backup  bool
}

// placedFor returns the placements of the endpoints, those of before where they are
// the same; nil for an algorithm that has none.
func placedFor(endpoints []Endpoint, b Balance, before *placed) *placed {
	if !b.Hashes() {
		return nil
	}
	p := &placed{of: Balance{Algorithm: b.Algorithm, Consistent: b.Consistent}, nodes: make([]node, len(endpoints))}
	several := severalOf(endpoints)
	var primaries, backups []int32
	for i := range endpoints {
		e := &endpoints[i]
		p.nodes[i] = node{name: e.node(), weight: e.Weight, backup: e.Backup}
		if several[e.node()] {
			p.nodes[i].address = e.Address
		}
		if e.Backup {
			backups = append(backups, int32(i))
		} else {
			primaries = append(primaries, int32(i))
		}
	}
	if before != nil && before.of == p.of && slices.Equal(before.nodes, p.nodes) {
		return before
	}
	p.primary, p.backup = b.placement(endpoints, primaries), b.placement(endpoints, backups)
	return p
}

// severalOf is the nodes that have several of the endpoints; nil where none has.
func severalOf(endpoints []Endpoint) (several map[string]bool) {
	seen := make(map[string]bool, len(endpoints))
	for i := range endpoints {
		name := endpoints[i].node()
		if seen[name] {
			if several == nil {
				several = map[string]bool{}
			}
			several[name] = true
		}
		seen[name] = true
	}
	return several
}

// tier is the placement of the backups, or of the primaries. nil has none.
func (p *placed) tier(backup bool) placement {
	switch {
	case p == nil:
		return nil
	case backup:
		return p.backup
	}
	return p.primary
}
