package control

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/gate"
)

// asker asks the gates of an upstream's or a flag's rollouts, beside the engine: the
// engine says what is asked, by announcing its states, and sees what is answered when it
// observes. It lives as long as the engine.
type asker struct {
	control *Control
	whose   gateOwner

	mu sync.Mutex
	// of is the rollout that has been seen running; "": none has.
	of string
	// now is what is asked now, or was answered and is not asked any more by the
	// engine's word; after is what is asked of a rollout that has succeeded. nil: nothing.
	now, after *inquiry
	results    []GateResult // of the last rollout's gates, in the order of their first answers
}

// inquiry is one question to the gates of a point, from the first to the last.
type inquiry struct {
	rollout rollout.State // as it was when this began
	asked   rollout.Asked
	gates   []rollout.PlanGate
	stop    context.CancelFunc

	report   rollout.GateReport // asker.mu guards it
	turn     string             // the gate whose turn it is; the same
	over     string             // why it was taken back, for people; the same
	answered chan struct{}      // capacity 1: somebody has answered an approval
}

// The states of a gate.
const (
	GatePending    = "pending"    // its turn has not come
	GateNotAsked   = "not_asked"  // it will not come, or the answer is not wanted any more
	GateSkipped    = "skipped"    // a promote has gone on without its answer
	GateAsking     = "asking"     // its answer is waited for
	GatePassed     = "passed"     // yes, or what on_timeout takes for one
	GateRejected   = "rejected"   // no, or what on_timeout takes for one
	GateUnanswered = "unanswered" // none, and on_timeout is hold
)

// GateResult is how a gate has answered, or how far it is.
type GateResult struct {
	Rollout string    `json:"rollout"`
	Name    string    `json:"name"`
	Point   string    `json:"point"`
	Step    int       `json:"step,omitempty"`  // that it was asked before, from 1; else 0
	Round   int       `json:"round,omitempty"` // of the question
	State   string    `json:"state"`           // one of the Gate words
	Reason  string    `json:"reason,omitempty"`
	Author  string    `json:"author,omitempty"` // of an approval: who answered
	At      time.Time `json:"at"`
}

// see takes in which state a rollout is in: what it asks is asked, and what it asks
// no more is not. Of a rollout that does not run nothing is asked.
func (a *asker) see(s *rollout.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	run := a.whose.running()
	runs := run != nil && run.ID == s.ID && s.Phase != rollout.Reverting && !s.Phase.Ended()
	if n := a.now; n != nil {
		if runs && n.rollout.ID == s.ID && n.asked == s.Asked {
			return
		}
		n.over = "its answer is not wanted any more"
		if runs && n.rollout.ID == s.ID && s.PassedOver(&n.rollout) {
			n.over = passedOver
		}
		n.stop()
		a.now = nil
	}
	if runs && s.Asked != (rollout.Asked{}) {
		a.now = a.begin(s, s.Asked, s.AskedGates(), nil)
	}
}

// follow takes in what the writer has made of the running or last rollout: one that has
// begun, or was found at a start, and one that has ended. wanted keeps the answers of those
// that are still of use.
func (a *asker) follow(run *rollout.State, wanted func([]GateResult) []GateResult) {
	if a.whose.lives() == nil {
		return // its engine has not begun
	}
	a.mu.Lock()
	was := a.of
	a.of = ""
	if run != nil && !run.Phase.Ended() {
		a.of = run.ID
		a.results = wanted(a.results)
	}
	now := a.of
	a.mu.Unlock()
	switch {
	case now != "" && now != was:
		a.see(run)
	case was != "" && was != now:
		a.see(&rollout.State{ID: was, Phase: rollout.Aborted})
		if run != nil && run.ID == was && run.Phase != rollout.Succeeded {
			a.tell(run)
		}
	}
}

// begin asks gates one after the other in a goroutine of its own; done, unless it is
// nil, hears what came of it, unless the question was taken back. a.mu is held.
func (a *asker) begin(s *rollout.State, q rollout.Asked, gates []rollout.PlanGate, done func(rollout.GateReport)) *inquiry {
	ctx, stop := context.WithCancel(a.whose.lives())
	n := &inquiry{rollout: *s, asked: q, gates: gates, stop: stop, answered: make(chan struct{}, 1)}
	n.report.Of = q
	a.control.loops.Go(func() {
		defer stop()
		if r, ok := a.ask(ctx, n); ok && done != nil {
			done(r)
		}
	})
	return n
}

// ask asks the gates of a question. ok is false when the question was taken back.
func (a *asker) ask(ctx context.Context, n *inquiry) (r rollout.GateReport, ok bool) {
	r = rollout.GateReport{Of: n.asked, Done: true}
	for i := range n.gates {
		g := &n.gates[i]
		verdict, why, ok := a.one(ctx, n, g)
		if !ok {
			return r, false
		}
		if said := g.Name + ": " + why; verdict == GateRejected {
			r.Done, r.Failed = false, said
		} else if verdict == GateUnanswered {
			r.Done, r.Unclear = false, said
		}
		if !r.Done && n.asked.Point != rollout.OnRevert { // there, each is told
			break
		}
	}
	if r.Done && n.asked.Point == rollout.BeforeStart {
		a.whose.begun(ctx, &n.rollout.Plan)
	}
	a.mu.Lock()
	n.report = r
	a.mu.Unlock()
	a.whose.wake()
	a.keep()
	return r, true
}

// one asks one gate, until there is an answer or ctx ends.
func (a *asker) one(ctx context.Context, n *inquiry, g *rollout.PlanGate) (state, why string, ok bool) {
	cfg, there := a.whose.gate(g.Name)
	if !there {
		return "", "", false
	}
	a.note(n, g, GateAsking, "", "")
	defer func() {
		if !ok {
			a.withdrawn(n, g)
		}
	}()
	if cfg == nil {
		state, why = GateUnanswered, "it is not in the file any more"
		a.note(n, g, state, why, "")
		return state, why, true
	}
	var answer gate.Answer
	author := ""
	if cfg.Approval {
		answer, author, ok = a.approval(ctx, n, g, cfg.Timeout)
	} else {
		answer, ok = a.measure(ctx, n, g, cfg)
	}
	if !ok {
		return "", "", false
	}
	onTimeout := cfg.OnTimeout
	if g.At == rollout.OnRevert {
		onTimeout = "hold" // nothing comes of it, so it stays what it is
	}
	state, why = settle(answer, onTimeout)
	a.note(n, g, state, why, author)
	return state, why, true
}

// passedOver is why a gate has not answered that nobody has waited for.
const passedOver = "passed over by promote"

// settle makes a gate's answer its state: what none is worth is said by on_timeout.
func settle(a gate.Answer, onTimeout string) (state, why string) {
	switch {
	case a.Verdict == gate.Approved:
		return GatePassed, a.Why
	case a.Verdict == gate.Rejected:
		return GateRejected, a.Why
	case onTimeout == "approve":
		return GatePassed, a.Why + ": approved by on_timeout"
	case onTimeout == "hold":
		return GateUnanswered, a.Why
	}
	return GateRejected, a.Why + ": rejected by on_timeout"
}

// measure asks a gate that is no approval.
func (a *asker) measure(ctx context.Context, n *inquiry, g *rollout.PlanGate, cfg *config.Gate) (gate.Answer, bool) {
	whose := a.whose.event()
	q := question(&whose, &n.rollout, n.asked, g)
	ways := askerOf(cfg, q)
	return policy(cfg).Decide(ctx, func(ctx context.Context) gate.Measurement {
		m := ways.Ask(ctx, q)
		if m.Said != "" { // also of a command that was cut off: where it hangs is in there
			key, name := whose.subject()
			a.control.opts.Log.Info().Str(key, name).Str(keyRollout, q.Rollout).Str(keyGate, q.Gate).Str(keySaid, m.Said).Msg("gate said")
		}
		return m
	}, func(sofar string) { a.doing(n, g, sofar) })
}

// note takes in how a gate answered, or that it is asked, and tells everybody.
func (a *asker) note(n *inquiry, g *rollout.PlanGate, state, why, author string) {
	r := GateResult{
		Rollout: n.rollout.ID, Name: g.Name, Point: n.asked.Point, Step: n.asked.Step, Round: n.asked.Round,
		State: state, Reason: why, Author: author, At: time.Now().UTC().Round(0),
	}
	a.mu.Lock()
	a.set(r)
	n.turn = g.Name
	if state == GateAsking {
		n.report.Doing = ""
		if len(n.gates) > 1 { // else it is known which
			n.report.Doing = g.Name + " is asked"
		}
	}
	a.mu.Unlock()
	c, ev := a.control, a.whose.event()
	key, name := ev.subject()
	c.opts.Log.Info().Str(key, name).Str(keyRollout, r.Rollout).Str(keyGate, r.Name).Str(keyPoint, r.Point).
		Str(keyState, state).Str(keyReason, why).Msg("gate")
	said := r.Name + " at " + r.Point
	if why != "" {
		said += ": " + why
	}
	move := moveOf(&n.rollout)
	move.Gate = r.Name
	ev.Kind, ev.Group, ev.Version, ev.State, ev.Reason, ev.Move = EventGate, n.rollout.Plan.GroupName, n.rollout.Plan.To, state, said, move
	if ev.Approval = g.Approval && state == GateAsking; ev.Approval {
		ev.Link = c.publicLink(&ev, n, g.Name)
	}
	c.emit(ev)
}

// withdrawn takes in that nobody wants a gate's answer any more.
func (a *asker) withdrawn(n *inquiry, g *rollout.PlanGate) {
	a.mu.Lock()
	i := slices.IndexFunc(a.results, func(r GateResult) bool {
		return r.Name == g.Name && n.asks(r.Rollout, r.Point, r.Step, r.Round) && r.State == GateAsking
	})
	state, why := GateNotAsked, n.over
	a.mu.Unlock()
	if why == passedOver {
		state = GateSkipped
	}
	if i >= 0 && a.whose.lives().Err() == nil { // else it is asked again at the next start
		a.note(n, g, state, why, "")
	}
}

// set puts a result in the place of the one before. a.mu is held.
func (a *asker) set(r GateResult) {
	if i := slices.IndexFunc(a.results, func(b GateResult) bool { return b.same(&r) }); i >= 0 {
		a.results[i] = r
		return
	}
	a.results = append(a.results, r)
}

// same reports whether both are of the same gate before the same move.
func (r *GateResult) same(b *GateResult) bool {
	return r.Rollout == b.Rollout && r.Name == b.Name && r.Step == b.Step
}

// doing says how far a gate is that has no answer yet.
func (a *asker) doing(n *inquiry, g *rollout.PlanGate, sofar string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n.report.Doing = fmt.Sprintf("%s: %s", g.Name, sofar)
	if i := slices.IndexFunc(a.results, func(r GateResult) bool {
		return r.Rollout == n.rollout.ID && r.Name == g.Name && r.Step == n.asked.Step
	}); i >= 0 {
		a.results[i].Reason = sofar
	}
}

// report is what there is to say of what is asked now.
func (a *asker) report() rollout.GateReport {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil {
		return rollout.GateReport{}
	}
	return a.now.report
}

// keep has the results kept. They are worth a restart, not more: what cannot be kept
// is asked again then.
func (a *asker) keep() {
	lives := a.whose.lives()
	answer, err := a.control.hand(lives, func() error {
		a.mu.Lock()
		results := slices.DeleteFunc(slices.Clone(a.results), func(r GateResult) bool { return r.State == GateAsking })
		a.mu.Unlock()
		for _, given := range a.whose.answers() { // somebody may have answered ahead of a gate's turn
			if !slices.ContainsFunc(results, func(r GateResult) bool { return r.same(&given) }) {
				results = append(results, given)
			}
		}
		return a.whose.keep(results, false)
	})
	if err == nil {
		err = <-answer
	}
	if err != nil && lives.Err() == nil {
		whose := a.whose.event()
		key, name := whose.subject()
		a.control.opts.Log.Warn().Str(key, name).Err(err).Msg("the answers of gates are not kept")
	}
}

// withGates returns the record with what gates have answered.
func (r *record) withGates(results []GateResult) *record {
	next := *r
	next.Gates = r.wanted(results)
	i := slices.IndexFunc(r.History, func(h Revision) bool {
		return r.Rollout != nil && h.Rollout != nil && h.Rollout.ID == r.Rollout.ID
	})
	if i >= 0 {
		next.History = slices.Clone(r.History)
		next.History[i].Gates = answersOf(results, r.Rollout.ID)
	}
	return &next
}

// wanted are the answers of the record's rollout, and of the one whose end is not over.
func (r *record) wanted(results []GateResult) []GateResult {
	return slices.DeleteFunc(slices.Clone(results), func(g GateResult) bool {
		return (r.Rollout == nil || r.Rollout.ID != g.Rollout) && (r.After == nil || r.After.Rollout != g.Rollout)
	})
}

// answersOf are those of a rollout's gates.
func answersOf(results []GateResult, id string) []GateResult {
	var out []GateResult
	for _, r := range results {
		if r.Rollout == id {
			out = append(out, r)
		}
	}
	return out
}
