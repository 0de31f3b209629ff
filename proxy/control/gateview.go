package control

import (
	"slices"
	"time"

	"weir/balancer/rollout"
)

// GateView is one gate of a rollout. The caller owns it.
type GateView struct {
	Name     string
	Point    string
	Step     int    // that it was asked before, from 1; else 0
	State    string // one of the Gate words
	Reason   string // how it has answered, or how far it is; a sentence, or ""
	Author   string // of an approval: who has answered
	Approval bool
	At       time.Time // of the state; zero before it was asked
	// Link opens the page on which an approval that is asked now can be answered, once
	// and until Expires; "": it is none, or not asked.
	Link    string
	Expires time.Time
}

// Gates are those of the rollout that runs or the last that did, in the order of its
// plan; none when it has none. NotFound when there is no such upstream, or there never
// was a rollout.
func (c *Control) Gates(upstream string) ([]GateView, error) {
	s, err := c.Rollout(upstream)
	if err != nil {
		return nil, err
	}
	u := c.current.Load().upstreams[upstream]
	if u == nil {
		return nil, nil // it has just been removed
	}
	return u.live.asker.views(&s), nil
}

// views are how the gates of a rollout have answered.
func (a *asker) views(s *rollout.State) []GateView {
	whose := a.whose.event()
	a.mu.Lock()
	results := slices.Clone(a.results)
	a.mu.Unlock()
	var out []GateView
	for _, g := range s.Plan.Gates {
		v := GateView{Name: g.Name, Point: g.At, Approval: g.Approval, State: notYet(s, &g)}
		asked := false
		for _, r := range results {
			if r.Rollout != s.ID || r.Name != g.Name {
				continue
			}
			asked = true
			v.Step, v.State, v.Reason, v.Author, v.At = r.Step, r.State, r.Reason, r.Author, r.At
			if v.Link, v.Expires = "", (time.Time{}); r.State == GateAsking && g.Approval {
				if n := a.open(g.Name); n != nil {
					v.Link, v.Expires = a.control.link(&whose, n, g.Name, time.Now())
				}
			}
			out = append(out, v)
		}
		if !asked {
			out = append(out, v)
		}
	}
	return out
}

// notYet is the state of a gate that has not been asked.
func notYet(s *rollout.State, g *rollout.PlanGate) string {
	switch {
	case s.LeftOut(g):
		return GateSkipped
	case !s.Phase.Ended():
		return GatePending
	case s.Phase == rollout.Succeeded && g.At == rollout.AfterFinish:
		return GatePending
	}
	return GateNotAsked
}
