package rollout_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

// group is a few members, looked at in any order, and the writer between them: what one
// of them moves, all are moved by in one go.
type group struct {
	names   []string
	members []rollout.State
	seen    []rollout.Observation
	now     time.Time
}

func newGroup(n int, p rollout.Plan) *group {
	g := &group{now: start}
	for i := range n {
		g.names = append(g.names, fmt.Sprintf("u%d", i))
		g.seen = append(g.seen, rollout.Observation{StableUsable: 2, CandidateUsable: 2, StableHealthy: true,
			Endpoints: []rollout.EndpointCount{{Address: "a"}, {Address: "b"}}})
	}
	p.Group, p.GroupName = g.names, "shop"
	lead, _ := rollout.New("r", p, 0, start)
	g.members = []rollout.State{lead}
	for range n - 1 {
		own := p
		own.Leader = g.names[0]
		g.members = append(g.members, rollout.Join(&lead, own))
	}
	return g
}

// look has a member look at its own, and the writer make all of what comes of it. It
// reports the move.
func (g *group) look(t interface{ Fatal(...any) }, i int, c rollout.Command) (rollout.Action, error) {
	o := g.seen[i]
	if i == 0 {
		o.Group = g.view()
	}
	next, a, err := rollout.Step(g.members[i], o, c, g.now)
	if err != nil {
		return a, err
	}
	if i > 0 && a.Move != rollout.Stay && a.Move != rollout.Revert {
		t.Fatal("a member that is led moved itself: ", a)
	}
	g.members[i] = next.Confirmed()
	if i == 0 || a.Move == rollout.Revert {
		for j := range g.members {
			if j != i {
				g.members[j] = g.members[j].Along(&next, g.names[i], g.now)
			}
		}
	}
	return a, nil
}

// view is what the leader is told.
func (g *group) view() (v rollout.GroupView) {
	for i := 1; i < len(g.members); i++ {
		switch m := &g.members[i]; {
		case m.Phase == rollout.Holding:
			v.Lacks = g.names[i] + " holds"
		case !m.Due:
			v.Waits = g.names[i] + ": " + m.WaitsFor()
		}
	}
	return v
}

// modelLook is how often models look.
const modelLook = 100 * time.Millisecond

func (g *group) wait(t interface{ Fatal(...any) }, d time.Duration) {
	for range d / modelLook {
		g.now = g.now.Add(modelLook)
		for i := range g.members {
			if _, err := g.look(t, i, rollout.None); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// serve counts requests of one member by its share.
func (g *group) serve(i int, requests uint64, failing bool) {
	o := &g.seen[i]
	c := uint64(float64(requests) * g.members[i].Percent / 100)
	o.Stable.Requests += requests - c
	o.Candidate.Requests += c
	o.Endpoints = []rollout.EndpointCount{o.Endpoints[0], o.Endpoints[1]}
	o.Endpoints[0].Requests += c / 2
	o.Endpoints[1].Requests += c - c/2
	if failing {
		o.Candidate.Failures += c
		o.Endpoints[0].Failures += c / 2
		o.Endpoints[1].Failures += c - c/2
	}
}

func groupPlan() rollout.Plan {
	p := defaultPlan()
	p.MinRequests = 10
	p.Steps = []rollout.PlanStep{{Percent: 10, Hold: time.Second}, {Percent: 50, Hold: time.Second}, {Percent: 100}}
	p.Bake = 10 * time.Second
	return p
}

func TestGroupMovesWhenAllAreDue(t *testing.T) {
	g := newGroup(3, groupPlan())
	g.wait(t, 100*time.Millisecond)
	for i := range g.members[:2] {
		g.serve(i, 200, false)
	}
	g.wait(t, 5*time.Second)
	if lead := &g.members[0]; lead.Percent != 10 || !strings.Contains(lead.Lacks, "u2: hold: 0s to go; 0 of 10 requests") {
		t.Errorf("with two of three due it is at %v %%, %q", lead.Percent, lead.Lacks)
	}
	if got := g.members[1].WaitsFor(); got != "u0, which moves the group" {
		t.Errorf("a member that is due waits for %q", got)
	}
	g.serve(2, 200, false)
	g.wait(t, 2*time.Second)
	for i := range g.members {
		if got := g.members[i].Percent; got != 50 {
			t.Errorf("%s is at %v %%, want all at 50", g.names[i], got)
		}
	}
}

func TestGroupIsPromotedAndSteered(t *testing.T) {
	g := newGroup(2, groupPlan())
	for _, c := range []rollout.Command{rollout.Promote, rollout.PromoteFull, rollout.Pause} {
		if _, err := g.look(t, 1, c); !errors.Is(err, rollout.ErrWrongPhase) || !strings.Contains(err.Error(), "u0 moves the group") {
			t.Errorf("%s of a member that is led: %v", c, err)
		}
	}
	if _, err := g.look(t, 0, rollout.Promote); err != nil || g.members[1].Percent != 50 {
		t.Errorf("promote: %v, the other is at %v %%", err, g.members[1].Percent)
	}
	g.seen[1].CandidateUsable = 0
	g.wait(t, time.Second)
	for _, c := range []rollout.Command{rollout.Promote, rollout.PromoteFull} {
		if _, err := g.look(t, 0, c); err == nil || !strings.Contains(err.Error(), "u1 holds") {
			t.Errorf("%s while a member holds: %v", c, err)
		}
	}
	if _, err := g.look(t, 0, rollout.Abort); err != nil {
		t.Fatal(err)
	}
	if m := g.members[1]; m.Phase != rollout.Aborted || m.Percent != 0 || !strings.HasPrefix(m.Reason, "u0: operator: ") || m.Report == nil {
		t.Errorf("after an abort the other is %s at %v %%: %s", m.Phase, m.Percent, m.Reason)
	}
}

// TestGroupModel looks at members in any order, with any of them bad, slow, out of
// endpoints or left without requests: they are always at one place, and end in one way.
func TestGroupModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := groupPlan()
		if rapid.Bool().Draw(t, "blue_green") {
			p.Steps, p.BlueGreen = nil, &rollout.BlueGreen{ProgressDeadline: time.Minute}
		}
		g := newGroup(rapid.IntRange(2, 4).Draw(t, "members"), p)
		draw := func() int { return rapid.IntRange(0, len(g.members)-1).Draw(t, "member") }
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				lead := &g.members[0]
				for i := range g.members {
					m := &g.members[i]
					switch {
					case m.Percent != lead.Percent || m.Phase.Ended() != lead.Phase.Ended():
						t.Fatalf("%s is %s at %v %%, its leader %s at %v %%", g.names[i], m.Phase, m.Percent, lead.Phase, lead.Percent)
					case m.Phase.Ended() && m.Phase != lead.Phase:
						t.Fatalf("%s has ended as %s, its leader as %s", g.names[i], m.Phase, lead.Phase)
					case !m.Phase.Ended() && !m.At(lead):
						t.Fatalf("%s is not where its leader is", g.names[i])
					}
					if err := m.Validate(); err != nil {
						t.Fatalf("%s: %v", g.names[i], err)
					}
				}
			},
			"look": func(t *rapid.T) {
				g.now = g.now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
				i, before, all := draw(), g.members[0], true
				for _, m := range g.members[1:] {
					all = all && m.Due && m.Phase != rollout.Holding
				}
				if a, _ := g.look(t, i, rollout.None); (a.Move == rollout.SetPercent || a.Move == rollout.Finish) && !all {
					t.Fatalf("%s at %v %%, though not all were due", a.Move, before.Percent)
				}
			},
			"requests": func(t *rapid.T) {
				g.serve(draw(), rapid.Uint64Range(1, 400).Draw(t, "requests"), rapid.IntRange(0, 20).Draw(t, "bad") == 0)
			},
			"flip":    func(t *rapid.T) { g.seen[draw()].CandidateUsable = rapid.IntRange(0, 2).Draw(t, "usable") },
			"prepare": func(t *rapid.T) { g.seen[draw()].Preparation.Done = rapid.Bool().Draw(t, "done") },
			"command": func(t *rapid.T) {
				c := rapid.SampledFrom([]rollout.Command{rollout.Promote, rollout.PromoteFull, rollout.Pause, rollout.Resume, rollout.Abort}).Draw(t, "command")
				i := 0
				if c == rollout.Resume {
					i = draw()
				}
				_, _ = g.look(t, i, c) // one that does not fit changes nothing
			},
			"crash": func(t *rapid.T) {
				for i := range g.members {
					kept, err := json.Marshal(g.members[i])
					if err != nil {
						t.Fatal(err)
					}
					g.members[i] = rollout.State{}
					if err := json.Unmarshal(kept, &g.members[i]); err != nil {
						t.Fatal(err)
					}
				}
				g.now = g.now.Add(time.Hour)
			},
		})
	})
}
