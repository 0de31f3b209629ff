package rollout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

const (
	v1Out = "v1 cannot run on schema 43: it runs on 41-42"
	v2Out = "v2 cannot run on schema 43: it runs on 41-42"
)

func TestSchemaReverts(t *testing.T) {
	for name, get := range map[string]func(*bench){
		"in a step":   func(*bench) {},
		"paused":      func(b *bench) { b.command(rollout.Pause) },
		"in a hold":   func(b *bench) { b.obs.CandidateUsable = 0; b.wait(0) },
		"in the bake": func(b *bench) { b.command(rollout.PromoteFull) },
	} {
		b := begin(t, defaultPlan(), 0)
		get(b)
		b.obs.Schema.Candidate = v2Out
		b.wait(0)
		if s := b.state.Confirmed(); s.Phase != rollout.Reverted || s.Reason != "schema: "+v2Out {
			t.Errorf("%s: %s, %q", name, s.Phase, s.Reason)
		}
	}

	// A guard as well: nobody else looks after its version.
	p := tablePlan()
	p.Guard, p.Steps = true, nil
	b := begin(t, p, 20)
	b.obs.Schema.Candidate = v2Out
	b.wait(0)
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted {
		t.Errorf("a guard: %s, %q", s.Phase, s.Reason)
	}
}

// TestSchemaOfStableKeepsTheCandidate: nobody is sent back to what cannot run, by no
// rule and no deadline; a person can.
func TestSchemaOfStableKeepsTheCandidate(t *testing.T) {
	b := begin(t, at(60), 0)
	b.obs.Schema.Stable = v1Out
	b.serve(400, 0, 600, 300)
	b.wait(2 * time.Second)
	b.want(rollout.Holding, 60, "holding: schema: "+v1Out+", so v2 keeps its 60%: worse: ")
	b.wait(time.Minute)
	b.want(rollout.Holding, 60, "holding: schema: ")

	_, err := b.command(rollout.Abort)
	if !errors.Is(err, rollout.ErrWrongPhase) || !strings.Contains(err.Error(), "schema: "+v1Out+"; abort --force") {
		t.Errorf("abort: %v", err)
	}
	forced := *b
	if _, err := forced.command(rollout.AbortForce); err != nil {
		t.Fatal(err)
	}
	if s := forced.state.Confirmed(); s.Phase != rollout.Aborted || !strings.HasPrefix(s.Reason, "operator: ") || !strings.HasSuffix(s.Reason, "by force, though schema: "+v1Out) {
		t.Errorf("forced: %s, %q", s.Phase, s.Reason)
	}

	b.obs.Schema.Stable = ""
	b.serve(40, 0, 60, 0)
	b.wait(2 * time.Second)
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted || !strings.HasPrefix(s.Reason, "worse: ") {
		t.Errorf("as soon as stable can run: %s, %q", s.Phase, s.Reason)
	}

	// Nothing goes back to stable where nothing has left it.
	b = begin(t, tableGreen(), 0)
	b.obs.Schema = rollout.Schema{Candidate: v2Out, Stable: v1Out}
	b.wait(0)
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted {
		t.Errorf("before the switch: %s, %q", s.Phase, s.Reason)
	}
}

// TestUnknownSchemaStopsTheAdvance, and nothing else; for long it is a hold.
func TestUnknownSchemaStopsTheAdvance(t *testing.T) {
	const why = "it is not known which schema v2 runs on"
	b := begin(t, defaultPlan(), 0)
	b.obs.Schema.Unknown = why
	for range 3 {
		b.serve(9900, 0, 100, 0)
		b.wait(20 * time.Second)
	}
	b.want(rollout.Progressing, 1, "step 1 of 4: v2 at 1%: waits for schema: "+why)
	for _, c := range []rollout.Command{rollout.Promote, rollout.PromoteFull} {
		if _, err := b.command(c); !errors.Is(err, rollout.ErrWrongPhase) || !strings.HasSuffix(err.Error(), "schema: "+why) {
			t.Errorf("%s: %v", c, err)
		}
	}
	b.obs.Schema.Stale = true
	b.wait(0)
	b.want(rollout.Holding, 1, "holding: schema: "+why)
	if _, err := b.command(rollout.Resume); !errors.Is(err, rollout.ErrWrongPhase) {
		t.Errorf("resume: %v", err)
	}
	b.wait(time.Minute)
	b.want(rollout.Holding, 1, "holding: schema: "+why)
	b.obs.Schema = rollout.Schema{}
	b.serve(9900, 0, 100, 0)
	b.wait(11 * time.Second)
	if b.state.Phase == rollout.Holding {
		t.Errorf("%s, %q although it is known again", b.state.Phase, b.state.Reason)
	}

	// What a stale schema holds is reverted all the same.
	b = begin(t, at(50), 0)
	b.obs.Schema = rollout.Schema{Unknown: why, Stale: true}
	b.wait(0)
	b.serve(500, 0, 500, 300)
	b.wait(2 * time.Second)
	if b.state.Phase != rollout.Reverting {
		t.Errorf("a bad candidate under an unknown schema: %s, %q", b.state.Phase, b.state.Reason)
	}
}

// TestSchemaProperty: whatever happens, a candidate that has something never loses it
// to a stable version that cannot run unless somebody forces it, and never gets more
// while it cannot run itself or nobody knows.
func TestSchemaProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{now: start, fresh: true}
		m.obs = rollout.Observation{StableUsable: 2, CandidateUsable: 2, StableHealthy: true, Endpoints: []rollout.EndpointCount{{Address: "a"}, {Address: "b"}}}
		m.state, _ = rollout.New("r", modelPlan(t), 10, start)
		for range rapid.IntRange(1, 200).Draw(t, "looks") {
			m.obs.Schema = rapid.SampledFrom([]rollout.Schema{{}, {}, {}, {Stable: v1Out}, {Unknown: "?"}, {Unknown: "?", Stale: true}, {Candidate: v2Out}, {Candidate: v2Out, Stable: v1Out}}).Draw(t, "schema")
			m.obs.CandidateUsable = rapid.SampledFrom([]int{2, 2, 2, 0}).Draw(t, "usable")
			m.obs.Preparation.Done = rapid.Bool().Draw(t, "prepared")
			m.serve(t)
			m.now = m.now.Add(rapid.SampledFrom([]time.Duration{modelLook, time.Second, 30 * time.Second}).Draw(t, "passes"))
			c := rapid.SampledFrom([]rollout.Command{rollout.None, rollout.None, rollout.None, rollout.Promote, rollout.PromoteFull, rollout.Pause, rollout.Resume, rollout.Abort, rollout.AbortForce}).Draw(t, "command")
			was := m.state
			next, a, err := rollout.Step(was, m.obs, c, m.now)
			if err != nil {
				continue
			}
			switch m.state = next; {
			case a.Move == rollout.Revert && a.Changed && was.Phase != rollout.Reverting && was.Percent > 0 && m.obs.Schema.Stable != "" && c != rollout.AbortForce:
				t.Fatalf("%s at %g%%: %q, though stable cannot run", c, was.Percent, next.Reason)
			case next.Percent > was.Percent && (m.obs.Schema.Candidate != "" || m.obs.Schema.Unknown != ""):
				t.Fatalf("%s: from %g%% to %g%% under %+v", c, was.Percent, next.Percent, m.obs.Schema)
			}
			if next.Phase == rollout.Reverting || next.Phase.Ended() {
				return
			}
			if err := next.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
