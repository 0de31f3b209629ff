package rollout_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// place is a column of the table: a state and a way to get there.
type place struct {
	name string
	plan func() rollout.Plan
	get  func(b *bench)
}

// event is a row: something that happens, at the places where it can.
type event struct {
	name string
	at   []string // none: everywhere
	do   func(b *bench) error
}

// tablePlan has a step to leave, a step that pauses and a bake. Its reverts go in
// steps where stable says how much it can take.
func tablePlan() rollout.Plan {
	p := defaultPlan()
	p.Stepped = true
	p.Steps = []rollout.PlanStep{{Percent: 10, Hold: 20 * time.Second}, {Percent: 50, Pause: true}, {Percent: 100}}
	return p
}

func tableGreen() rollout.Plan {
	p := tablePlan()
	p.Strategy, p.Steps = "blue_green", nil
	p.BlueGreen = &rollout.BlueGreen{Approval: true, AutoPromote: 30 * time.Minute, ProgressDeadline: 10 * time.Minute}
	return p
}

var places = []place{
	{"progressing", tablePlan, func(*bench) {}},
	{"preparing", tableGreen, func(*bench) {}},
	{"waiting_gate", tableGreen, func(b *bench) { b.obs.Preparation.Done = true; b.wait(0) }},
	{"paused", tablePlan, func(b *bench) { b.command(rollout.Pause) }},
	{"paused by the plan", tablePlan, func(b *bench) { b.command(rollout.Promote) }},
	{"holding", tablePlan, func(b *bench) { b.serve(90, 90, 10, 10); b.wait(0) }},
	{"baking", tablePlan, func(b *bench) { b.command(rollout.PromoteFull) }},
	{"reverting in steps", tablePlan, func(b *bench) {
		b.obs.Capacity.Stable = 95
		b.command(rollout.Abort)
	}},
	{"ended", tablePlan, func(b *bench) { b.command(rollout.Abort); b.state = b.state.Confirmed() }},
	{"guard", func() rollout.Plan { p := tablePlan(); p.Guard, p.Steps = true, nil; return p }, func(b *bench) {}},
}

func command(c rollout.Command) func(*bench) error {
	return func(b *bench) error { _, err := b.command(c); return err }
}

// in passes time in which nothing else happens than what f does first.
func in(d time.Duration, f func(*bench)) func(*bench) error {
	return func(b *bench) error { f(b); b.wait(d); return nil }
}

var commandEvents = []event{
	{"promote", nil, command(rollout.Promote)},
	{"promote, without room", nil, func(b *bench) error {
		b.obs.Capacity.Candidate = max(1, b.state.Percent)
		return command(rollout.Promote)(b)
	}},
	{"promote --full", nil, command(rollout.PromoteFull)},
	{"pause", nil, command(rollout.Pause)},
	{"resume", nil, command(rollout.Resume)},
	{"abort", nil, command(rollout.Abort)},
}

var seenEvents = []event{
	{"hold and min_requests met", []string{"progressing", "paused", "paused by the plan"}, in(time.Minute, func(b *bench) { b.serve(900, 0, 100, 0) })},
	{"ready for the switch", []string{"preparing"}, in(0, func(b *bench) { b.obs.Preparation.Done = true })},
	{"no longer ready", []string{"waiting_gate"}, in(0, func(b *bench) { b.obs.CandidateUsable = 0 })},
	{"preparation fails", []string{"preparing", "waiting_gate"}, in(0, func(b *bench) { b.obs.Preparation = rollout.Preparation{Failed: "smoke"} })},
	{"progress_deadline", []string{"preparing"}, in(11*time.Minute, func(*bench) {})},
	{"auto_promote", []string{"waiting_gate"}, in(31*time.Minute, func(*bench) {})},
	{"bake over", []string{"baking"}, in(61*time.Second, func(*bench) {})},
	{"worse", active, in(2*time.Second, func(b *bench) { b.serve(1000, 0, 100, 40) })},
	{"both over max_error_rate", active, in(0, func(b *bench) { b.serve(90, 90, 10, 10) })},
	{"no usable endpoint", active, in(0, func(b *bench) { b.obs.CandidateUsable = 0 })},
	{"the same for unusable_for", active, in(time.Minute, func(b *bench) { b.serve(900, 0, 0, 0); b.obs.CandidateUsable = 0 })},
	{"less room than its share", active, in(0, func(b *bench) { b.obs.Capacity.Candidate = 5 })},
	{"cause gone for 10s", []string{"holding"}, in(15*time.Second, func(b *bench) { b.serve(900, 0, 100, 0) })},
	{"stable can take all", []string{"reverting in steps"}, in(time.Second, func(b *bench) { b.obs.Capacity.Stable = 100 })},
	{"a restart", nil, restart},
}

// active are the places where the rules are armed.
var active = []string{"progressing", "preparing", "waiting_gate", "paused", "paused by the plan", "holding", "baking", "guard"}

// asking are steps that ask for a certificate.
var asking = []place{
	{"on_undecided: hold", func() rollout.Plan { return until(rollout.UndecidedHold) }, func(*bench) {}},
	{"on_undecided: advance", func() rollout.Plan { return until(rollout.UndecidedAdvance) }, func(*bench) {}},
	{"on_undecided: revert", func() rollout.Plan { return until(rollout.UndecidedRevert) }, func(*bench) {}},
}

var certificateEvents = []event{
	{"certified, within hold", nil, in(30*time.Second, (*bench).proven)},
	{"certified, after hold", nil, in(2*time.Minute, (*bench).proven)},
	{"max_hold, certified in time but below min_requests", nil, func(b *bench) error {
		b.state.Plan.MinRequests = 1 << 20
		return in(time.Hour, (*bench).proven)(b)
	}},
	{"max_hold without a certificate", nil, in(time.Hour, func(b *bench) { b.serve(900, 0, 100, 0) })},
	{"the same below min_requests", nil, in(time.Hour, func(b *bench) { b.serve(90, 0, 10, 0) })},
	{"the same, paused by an operator", nil, in(time.Hour, func(b *bench) { b.serve(900, 0, 100, 0); b.command(rollout.Pause) })},
	{"certified after that", nil, func(b *bench) error {
		b.serve(900, 0, 100, 0)
		b.wait(11 * time.Minute)
		return in(time.Minute, (*bench).proven)(b)
	}},
	{"certified, and worse", nil, in(time.Second, func(b *bench) { b.serve(100_000, 0, 10_000, 50) })},
}

// tableGates has something ahead of every move, and holds writes over the last.
func tableGates() rollout.Plan {
	p := tablePlan()
	p.Stepped = false
	for _, at := range []string{rollout.BeforeStart, rollout.BeforeStep, rollout.AfterSwitch, rollout.BeforeFinish} {
		p.Gates = append(p.Gates, rollout.PlanGate{Name: "smoke", At: at})
	}
	p.Gates = append(p.Gates, rollout.PlanGate{Name: "lag", At: rollout.BeforeSwitch, Held: true})
	p.PinWrites, p.WriteHold = true, &rollout.WriteHold{Max: 5 * time.Second}
	return p
}

// crossings are what a move has ahead of it.
var crossings = []place{
	{"before_start", tableGates, func(*bench) {}},
	{"before_step", tableGates, func(b *bench) { passing(b, 10) }},
	{"writes held", tableGates, func(b *bench) { passing(b, 50); yes(b) }},
	{"held gate", tableGates, func(b *bench) { passing(b, 50); yes(b); drained(b) }},
	{"baking, after_switch", tableGates, func(b *bench) { passing(b, 100) }},
	{"before_finish", tableGates, func(b *bench) { passing(b, 100); b.command(rollout.Promote); yes(b) }},
}

// passing promotes, and has writes drained, until something is ahead of the next move
// from a share.
func passing(b *bench, percent float64) {
	for b.state.Percent < percent || percent < 100 && b.state.Asked == (rollout.Asked{}) || percent == 100 && !b.state.Bake {
		b.command(rollout.Promote)
		if b.state.HoldsWrites() {
			drained(b)
		}
	}
}

func yes(b *bench) {
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
}

func drained(b *bench) {
	b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
	b.wait(0)
}

var asked = []string{"before_start", "before_step", "held gate", "baking, after_switch", "before_finish"}

var crossingEvents = []event{
	{"the gates pass", asked, func(b *bench) error { yes(b); return nil }},
	{"one is rejected", asked, in(0, func(b *bench) { b.says(rollout.GateReport{Failed: "smoke: 500"}) })},
	{"no answer, `on_timeout: hold`", asked, in(0, func(b *bench) { b.says(rollout.GateReport{Unclear: "smoke: no answer in 30s"}) })},
	{"writes under way have ended", []string{"writes held"}, func(b *bench) error { drained(b); return nil }},
	{"the hold ends before the move", []string{"writes held", "held gate"}, in(0, func(b *bench) { b.obs.Hold = rollout.WriteHeld{Ended: "max 5s is over"} })},
	{"promote", nil, command(rollout.Promote)},
	{"promote --full", nil, command(rollout.PromoteFull)},
	{"pause", nil, command(rollout.Pause)},
	{"abort", nil, command(rollout.Abort)},
	{"worse", nil, in(2*time.Second, func(b *bench) { b.serve(1000, 0, 100, 40) })},
	{"a restart", nil, restart},
}

func table(t *testing.T, places []place, events []event) string {
	var out strings.Builder
	out.WriteString("| |")
	for _, p := range places {
		out.WriteString(" " + p.name + " |")
	}
	out.WriteString("\n|---" + strings.Repeat("|---", len(places)) + "|\n")
	for _, e := range events {
		out.WriteString("| " + e.name + " |")
		for _, p := range places {
			out.WriteString(" " + cell(t, p, e) + " |")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// cell is what becomes of a rollout at p when e happens.
func cell(t *testing.T, p place, e event) string {
	if e.at != nil && !slices.Contains(e.at, p.name) {
		return ""
	}
	percent := 0.0
	if p.name == "guard" {
		percent = 10
	}
	b := begin(t, p.plan(), percent)
	p.get(b)
	before := b.state
	err := e.do(b)
	after := b.state.Confirmed()
	switch {
	case errors.Is(err, rollout.ErrWrongPhase):
		return "refused"
	case err != nil:
		t.Errorf("%s, %s: %v", p.name, e.name, err)
	case after.Phase == before.Phase && after.Percent == before.Percent && after.Pause == before.Pause && after.Ahead == before.Ahead && after.Asked == before.Asked:
		return "–"
	}
	said := string(after.Phase)
	switch {
	case after.Phase == rollout.Progressing && after.HoldsWrites():
		said = "writes held"
	case after.Phase == rollout.Progressing && after.Ahead != "":
		said = "preparing"
	case after.Phase == rollout.WaitingGate && after.Asked != before.Asked:
		said = "asks " + after.Asked.Point
	}
	if after.Phase == before.Phase && after.Pause != before.Pause {
		said += ", and paused"
	}
	if after.Percent != before.Percent {
		said += fmt.Sprintf(", %g %%", after.Percent)
	}
	return said
}
