package control

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
)

func TestRecordRoundTrip(t *testing.T) {
	r := firstRecord(split{"v1", weights{"v1": 99.9, "v2": 0.1}})
	s, _ := rollout.New("r1", rollout.Plan{Strategy: "canary", From: "v1", To: "v2", Steps: []rollout.PlanStep{{Percent: 50, Hold: time.Second}}}, 0, time.Now())
	r.Rollout = &s
	r = r.revise(split{"v1", weights{"v1": 50, "v2": 50}}, cause{Source: SourceRollout, Author: "ann", Reason: "half", Rollout: &s})
	r = r.withOverride("v1", "127.0.0.1:1", override{State: "drain", Weight: 3})
	got, err := decodeRecord(r.encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(r.encode()), string(got.encode())); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
	if got.running() == nil || got.History[0].Settled || got.Endpoints["v1"]["127.0.0.1:1"].Weight != 3 {
		t.Errorf("record = %+v", got)
	}
}

func TestEndOfRolloutSettlesItsLastRevision(t *testing.T) {
	run := rollout.State{ID: "r1", Phase: rollout.Reverting, Plan: rollout.Plan{From: "v1", To: "v2"}}
	r := firstRecord(split{"v1", weights{"v1": 100, "v2": 0}})
	r.Rollout = &run
	moved := r.revise(split{"v1", weights{"v1": 100, "v2": 0}}, cause{Source: SourceRollout, Rollout: &run})
	if moved.History[0].Settled {
		t.Fatal("a revision of a running rollout is settled")
	}
	ended := run
	ended.Phase, ended.Report = rollout.Reverted, &rollout.Report{Requests: 7}
	got := moved.withRollout(&ended)
	if h := got.History[0]; !h.Settled || h.Rollout.Report == nil || h.Rollout.Report.Requests != 7 {
		t.Errorf("newest revision after the end = %+v, want it settled, with the report", h)
	}
	if moved.History[0].Settled || moved.Rollout.Phase != rollout.Reverting {
		t.Error("the record before was written to")
	}
	other := ended
	other.ID = "r2"
	if got := moved.withRollout(&other); got.History[0].Settled {
		t.Error("another rollout's end settled the revision")
	}
}

// TestAbandonedRolloutEndsLikeAny: it has nothing, and it has a report.
func TestAbandonedRolloutEndsLikeAny(t *testing.T) {
	run := running("v1", "v2")
	run.Evidence.Users, run.Evidence.UserErrors = 200, 1
	r := firstRecord(onlyWeights(90, 10))
	r.Rollout = run
	got := r.abandon("v2 is gone").Rollout
	if got.Phase != rollout.Aborted || got.Percent != 0 || got.Reason != "v2 is gone" || got.EndedAt.IsZero() {
		t.Errorf("abandoned = %+v, want it aborted at 0 %%", got)
	}
	if rep := got.Report; rep == nil || rep.Requests != 200 || rep.UserErrors != 1 || rep.Availability != 99.5 || rep.SecondsToZero != nil {
		t.Errorf("report = %+v, want what was counted", got.Report)
	}
	if run.Percent != 10 || run.Report != nil {
		t.Error("the record before was written to")
	}
}

func TestDecodeRefusesWhatCannotBe(t *testing.T) {
	good := firstRecord(split{"v1", weights{"v1": 100, "v2": 0}})
	tests := []struct {
		name  string
		spoil func(*record)
		want  string
	}{
		{"format", func(r *record) { r.Format = 2 }, "format 2, want 1"},
		{"negative weight", func(r *record) { r.Split = split{"v1", weights{"v1": -1}} }, "weights.v1"},
		{"no weights", func(r *record) { r.Split = split{"v1", weights{"v1": 0}} }, "all are 0"},
		{"stable is no version", func(r *record) { r.Split = split{"v9", weights{"v1": 1}} }, "stable"},
		{"no history", func(r *record) { r.History = nil }, "history"},
		{"another revision", func(r *record) { r.Revision = 7 }, "history"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *good
			tt.spoil(&r)
			if _, err := decodeRecord(r.encode()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
	for _, in := range []string{"", "{", "null", "[]", `{"format":1,"split":7}`} {
		if _, err := decodeRecord([]byte(in)); err == nil {
			t.Errorf("decode %q: no error", in)
		}
	}
}

// TestRolloutProblem: what a store gives back need not be what was put into it.
func TestRolloutProblem(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*rollout.State)
		want  string // "": none
	}{
		{"as it was", func(*rollout.State) {}, ""},
		{"from another", func(s *rollout.State) { s.Plan.From = "v3" }, "it is from v3, stable is v1"},
		{"to nothing", func(s *rollout.State) { s.Plan.To = "v9" }, "it is to v9"},
		{"to itself", func(s *rollout.State) { s.Plan.To = "v1" }, "want two versions"},
		{"phase", func(s *rollout.State) { s.Phase = "weird" }, `phase "weird"`},
		{"reverting", func(s *rollout.State) { s.Phase = rollout.Reverting }, "reverting"},
		{"another phase than the rest says", func(s *rollout.State) { s.Phase = rollout.Baking }, "does not agree"},
		{"step too far", func(s *rollout.State) { s.Step = 99 }, "step 99: want 0 to 1"},
		{"step before the first", func(s *rollout.State) { s.Step = -3 }, "step -3"},
		{"no steps", func(s *rollout.State) { s.Plan.Steps = nil }, "no steps"},
		{"steps that fall", func(s *rollout.State) { s.Plan.Steps[1].Percent = 1 }, "step 2 at 1 %"},
		{"percent", func(s *rollout.State) { s.Percent = -1 }, "percent -1"},
		{"pause", func(s *rollout.State) { s.Pause = "cat" }, `pause by "cat"`},
		{"hold", func(s *rollout.State) { s.Hold.Cause = "moon" }, `hold because of "moon"`},
		{"alpha", func(s *rollout.State) { s.Plan.Rules.Alpha = 1 }, "rules"},
		{"an end is shown as it is", func(s *rollout.State) { s.Phase, s.Plan.From = rollout.Reverted, "v3" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := rollout.New("r1", rollout.Plan{Strategy: "canary", From: "v1", To: "v2", Steps: []rollout.PlanStep{{Percent: 50}}}, 0, time.Now())
			tt.spoil(&s)
			r := firstRecord(split{"v1", weights{"v1": 50, "v2": 50}})
			r.Rollout = &s
			err := r.rolloutProblem()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("problem = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPrune(t *testing.T) {
	r := firstRecord(split{"v1", weights{"v1": 100}})
	r = r.withOverride("v1", "a:1", override{State: "drain"}).withOverride("v1", "b:1", override{Weight: 2}).withOverride("v2", "a:1", override{Weight: 2})
	got := r.prune(func(version, address string) string {
		if version == "v1" && address == "a:1" {
			return "up"
		}
		return ""
	})
	want := map[string]map[string]override{"v1": {"a:1": {State: "drain"}}}
	if diff := cmp.Diff(want, got.Endpoints); diff != "" {
		t.Errorf("settings left (-want +got):\n%s", diff)
	}
	if len(r.Endpoints["v1"]) != 2 {
		t.Error("prune wrote into the record it pruned")
	}
	if same := got.prune(func(string, string) string { return "up" }); same != got {
		t.Error("nothing to prune made another record")
	}
}
