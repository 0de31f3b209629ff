package rollout

import (
	"fmt"
	"slices"
)

// backward is the next moves of a revert, r itself when there are none. Everything of
// From that still runs is up at once, and To goes: at once where nothing of From has to
// be started for it, else as long as there is somebody to take its part. After hard, To
// takes no part in anything.
func (r *Roll) backward(p *Rolling, hard bool) *Roll {
	n := r.clone()
	n.Hard = n.Hard || hard
	moved := !r.Back || n.Hard != r.Hard
	n.Back = true
	for i := range n.From { // before a drain that is over leads to a stop
		if m := &n.From[i]; m.Stage == StageDraining {
			m.set(StageUp)
			moved = true
		}
	}
	if n.conclude(p) {
		moved = true
	}
	for i := range n.From {
		m := &n.From[i]
		if m.Stage == StageOut && !m.Stopped {
			m.set(StageUp)
			moved = true
		}
	}
	keep := !n.Hard && n.restored()
	for i := range n.To {
		if m := &n.To[i]; n.leaves(m, p, keep) {
			moved = true
		}
	}
	for i := range n.From {
		m := &n.From[i]
		if m.Stage == StageOut && m.Stopped && !m.gone && m.free(n.To) {
			m.set(begins(m, p))
			moved = true
		}
	}
	if !moved {
		return r
	}
	n.moved()
	return n
}

// restores reports that endpoints of From are not back yet.
func (r *Roll) restores() bool {
	for i := range r.From {
		if m := &r.From[i]; m.Stage != StageUp && !m.gone {
			return true
		}
	}
	return false
}

// restored reports that endpoints of From have to be started again, or have been.
func (r *Roll) restored() bool {
	return slices.ContainsFunc(r.From, func(m Member) bool { return !m.gone && (m.Stage != StageUp || m.Starts > 0) })
}

// leaves takes m, of To, further out, and reports whether it did. With keep one that
// serves stays until it can be spared.
func (r *Roll) leaves(m *Member, p *Rolling, keep bool) bool {
	runs := p.Stops || m.Shared // what it leaves behind matters to somebody
	switch {
	case m.Stage == StageStarting && runs && m.hook.Of == StageStarting && m.hook.Failed != "":
		m.set(StageDraining) // may run all the same
	case m.Stage == StageStarting && !runs, m.Stage == StageUp && !runs && !keep, m.Stage == StageUp && m.gone:
		m.set(StageOut)
	case m.Stage == StageUp && (!keep || !m.usable || r.spares(p, m)):
		m.set(StageDraining)
	default:
		return false
	}
	return true
}

// settled reports that there is nothing left to do in a revert, or that it is left
// undone.
func (r *Roll) settled() bool {
	if r == nil || r.Left {
		return true
	}
	for i := range r.To {
		if r.To[i].Stage != StageOut {
			return false
		}
	}
	return !r.restores()
}

// leave gives up what a revert has not brought back.
func (r *Roll) leave() *Roll {
	n := r.clone()
	n.Left = true
	n.moved()
	return n
}

// undone says, for people, what a revert has not brought back; "" when it has.
func (r *Roll) undone() string {
	var out []string
	for i := range r.From {
		if m := &r.From[i]; m.Stage != StageUp && !m.gone {
			out = append(out, m.told())
		}
	}
	return some(out)
}

// told says where a member is, for people.
func (m *Member) told() string {
	said := m.Address + " (" + string(m.Stage)
	switch {
	case m.hook.Of == m.Stage && m.hook.Failed != "":
		said += ": " + m.hook.Failed
	case m.Stage == StageDraining:
		said += fmt.Sprintf(", %d in flight", m.inflight)
	case m.Stage == StageUp && !m.usable && m.why != "":
		said += ", " + m.why
	}
	return said + ")"
}

// keeps is the share of a candidate that is being reverted: what its endpoints have a
// part in, as long as they take part.
func (r *Roll) keeps(had float64) float64 {
	if r.Hard || !slices.ContainsFunc(r.To, func(m Member) bool { return m.serves() }) {
		return 0
	}
	return min(had, r.share(had))
}
