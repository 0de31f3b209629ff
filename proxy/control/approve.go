package control

import (
	"context"
	"slices"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/control/gate"
)

// approval waits for somebody's answer. Within 0 is for ever.
func (a *asker) approval(ctx context.Context, n *inquiry, g *rollout.PlanGate, within time.Duration) (answer gate.Answer, author string, ok bool) {
	var late <-chan time.Time
	if within > 0 {
		timer := time.NewTimer(within)
		defer timer.Stop()
		late = timer.C
	}
	for {
		if r := a.given(n, g.Name); r != nil {
			answer = gate.Answer{Verdict: gate.Rejected, Why: r.Reason}
			if r.State == GatePassed {
				answer.Verdict = gate.Approved
			}
			return answer, r.Author, true
		}
		select {
		case <-n.answered:
		case <-late:
			return gate.Answer{Why: "no answer within " + within.String()}, "", true
		case <-ctx.Done():
			return answer, "", false
		}
	}
}

// given is what somebody has answered to an approval of this question, before a
// restart too; nil: nobody has.
func (a *asker) given(n *inquiry, name string) *GateResult {
	answers := a.whose.answers()
	i := slices.IndexFunc(answers, func(r GateResult) bool {
		return r.Name == name && n.asks(r.Rollout, r.Point, r.Step, r.Round) && (r.State == GatePassed || r.State == GateRejected)
	})
	if i < 0 {
		return nil
	}
	return &answers[i]
}

// asks reports whether this is the inquiry of a question.
func (n *inquiry) asks(id, point string, step, round int) bool {
	return n.rollout.ID == id && n.asked.Point == point && n.asked.Step == step && n.asked.Round == round
}

// open is the inquiry that a gate is part of now, and whose answer it waits for; nil:
// none.
func (a *asker) open(name string) *inquiry {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range []*inquiry{a.now, a.after} {
		if n == nil || n.report.Done || n.report.Failed != "" || n.report.Unclear != "" {
			continue
		}
		if slices.ContainsFunc(n.gates, func(g rollout.PlanGate) bool { return g.Name == name }) {
			return n
		}
	}
	return nil
}

// Approve answers an approval of the upstream's rollout, which must be asked now.
// NotFound when there is no such gate, Conflict when it is none that people answer,
// is not asked, or has been answered.
func (c *Control) Approve(ctx context.Context, name, gateName string, yes bool, m Meta) (UpstreamView, error) {
	var view UpstreamView
	err := c.do(ctx, func() error {
		u, err := c.find(name, m.IfMatch)
		if err != nil {
			return err
		}
		if u.record.Rollout == nil {
			return u.noRollout("approve")
		}
		a := u.live.asker
		n, err := a.toApprove("upstream "+name, u.record.Rollout, gateName)
		if err != nil {
			return err
		}
		if err := a.answer(n, gateName, yes, m); err != nil {
			return err
		}
		u = c.current.Load().upstreams[name]
		view = u.view(u.rollout())
		return nil
	})
	if err != nil {
		return UpstreamView{}, err
	}
	return view, nil
}

// toApprove is the inquiry whose approval can be answered now; last is the running or last
// rollout of whom what names.
func (a *asker) toApprove(what string, last *rollout.State, name string) (*inquiry, error) {
	var names []string
	for _, g := range last.Plan.Gates {
		names = append(names, g.Name)
	}
	i := slices.Index(names, name)
	if i < 0 {
		return nil, noSuch(what+": ", "gate", name, names)
	}
	g, n := last.Plan.Gates[i], a.open(name)
	switch {
	case !g.Approval:
		return nil, refuse(Conflict, "%s: gate %s is measured: want one with approval: true; promote goes on without an answer", what, name)
	case n != nil && a.given(n, name) != nil:
		return nil, refuse(Conflict, "%s: gate %s: it has been answered: %s", what, name, a.given(n, name).Reason)
	case n == nil:
		return nil, refuse(Conflict, "%s: gate %s: it is not asked now, but %s", what, name, g.At)
	}
	return n, nil
}

// answer keeps an answer, and hands it to who waits for it. A no is for safety: it does not
// wait for the store. It runs on the writer.
func (a *asker) answer(n *inquiry, name string, yes bool, m Meta) error {
	r := GateResult{
		Rollout: n.rollout.ID, Name: name, Point: n.asked.Point, Step: n.asked.Step, Round: n.asked.Round,
		State: GatePassed, Reason: "approved", Author: m.Author, At: time.Now().UTC().Round(0),
	}
	if !yes {
		r.State, r.Reason = GateRejected, "rejected"
	}
	if m.Author != "" {
		r.Reason += " by " + m.Author
	}
	if m.Reason != "" {
		r.Reason += ": " + m.Reason
	}
	rest := slices.DeleteFunc(slices.Clone(a.whose.answers()), func(b GateResult) bool { return b.same(&r) })
	if err := a.whose.keep(append(rest, r), !yes); err != nil {
		return err
	}
	wakeUp(n.answered)
	return nil
}
