package control

import (
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/proxy"
)

// TestHoldOutlivesARevisionOfAGuard: the guard of a third version changes the split while
// a rollout has writes held. That is not the move that they wait for.
func TestHoldOutlivesARevisionOfAGuard(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 80, 1}, ver{"v2", 0, 1}, ver{"v3", 20, 1}))})
	was := *b.upstream("api")
	state, _ := rollout.New("r", plan(was.config, blueGreen, "v1", "v2"), 0, time.Now())
	was.record = was.record.withRollout(&state)
	gate := &was.shared.Writes
	gate.Hold(proxy.WriteHold{By: holder(&state), Max: time.Minute})
	defer gate.End(holder(&state))

	guarded := was
	guarded.record = was.record.revise(was.record.Split.move("v1", "v3", 0), cause{Source: SourceGuard})
	guarded.goOn(&was)
	if !gate.State().InForce {
		t.Error("the hold has ended with the revert of v3")
	}
	moved := guarded
	moved.record = guarded.record.moved(&rollout.Change{State: state, Move: rollout.SetPercent, Percent: 100})
	moved.goOn(&guarded)
	if gate.State().InForce {
		t.Error("the hold is in force after the switch")
	}
}
