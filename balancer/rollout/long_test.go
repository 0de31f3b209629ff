//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package rollout_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

// table is what every state makes of every event, from the code.
func TestTable(t *testing.T) {
	documented(t, "commands", table(t, places, commandEvents))
	documented(t, "events", table(t, places, seenEvents))
	documented(t, "certificates", table(t, asking, certificateEvents))
	documented(t, "crossings", table(t, crossings, crossingEvents))
}

// TestModel: whatever happens to a rollout, it is as a person would have it.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{now: start, fresh: true, answers: map[rollout.Asked]bool{}}
		m.obs = rollout.Observation{StableUsable: 2, CandidateUsable: 2, StableHealthy: true, Endpoints: []rollout.EndpointCount{{Address: "a"}, {Address: "b"}}}
		m.state, _ = rollout.New("r", modelPlan(t), rapid.SampledFrom([]float64{0, 0, 10, 30}).Draw(t, "at the start"), start)
		m.turned = m.state.Turned
		t.Repeat(map[string]func(*rapid.T){
			"":        m.holdsTogether,
			"command": m.command,
			"wait":    func(t *rapid.T) { m.wait(t, time.Duration(rapid.IntRange(1, 300).Draw(t, "looks"))*modelLook) },
			"wait long": func(t *rapid.T) {
				m.wait(t, time.Duration(rapid.IntRange(1, 15).Draw(t, "minutes"))*time.Minute)
			},
			"requests": m.serve,
			"flip": func(t *rapid.T) {
				m.obs.StableUsable, m.obs.CandidateUsable = rapid.IntRange(0, 2).Draw(t, "stable"), rapid.IntRange(0, 2).Draw(t, "candidate")
			},
			"room": func(t *rapid.T) {
				m.obs.Capacity.Candidate = rapid.SampledFrom([]float64{0, 5, 20, 60, 120}).Draw(t, "candidate")
				m.obs.Capacity.Stable = rapid.SampledFrom([]float64{0, 40, 90, 120}).Draw(t, "stable")
			},
			"prepare": func(t *rapid.T) {
				m.obs.Preparation.Done = rapid.Bool().Draw(t, "done")
				if rapid.IntRange(0, 20).Draw(t, "fails") == 0 {
					m.obs.Preparation.Failed = "smoke"
				}
			},
			"gates": func(t *rapid.T) {
				m.obs.Gates = rollout.GateReport{Of: m.state.Asked}
				switch rapid.IntRange(0, 9).Draw(t, "answer") {
				case 0:
					m.obs.Gates.Failed = "smoke: 500"
				case 1:
					m.obs.Gates.Unclear = "smoke: no answer"
				case 2:
					m.obs.Gates.Of.Round--
					m.obs.Gates.Done = true
				default:
					m.obs.Gates.Done = true
				}
			},
			"hold writes": func(t *rapid.T) {
				if m.obs.Hold = (rollout.WriteHeld{}); m.state.HoldsWrites() {
					m.obs.Hold.InForce = rapid.Bool().Draw(t, "in force")
					m.obs.Hold.Drained = m.obs.Hold.InForce && rapid.Bool().Draw(t, "drained")
					if rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
						m.obs.Hold = rollout.WriteHeld{Ended: "max 5s is over"}
					}
				}
			},
			"reload": func(t *rapid.T) { // another endpoint in the place of one
				m.obs.Endpoints = slices.Clone(m.obs.Endpoints)
				m.obs.Endpoints[0] = rollout.EndpointCount{Address: m.obs.Endpoints[0].Address + "'"}
			},
			"crash": m.crash,
		})
	})
}
