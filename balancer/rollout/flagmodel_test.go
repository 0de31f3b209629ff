package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

// flagModel is what a person would expect of a flag's ramp, whatever comes: who is in
// stays in until all go, nothing moves before its time, and nobody is taken out for what
// is everybody's trouble.
type flagModel struct {
	state rollout.State
	obs   rollout.Observation
	now   time.Time

	inPlace time.Duration // since the last move, holds and all
	failed  bool          // the variant alone has failed, ever
}

func TestFlagRampModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := flagPlan()
		p.Steps = nil
		for _, name := range []string{"internal", "beta", "press"} {
			if rapid.Bool().Draw(t, name) {
				p.Steps = append(p.Steps, rollout.PlanStep{Segment: name, Hold: 10 * time.Second, Pause: rapid.IntRange(0, 4).Draw(t, "pause") == 0})
			}
		}
		for _, percent := range []float64{1, 10, 50} {
			if rapid.Bool().Draw(t, "share") {
				p.Steps = append(p.Steps, rollout.PlanStep{Percent: percent, Hold: 10 * time.Second})
			}
		}
		m := &flagModel{now: start}
		m.obs = rollout.Observation{StableUsable: 1, CandidateUsable: 1}
		m.state, _ = rollout.New("r", p, 0, start)
		t.Repeat(map[string]func(*rapid.T){
			"":         m.holdsTogether,
			"wait":     func(t *rapid.T) { m.wait(t, time.Duration(rapid.IntRange(1, 300).Draw(t, "looks"))*modelLook) },
			"requests": func(t *rapid.T) { m.ask(t, uint64(rapid.IntRange(1, 20).Draw(t, "of each ten"))) },
			"the variant fails": func(t *rapid.T) {
				m.failed = true
				n := uint64(rapid.IntRange(1, 10).Draw(t, "failures"))
				for _, c := range []*rollout.Counts{&m.obs.Candidate, &m.obs.CandidateWrites} {
					c.Requests += n
					c.Failures += n
				}
			},
			"command": func(t *rapid.T) {
				c := rapid.SampledFrom([]rollout.Command{rollout.Promote, rollout.PromoteFull, rollout.Pause, rollout.Resume, rollout.Abort}).Draw(t, "command")
				next, a, err := rollout.Step(m.state, m.obs, c, m.now)
				if err == nil {
					m.moved(t, next, a, c == rollout.Promote || c == rollout.PromoteFull)
				}
			},
			"crash": func(t *rapid.T) {
				if m.state.Validate() != nil {
					return // reverting: nothing of it is kept
				}
				kept, err := json.Marshal(m.state)
				if err != nil {
					t.Fatal(err)
				}
				m.state = rollout.State{}
				if err := json.Unmarshal(kept, &m.state); err != nil {
					t.Fatal(err)
				}
				m.obs.Stable, m.obs.Candidate, m.obs.CandidateWrites = rollout.Counts{}, rollout.Counts{}, rollout.Counts{}
			},
		})
	})
}

// ask counts what users asked in one moment: always nine beside the ramp to one that was
// drawn for it and one that was chosen.
func (m *flagModel) ask(t *rapid.T, n uint64) {
	outage := rapid.IntRange(0, 9).Draw(t, "outage") == 0
	for _, c := range []struct {
		of *rollout.Counts
		n  uint64
	}{{&m.obs.Stable, 9 * n}, {&m.obs.Candidate, n}, {&m.obs.CandidateWrites, n}} {
		if c.of.Requests += c.n; outage { // everything fails, for everybody
			c.of.Failures += c.n
		}
	}
}

func (m *flagModel) wait(t *rapid.T, d time.Duration) {
	for end := m.now.Add(d); m.now.Before(end); {
		m.now = m.now.Add(modelLook)
		m.inPlace += modelLook
		next, a, err := rollout.Step(m.state, m.obs, rollout.None, m.now)
		if err != nil {
			t.Fatal(err)
		}
		m.moved(t, next, a, false)
	}
}

// moved takes in what a step has made of the ramp.
func (m *flagModel) moved(t *rapid.T, next rollout.State, a rollout.Action, hurried bool) {
	was := m.state
	m.state = next
	switch a.Move {
	case rollout.SetPercent:
		if next.Percent < was.Percent {
			t.Fatalf("%v %% after %v %%", next.Percent, was.Percent)
		}
		for _, segment := range was.Segments() {
			if !slices.Contains(next.Segments(), segment) {
				t.Fatalf("segment %s is out: %v", segment, next.Segments())
			}
		}
		if !hurried && m.inPlace < was.Plan.Steps[was.Step].Hold-modelLook {
			t.Fatalf("step %d left after %s", was.Step, m.inPlace)
		}
		m.inPlace = 0
	case rollout.Revert:
		if next.Percent != 0 || next.Segments() != nil {
			t.Fatalf("reverted to %v %% and %v", next.Percent, next.Segments())
		}
		if next.Outcome == rollout.Reverted && !m.failed {
			t.Fatalf("reverted though the variant has never failed alone: %s", next.Reason)
		}
		m.state = next.Confirmed()
	}
}

func (m *flagModel) holdsTogether(t *rapid.T) {
	if err := m.state.Validate(); err != nil {
		t.Fatalf("%v: %+v", err, m.state)
	}
	if m.state.Phase.Ended() && (m.state.EndedAt.IsZero() || m.state.Report == nil) {
		t.Fatalf("ended without a report: %+v", m.state)
	}
}
