package rollout

import (
	"math"
	"slices"
	"time"
)

// Stage is where an endpoint is in a rolling rollout. From begins up and ends out,
// To the other way round; in a revert they go back.
type Stage string

// The stages.
const (
	StageOut      Stage = "out"      // takes nothing
	StageStarting Stage = "starting" // its start hook runs; takes nothing
	StageUp       Stage = "up"       // takes requests as soon as it is usable
	StageDraining Stage = "draining" // takes nothing new and finishes what it has
	StageStopping Stage = "stopping" // its stop hook runs; takes nothing
)

var stages = []Stage{StageOut, StageStarting, StageUp, StageDraining, StageStopping}

const (
	// quietFor is how long nothing has to be in flight before an endpoint counts as
	// drained: a pick that was made right before it was taken out has begun by then.
	quietFor = 200 * time.Millisecond
	// followEvery is the least time between two changes of the share that only follow
	// endpoints whose health changes: each is a revision.
	followEvery = 5 * time.Second
)

// Roll is how far a rolling rollout is. A published one is not written again.
type Roll struct {
	// Batch is the present one, from 1; 0 before the first.
	Batch int `json:"batch"`
	// Back reports that the rollout is being reverted, Hard that the candidate takes no
	// part in that any more.
	Back bool `json:"back,omitempty"`
	Hard bool `json:"hard,omitempty"`
	// Left reports that a revert has ended without everything back.
	Left bool     `json:"left,omitempty"`
	From []Member `json:"from"`
	To   []Member `json:"to"`
	// Idle is the time since an endpoint last got further, Steady since the share last
	// changed.
	Idle   time.Duration `json:"idle,omitempty"`
	Steady time.Duration `json:"steady,omitempty"`
	// Moves counts what was done, so that of two the later can be told.
	Moves int `json:"moves,omitempty"`
}

// Member is an endpoint that takes part.
type Member struct {
	Address string `json:"address"`
	Stage   Stage  `json:"stage"`
	// Batch is the one that replaces it or brings it in; 0: not its turn yet.
	Batch int `json:"batch,omitempty"`
	// Shared reports that the other version has the same address: one of both runs there.
	Shared bool `json:"shared,omitempty"`
	// Stopped reports that it does not run, as far as the rollout knows, and is to be
	// started before it is up.
	Stopped bool `json:"stopped,omitempty"`
	// Starts counts how often it was started: each time it is to be checked anew.
	Starts int `json:"starts,omitempty"`
	// Ready is how long it has been usable without a break, Quiet how long nothing has
	// been in flight while it drains.
	Ready time.Duration `json:"ready,omitempty"`
	Quiet time.Duration `json:"quiet,omitempty"`

	// As last seen, which a restart does not know.
	usable, drained, gone, fed bool
	weight                     int
	inflight                   int64
	why                        string
	hook                       HookReport
}

// Cold reports that no endpoint of From is up after a success: they were stopped, or
// restarted in place, and From is no way back. Other rollouts have no Roll: nil is not.
func (r *Roll) Cold() bool {
	return r != nil && !slices.ContainsFunc(r.From, func(m Member) bool { return m.Stage == StageUp })
}

// newRoll is a rollout before its first batch.
func newRoll(p *Rolling) *Roll {
	r := &Roll{From: make([]Member, len(p.From)), To: make([]Member, len(p.To))}
	from, to := set(p.From), set(p.To)
	for i, a := range p.From {
		r.From[i] = Member{Address: a, Stage: StageUp, Shared: to[a]}
	}
	for i, a := range p.To {
		r.To[i] = Member{Address: a, Stage: StageOut, Shared: from[a], Stopped: p.Starts || from[a]}
	}
	return r
}

func (r *Roll) clone() *Roll {
	n := *r
	n.From, n.To = slices.Clone(r.From), slices.Clone(r.To)
	return &n
}

// members are all of them.
func (r *Roll) members(f func(m *Member)) {
	for i := range r.From {
		f(&r.From[i])
	}
	for i := range r.To {
		f(&r.To[i])
	}
}

// see takes in what is so now. Idle grows only while counts: what people or a hold
// keep from going on is no lack of progress.
func (r *Roll) see(v *RollingView, passed time.Duration, counts bool) *Roll {
	n := r.clone()
	n.Steady += passed
	if counts {
		n.Idle += passed
	}
	look(n.From, v.From, passed)
	look(n.To, v.To, passed)
	return n
}

// look finds the members' endpoints, which are mostly in the same order.
func look(members []Member, seen []RollingEndpoint, passed time.Duration) {
	for i := range members {
		m := &members[i]
		at := i
		if i >= len(seen) || seen[i].Address != m.Address {
			at = slices.IndexFunc(seen, func(e RollingEndpoint) bool { return e.Address == m.Address })
		}
		if at < 0 {
			m.gone, m.usable, m.drained, m.inflight = true, false, true, 0
			continue
		}
		e := &seen[at]
		m.gone, m.weight, m.inflight, m.why, m.hook = false, e.Weight, e.Inflight, e.Why, e.Hook
		m.timeReady(e.Usable, passed)
		m.timeQuiet(e.Inflight == 0, passed)
	}
}

func (m *Member) timeReady(usable bool, passed time.Duration) {
	switch {
	case !usable || m.Stage != StageUp:
		m.Ready = 0
	case m.usable:
		m.Ready += passed
	}
	m.usable = usable
	m.fed = m.fed && usable
}

func (m *Member) timeQuiet(quiet bool, passed time.Duration) {
	switch {
	case !quiet || m.Stage != StageDraining:
		m.Quiet, m.drained = 0, false
	case m.drained:
		m.Quiet += passed
	default:
		m.drained = true
	}
}

// serves reports that requests come to the member, if its version has a share.
func (m *Member) serves() bool { return m.Stage == StageUp && m.usable }

// ready reports that it can replace another.
func (m *Member) ready(p *Rolling) bool { return m.serves() && m.Ready >= p.MinReady }

// hooked reports that the hook that its stage asks for has succeeded.
func (m *Member) hooked() bool { return m.hook.Of == m.Stage && m.hook.Done }

// set brings the member to another stage.
func (m *Member) set(s Stage) {
	if m.Stopped && s == StageUp { // what was seen was another process
		m.Starts++
		m.Stopped, m.usable, m.fed = false, false, false
	}
	m.Stage, m.Ready, m.Quiet, m.drained, m.hook = s, 0, 0, false, HookReport{}
}

// partner is the member of others at the same address, nil if there is none.
func (m *Member) partner(others []Member) *Member {
	if !m.Shared {
		return nil
	}
	i := slices.IndexFunc(others, func(o Member) bool { return o.Address == m.Address })
	if i < 0 {
		return nil
	}
	return &others[i]
}

// free reports that nobody else runs at the member's address.
func (m *Member) free(others []Member) bool {
	o := m.partner(others)
	return o == nil || o.gone || o.Stage == StageOut
}

// usable is how many endpoints serve. One of To has to be ready.
func (r *Roll) usable(p *Rolling) int {
	n := 0
	for i := range r.From {
		if r.From[i].serves() {
			n++
		}
	}
	for i := range r.To {
		if m := &r.To[i]; m.ready(p) || r.Back && m.serves() {
			n++
		}
	}
	return n
}

// share is the candidate's percentage by the weights of the endpoints that serve: had
// where none does. It has two decimals, for people, and is never all or nothing by that.
func (r *Roll) share(had float64) float64 {
	var from, to float64
	for i := range r.From {
		if m := &r.From[i]; m.serves() {
			from += float64(m.weight)
		}
	}
	for i := range r.To {
		if m := &r.To[i]; m.serves() {
			to += float64(m.weight)
		}
	}
	switch {
	case from+to == 0:
		return had
	case from == 0:
		return 100
	case to == 0:
		return 0
	}
	return min(max(math.Round(1e4*to/(from+to))/100, 0.01), 99.99)
}
