package rollout_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
)

// mirroring is a plan whose first step mirrors, with a limit of 1 %.
func mirroring(step rollout.PlanStep) rollout.Plan {
	p := defaultPlan()
	step.Mirror, step.MaxMismatch, step.Hold = 20, 0.01, time.Minute
	p.Steps = append([]rollout.PlanStep{step}, p.Steps...)
	p.MinRequests, p.Certify = 100, rollout.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}
	return p
}

// copies counts pairs, of which so many disagree.
func (b *bench) copies(pairs, mismatches, candidate, stable uint64, example string) {
	m := &b.obs.Mirror
	m.Pairs, m.Mismatches, m.CandidateWorse, m.StableWorse = m.Pairs+pairs, m.Mismatches+mismatches, m.CandidateWorse+candidate, m.StableWorse+stable
	m.Example = example
	b.wait(100 * time.Millisecond)
}

func TestMirroredVerdicts(t *testing.T) {
	for name, tt := range map[string]struct {
		pairs, mismatches, candidate, stable uint64
		want                                 rollout.Phase // after a minute
		percent                              float64
		reason                               string
	}{
		"alike":             {1000, 0, 0, 0, rollout.Progressing, 1, "step 2 of 5"},
		"within the limit":  {1000, 10, 0, 0, rollout.Progressing, 1, "step 2 of 5"},
		"both fail alike":   {1000, 0, 30, 30, rollout.Progressing, 1, "step 2 of 5"},
		"stable is worse":   {1000, 0, 0, 100, rollout.Progressing, 1, "step 2 of 5"},
		"too few":           {99, 0, 0, 0, rollout.Progressing, 0, "step 1 of 5: 20% of reads mirrored to v2"},
		"too few that fail": {100, 0, 2, 0, rollout.Progressing, 1, "step 2 of 5"},
		"unlike": {1000, 40, 0, 0, rollout.Reverting, 0,
			"mismatch: v2 answered 40 of 1000 mirrored requests unlike v1 (4%, with 99% from 1.966% to 7.041%), over max_mismatch 1%; e-value"},
		"worse": {1000, 0, 20, 0, rollout.Reverting, 0,
			"worse: of 1000 mirrored requests v2 failed 20 that v1 answered, and v1 failed 0 that v2 answered (r0 1.25); e-value"},
		"dead": {16, 0, 16, 0, rollout.Reverting, 0,
			"worse: of 16 mirrored requests v2 failed 16 that v1 answered"},
	} {
		t.Run(name, func(t *testing.T) {
			b := begin(t, mirroring(rollout.PlanStep{}), 0)
			b.serve(1000, 0, 0, 0)
			b.copies(tt.pairs, tt.mismatches, tt.candidate, tt.stable, "GET /a: v2: body")
			if tt.want == rollout.Progressing {
				b.wait(time.Minute)
			}
			b.want(tt.want, tt.percent, tt.reason)
			if tt.want == rollout.Reverting {
				if b.state.Outcome != rollout.Reverted || !strings.HasSuffix(b.state.Reason, "(alpha 0.005 of 0.01); for example GET /a: v2: body") {
					t.Errorf("ends as %s: %s", b.state.Outcome, b.state.Reason)
				}
			}
		})
	}
}

// What was found before a restart is found still, and later counts go by the counters
// of another process.
func TestMirroredSurvivesARestart(t *testing.T) {
	b := begin(t, mirroring(rollout.PlanStep{}), 0)
	b.serve(1000, 0, 0, 0)
	for i, example := range []string{"a", "b", "b", "c", "d"} {
		b.copies(100, 2, 0, 0, example)
		if n := b.state.Evidence.Mirrored.Pairs; n != uint64(100*(i+1)) {
			t.Fatalf("%d pairs", n)
		}
	}
	before := b.state.Evidence.Mirrored
	if diff := cmp.Diff([]string{"a", "b", "c"}, before.Examples); diff != "" {
		t.Errorf("examples: %s", diff)
	}
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, back.Evidence.Mirrored); diff != "" {
		t.Errorf("read back: %s", diff)
	}
	if err := back.Validate(); err != nil {
		t.Error(err)
	}
	b.state, b.obs.Mirror = back, rollout.MirrorCounts{}
	b.wait(100 * time.Millisecond)
	b.copies(300, 20, 0, 0, "e")
	b.want(rollout.Reverting, 0, "mismatch: v2 answered 30 of 800 mirrored requests unlike v1")
}

func TestMirroredUntilCertified(t *testing.T) {
	b := begin(t, mirroring(rollout.PlanStep{Certified: true, MaxHold: 10 * time.Minute}), 0)
	b.serve(1000, 0, 0, 0)
	b.copies(200, 1, 0, 0, "a")
	b.wait(2 * time.Minute)
	b.want(rollout.Progressing, 0, "step 1 of 5")
	if got := b.state.WaitsFor(); got != "hold: 0s to go; 100 of 100 pairs of answers; certificate: 8m0s to go until max_hold" {
		t.Errorf("waits for %q", got)
	}
	b.copies(1000, 1, 0, 0, "a")
	b.wait(100 * time.Millisecond)
	b.want(rollout.Progressing, 1, "certified to answer alike: v2 answered 2 of 1200 mirrored requests unlike v1 (0.1667%")

	b = begin(t, mirroring(rollout.PlanStep{Certified: true, MaxHold: 10 * time.Minute}), 0)
	b.serve(1000, 0, 0, 0)
	b.copies(1000, 9, 0, 0, "a")
	b.wait(11 * time.Minute)
	b.want(rollout.Progressing, 0, "undecided: not certified after 10m0s to answer alike")
}
