package main

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

func someFlag() api.Flag {
	on, off := "on", "off"
	return api.Flag{
		Key: "new-checkout", Revision: 3, Enabled: true, Variant: &on, Default: &off, Counted: true,
		Variants: []api.FlagVariant{
			{Name: "off", Value: json.RawMessage("false"), Share: 0.75, Window: api.Window{Seconds: 10, Requests: 75, P99: 20}},
			{Name: "on", Value: json.RawMessage("true"), Share: 0.2, Window: api.Window{Seconds: 10, Requests: 20, Errors: 5, ErrorRate: 0.25, P99: 30}},
		},
		None:      api.Window{Seconds: 10, Requests: 5},
		Targeting: json.RawMessage(`{"if":[{"$ref":"internal"},"on"]}`), File: "flags.json", Line: 4,
		Rollout:    &api.Rollout{ID: "f1", Strategy: "canary", From: "off", To: "on", State: api.RolloutProgressing, Step: 1, Steps: 2, Weight: 10, Reason: "step 1 began", Segments: []string{"internal"}},
		LastChange: &api.FlagRevision{Revision: 3, At: someTime, Author: "ann", From: "192.0.2.1", Reason: "release 42", Variant: &on},
	}
}

// someFlagAnswer is what the API has at a path below /v1/flags.
func someFlagAnswer(path string) any {
	no := false
	switch {
	case strings.HasSuffix(path, "/history"):
		f := someFlag()
		return api.FlagHistory{Revisions: []api.FlagRevision{{Revision: 4, At: someTime, Source: api.SourceRollout, Reason: "step 1 began", Rollout: f.Rollout}, *f.LastChange,
			{Revision: 2, At: someTime, Source: api.SourceRollout, Reason: "worse", Rollout: someRollout(api.RolloutReverted)}, {Revision: 1, At: someTime, Author: "bob", Source: api.SourceAPI, Enabled: &no, Reason: "it fails"}}}
	case strings.HasSuffix(path, "/rollout/plan"):
		p := somePlan()
		p.From, p.To, p.Steps[0] = "off", "on", api.PlanStep{Segment: "internal", Hold: 60, Pause: true, Least: &p.Steps[0].Hold}
		return p
	case strings.HasSuffix(path, "/rollout/gates"):
		return api.Gates{Gates: someGates()}
	case strings.HasSuffix(path, "/evaluate"):
		on := "on"
		return api.Evaluation{Key: "new-checkout", Variant: &on, Value: json.RawMessage("true"), Reason: "TARGETING_MATCH", Explanation: someFlagExplanation()}
	case path == "/v1/flags":
		f, g := someFlag(), someFlag()
		g.Key, g.Enabled, g.Rollout = "old", false, nil
		return api.Flags{Flags: []api.Flag{f, g}}
	}
	return someFlag()
}

func TestFlagViews(t *testing.T) {
	f := newFakeAdmin(t)
	for args, want := range map[string]string{
		"flag list": `
FLAG          STATE                                     REVISION  VARIANTS  REQUESTS
new-checkout  on for everybody; on to internal and 10%  3         off, on   off=75% on=20% none=5%
old           disabled                                  3         off, on   off=75% on=20% none=5%
`,
		"flag get new-checkout": `
new-checkout: revision 3, on for everybody
last change 2025-03-04 05:06:07 by ann from 192.0.2.1: release 42
rollout f1 (canary) off to on, step 1 of 2, on at 10%: progressing: step 1 began
defined in flags.json:4
rules: {"if":[{"$ref":"internal"},"on"]}
  VARIANT  VALUE  SHARE  REQ/S  ERRORS  P99
  off      false  75%    7.5    0%      20 ms
  on       true   20%    2      25%     30 ms
  (none)   -      -      0.5    0%      0 ms
`,
		"flag history new-checkout": `
REVISION  AT                   SOURCE   AUTHOR              SETTING                 REASON
4         2025-03-04 05:06:07  rollout  -                   on to internal and 10%  step 1 began
3         2025-03-04 05:06:07           ann from 192.0.2.1  on for everybody        release 42
2         2025-03-04 05:06:07  rollout  -                   as the file says        worse (1000 requests, 1 user errors, availability 99.9%, 8 failed attempts, weight 0 after 0.071 s)
1         2025-03-04 05:06:07  api      bob                 disabled                it fails
`,
	} {
		stdout, stderr, code := f.weir(strings.Fields(args)...)
		if code != exitOK || stderr != "" {
			t.Errorf("%s: exit %d, stderr %q", args, code, stderr)
		}
		wantOutput(t, stdout, want)
		if stdout, _, _ := f.weir(append(strings.Fields(args), "-o", "json")...); !json.Valid([]byte(stdout)) {
			t.Errorf("%s -o json: %s", args, stdout)
		}
	}
}

func TestFlagState(t *testing.T) {
	f := someFlag()
	f.Variant = nil
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() {}, "by its rules, else off"},
		{func() { f.Targeting = json.RawMessage("null") }, "off"},
		{func() { f.Default = nil }, "the application's default"},
		{func() { f.Enabled = false }, "disabled"},
	} {
		if c.change(); flagState(&f) != c.want {
			t.Errorf("%s, want %s", flagState(&f), c.want)
		}
	}
}

// someFlagExplanation is of somebody whom a rule gives the variant.
func someFlagExplanation() *api.FlagExplanation {
	raw, place := func(s string) json.RawMessage { return json.RawMessage(s) }, 7.5
	return &api.FlagExplanation{By: api.FlagByRule, Rule: []api.RulePart{
		{Role: "if", File: "flags.json", Line: 8, Operator: "$ref", Written: raw(`{"$ref":"internal"}`), Says: raw("false")},
		{Depth: 1, Role: "operand", File: "flags.json", Line: 4, Operator: "ends_with", Written: raw(`{"ends_with":[{"var":"email"},"@a.example"]}`), Says: raw("null"), Attributes: []api.FlagAttribute{{Name: "email", Value: raw("null")}}},
		{Role: "if", File: "flags.json", Line: 9, Operator: "or", Written: raw(`{"or":[{"==":[{"var":"plan"},"pro"]}]}`), Says: raw("true"), Holds: true, Decided: true},
		{Depth: 1, Role: "operand", File: "flags.json", Line: 9, Operator: "==", Written: raw(`{"==":[{"var":"plan"},"pro"]}`), Says: raw("true"), Holds: true, Decided: true, Attributes: []api.FlagAttribute{{Name: "plan", Value: raw(`"pro"`)}}},
		{Role: "then", File: "flags.json", Line: 10, Operator: "fractional", Written: raw(`{"fractional":[["on",25],["off",75]]}`), Says: raw(`"on"`), Holds: true, Attributes: []api.FlagAttribute{{Name: "targetingKey", Value: raw(`"42"`)}}, Place: 7, Places: 100},
	}, Ramp: &api.RampPlace{To: "on", Running: true, At: 2, Step: 3, By: "10%", Steps: 4, Place: &place}}
}

// TestFlagReasons: what has decided, and by which step somebody is in.
func TestFlagReasons(t *testing.T) {
	for by, want := range map[string]string{
		api.FlagByState: "the flag is disabled", api.FlagBySegment: "in the segment beta of the rollout", api.FlagByRule: "its rule chooses it", "new": "a rule or a segment chooses it",
	} {
		if got := flagReason(&api.Evaluation{Reason: "TARGETING_MATCH", Explanation: &api.FlagExplanation{By: by, Segment: "beta"}}); got != want {
			t.Errorf("by %s: %s, want %s", by, got, want)
		}
	}
	for want, r := range map[string]api.RampPlace{
		"in by no step of a rollout (without a targetingKey in no share but the whole); it does not run":                   {Steps: 2},
		"in by step 1 of 2 of the rollout to on, beta (without a targetingKey in no share but the whole); it is at step 2": {To: "on", Running: true, At: 2, Step: 1, By: "beta", Steps: 2},
	} {
		if got := rampPlaceLine(&r); got != want {
			t.Errorf("%+v: %s, want %s", r, got, want)
		}
	}
}

func TestFlagExplain(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("flag", "explain", "new-checkout", "--context", "targetingKey=42", "--context", "age:=37", "--context", "note=a=b")
	if code != exitOK || stderr != "" {
		t.Errorf("exit %d, %q", code, stderr)
	}
	wantOutput(t, stdout, `
new-checkout: on, true
TARGETING_MATCH: its rule chooses it
what was asked, and what decided (*):
  RULE                                          SAYS  BECAUSE
    if $ref internal                            no    flags.json:8
      ends_with [{"var":"email"},"@a.example"]  no    no email
  * if or                                       yes   -
  *   == [{"var":"plan"},"pro"]                 yes   plan "pro"
    then fractional [["on",25],["off",75]]      "on"  targetingKey "42", at 7 of 100
in by step 3 of 4 of the rollout to on, 10% (at 7.5% of all users); not yet, it is at step 2
`)
	if want := `POST /v1/flags/new-checkout/evaluate {"context":{"age":37,"note":"a=b","targetingKey":"42"},"explain":true}`; f.lastWrite() != want {
		t.Errorf("asked %s, want %s", f.lastWrite(), want)
	}
	var b strings.Builder
	if err := writeDecision(&b, &api.Evaluation{Key: "x", Reason: "ERROR", ErrorCode: "GENERAL", ErrorDetails: "no variant blue"}); err != nil || b.String() != "x: no variant: the application's own default\nERROR: no variant blue\n" {
		t.Errorf("an error: %q, %v", b.String(), err)
	}
}

// TestFlagChangeEndsARollout: whoever takes a variant back is told what has become of its
// rollout.
func TestFlagChangeEndsARollout(t *testing.T) {
	o := someRollout(api.RolloutAborted)
	for want, r := range map[string]*api.Rollout{"": someRollout(api.RolloutPaused), "rollout r1 to v2: aborted": o} {
		if got := endWords(r); got != want {
			t.Errorf("%s: %q, want %q", r.State, got, want)
		}
	}
	r := api.FlagRevision{Source: api.SourceAPI, Reason: "it fails", Rollout: o}
	if got := flagBecause(&r); !strings.HasPrefix(got, "it fails; rollout r1 to v2: aborted (1000 requests") {
		t.Errorf("in the history: %q", got)
	}
}

func TestChangedBy(t *testing.T) {
	for _, c := range []struct {
		r    api.FlagRevision
		want string
	}{
		{api.FlagRevision{Source: api.SourceAPI, Author: "ann", From: "192.0.2.1"}, "by ann from 192.0.2.1"},
		{api.FlagRevision{Source: api.SourceAPI, From: "192.0.2.1"}, "from 192.0.2.1"}, // the dashboard, without a name
		{api.FlagRevision{Source: api.SourceRollout}, "by rollout"},
	} {
		if got := changedBy(&c.r); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}
