package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/proxy/admin/admintest"
	"weir/proxy/admin/api"
)

// checked holds every answer that a test gets against openapi.yaml.
var checked *admintest.Transport

func TestMain(m *testing.M) {
	contract, err := admintest.New(OpenAPI("v0"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi.yaml:", err)
		os.Exit(1)
	}
	checked = contract.Transport(http.DefaultTransport)
	http.DefaultTransport = checked // for api.Client
	goleak.VerifyTestMain(m)
}

// fakeBackend has one upstream, "api", and remembers the last write. Writes
// return err.
type fakeBackend struct {
	mu struct {
		sync.Mutex
		err   error
		calls []string
		meta  Meta
		notReady,
		neverRolled bool
	}
}

// note is one write. It answers with a revision of its own, which nobody else sees.
func (f *fakeBackend) note(m Meta, format string, args ...any) (api.Upstream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.calls = append(f.mu.calls, fmt.Sprintf(format, args...))
	f.mu.meta = m
	return written(), f.mu.err
}

// written is what every write answers.
func written() api.Upstream {
	u := fakeUpstream()
	u.Revision = 8
	return u
}

// fail makes every later write return err.
func (f *fakeBackend) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.err = err
}

// last is the last write and what came with it; empty if there was none.
func (f *fakeBackend) last() (string, Meta) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.mu.calls) == 0 {
		return "", Meta{}
	}
	return f.mu.calls[len(f.mu.calls)-1], f.mu.meta
}

var fakeTime = time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)

func fakeUpstream() api.Upstream {
	return api.Upstream{
		Name: "api", Revision: 7, Stable: "v1",
		Split: map[string]api.Share{"v1": {Weight: 90, Share: 0.9}, "v2": {Weight: 10, Share: 0.1}},
		Versions: []api.Version{
			{Name: "v1", Endpoints: []api.Endpoint{{Address: "127.0.0.1:3001", State: "up", Health: "up", Inflight: 2, Weight: 1}},
				Window: api.Window{Seconds: 10, Requests: 900, Errors: 9, ErrorRate: 0.01, P50: 1.5, P99: 20}},
			{Name: "v2", Endpoints: []api.Endpoint{}},
		},
		Rollout:    fakeRollout(),
		Writes:     api.Writes{ReadOnly: api.ReadOnly{Source: "file"}},
		LastChange: api.Change{At: fakeTime, Author: "ann", Source: api.SourceAPI, Reason: "a first look"},
	}
}

func fakeRollout() *api.Rollout {
	seconds := 0.07
	return &api.Rollout{
		ID: "r1", Strategy: "canary", From: "v1", To: "v2", State: api.RolloutReverted, Step: 2, Steps: 4,
		Reason: "worse: 8 of 10 failed", Failures: []string{"0af7651916cd43dd8448eb211c80319c"}, StartedAt: fakeTime, EndedAt: &fakeTime,
		Report: &api.Report{Requests: 100, Availability: 100, FailedAttempts: 8, SecondsToZero: &seconds},
	}
}

func (f *fakeBackend) Upstreams() []api.Upstream { return []api.Upstream{fakeUpstream()} }

func (f *fakeBackend) Upstream(name string) (api.Upstream, error) {
	if name != "api" {
		return api.Upstream{}, &Refusal{NotFound, "upstream " + name + " does not exist"}
	}
	return fakeUpstream(), nil
}

func (f *fakeBackend) Rollout(upstream string) (api.Rollout, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if upstream != "api" || f.mu.neverRolled {
		return api.Rollout{}, &Refusal{NotFound, "no rollout"}
	}
	return *fakeRollout(), nil
}

func (f *fakeBackend) Gates(upstream string) ([]api.Gate, error) {
	if upstream != "api" {
		return nil, &Refusal{NotFound, "no upstream"}
	}
	return []api.Gate{{Name: "boss", At: "before_switch", State: api.GateAsking, Approval: true, Since: &fakeTime, Link: "/approve/good", Expires: &fakeTime}}, nil
}

func (f *fakeBackend) Approve(_ context.Context, upstream, gate string, yes bool, m Meta) (api.Upstream, error) {
	return f.note(m, "approve %s %s %v", upstream, gate, yes)
}

// Approval knows the links good, used and broken.
func (f *fakeBackend) Approval(token string) (api.Approval, error) {
	switch token {
	case "good":
		return api.Approval{
			Upstream: "api", Rollout: "r1", Gate: "boss", At: "before_switch", From: "v1", To: "v2", Weight: 12.5,
			Reason: "because <script>alert(1)</script>", Expires: fakeTime,
		}, nil
	case "used":
		return api.Approval{}, &Refusal{Gone, "gate boss of rollout r1: it has been answered"}
	case "broken":
		return api.Approval{}, errors.New("10.0.0.7: internals")
	}
	return api.Approval{}, &Refusal{NotFound, "no such link"}
}

func (f *fakeBackend) ApproveLink(_ context.Context, token string, yes bool, m Meta) error {
	if _, err := f.Approval(token); err != nil {
		return err
	}
	_, err := f.note(m, "link %s %v", token, yes)
	return err
}

func (f *fakeBackend) Plan(upstream, to string) (api.Plan, error) {
	if upstream != "api" || to == "v9" {
		return api.Plan{}, &Refusal{NotFound, "no version"}
	}
	return fakePlan(to), nil
}

func fakePlan(to string) api.Plan {
	seconds := 2.5
	return api.Plan{
		Strategy: "canary", From: "v1", To: to, RequestsPerSecond: 100, ErrorRate: 0.01, ErrorRateSource: "window", Bake: 300,
		Steps: []api.PlanStep{{Weight: 10, Least: &seconds, Requests: 25, Seen: api.Seen{Dead: &seconds}}},
	}
}

func (f *fakeBackend) History(upstream string) ([]api.Revision, error) {
	if upstream != "api" {
		return nil, &Refusal{NotFound, "no upstream"}
	}
	return []api.Revision{{
		Revision: 7, At: fakeTime, Author: "ann", Source: api.SourceRollout, Reason: "worse", Stable: "v1",
		Split: fakeUpstream().Split, Rollout: fakeRollout(),
	}}, nil
}

func (f *fakeBackend) Series(upstream string, since int64) (api.Series, error) {
	if upstream != "api" {
		return api.Series{}, &Refusal{NotFound, "no upstream"}
	}
	none := float32(math.NaN())
	threshold := 2.0
	return api.Series{
		IntervalMS: 1000, At: []int64{since + 1000, since + 2000},
		Users:    api.UserLines{Requests: api.Line{0, 10}, Errors: api.Line{0, 1}, P50: api.Line{none, 1.5}, P99: api.Line{none, 20}},
		Versions: []api.VersionLines{{Name: "v1", Share: api.Line{1, 0.9}}},
		Evidence: []api.EvidenceLine{{Version: "v2", Log10E: api.Line{none, -0.25}, Threshold: &threshold}},
	}, nil
}

func (f *fakeBackend) SetSplit(_ context.Context, upstream string, weights map[string]float64, m Meta) (api.Upstream, error) {
	return f.note(m, "split %s %v", upstream, weights)
}

func (f *fakeBackend) StartRollout(_ context.Context, upstream string, r api.RolloutRequest, m Meta) (api.Upstream, error) {
	return f.note(m, "rollout %s to=%s strategy=%s id=%s", upstream, r.To, r.Strategy, r.ID)
}

func (f *fakeBackend) Command(_ context.Context, upstream string, verb api.Verb, full bool, m Meta) (api.Upstream, error) {
	return f.note(m, "%s %s full=%v", verb, upstream, full)
}

func (f *fakeBackend) Undo(_ context.Context, upstream string, to uint64, m Meta) (api.Upstream, error) {
	return f.note(m, "undo %s to=%d", upstream, to)
}

func (f *fakeBackend) SetEndpoint(_ context.Context, upstream, address string, r api.EndpointRequest, m Meta) (api.Upstream, error) {
	state, weight := "-", -1
	if r.State != nil {
		state = *r.State
	}
	if r.Weight != nil {
		weight = *r.Weight
	}
	return f.note(m, "endpoint %s %s state=%s weight=%d version=%s", upstream, address, state, weight, r.Version)
}

func (f *fakeBackend) SetReadOnly(_ context.Context, upstream string, on bool, m Meta) (api.Upstream, error) {
	return f.note(m, "read-only %s %v", upstream, on)
}

func (f *fakeBackend) Reload(context.Context) (api.ReloadResult, error) {
	if _, err := f.note(Meta{}, "reload"); err != nil {
		return api.ReloadResult{}, err
	}
	return api.ReloadResult{Generation: 9}, nil
}

func (f *fakeBackend) Config() (json.RawMessage, error) {
	return json.RawMessage(`{"listeners": []}`), nil
}

func (f *fakeBackend) Status() api.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return api.Status{Version: "v1.2", StartedAt: fakeTime, Generation: 9, Ready: !f.mu.notReady, State: api.StateStatus{OK: true}}
}

func fakeGroup() api.Group {
	r := *fakeRollout()
	return api.Group{
		Name: "shop", Upstreams: []api.Upstream{fakeUpstream()},
		Rollout: &api.GroupRollout{Rollout: r, Parts: []api.Part{{Upstream: "api", Rollout: r}}},
	}
}

func (f *fakeBackend) Groups() []api.Group { return []api.Group{fakeGroup()} }

func (f *fakeBackend) Group(name string) (api.Group, error) {
	if name != "shop" {
		return api.Group{}, &Refusal{NotFound, "group " + name + " does not exist"}
	}
	return fakeGroup(), nil
}

func (f *fakeBackend) GroupRollout(name string) (api.GroupRollout, error) {
	g, err := f.Group(name)
	if err != nil {
		return api.GroupRollout{}, err
	}
	return *g.Rollout, nil
}

func (f *fakeBackend) noteGroup(m Meta, format string, args ...any) (api.Group, error) {
	_, err := f.note(m, format, args...)
	return fakeGroup(), err
}

func (f *fakeBackend) StartGroup(_ context.Context, name string, r api.RolloutRequest, m Meta) (api.Group, error) {
	return f.noteGroup(m, "rollout %s to=%s strategy=%s id=%s", name, r.To, r.Strategy, r.ID)
}

func (f *fakeBackend) CommandGroup(_ context.Context, name string, verb api.Verb, full bool, m Meta) (api.Group, error) {
	return f.noteGroup(m, "%s %s full=%v", verb, name, full)
}

func (f *fakeBackend) UndoGroup(_ context.Context, name string, m Meta) (api.Group, error) {
	return f.noteGroup(m, "undo %s", name)
}

// fakeFlag is the only one.
func fakeFlag() api.Flag {
	on, off := "on", "off"
	null := json.RawMessage("null")
	return api.Flag{
		Key: "new-checkout", Revision: 3, Enabled: true, Variant: &on, Default: &off, Counted: true, Targeting: null, Metadata: null,
		File: "flags.json", Line: 3, Defined: true,
		Variants:   []api.FlagVariant{{Name: "on", Value: json.RawMessage("true"), Share: 1}, {Name: "off", Value: json.RawMessage("false")}},
		LastChange: &api.FlagRevision{Revision: 3, At: time.Unix(1700000000, 0).UTC(), Author: "ann", Source: "api", Variant: &on},
	}
}

func (f *fakeBackend) Flags() []api.Flag { return []api.Flag{fakeFlag()} }

func (f *fakeBackend) Flag(key string) (api.Flag, error) {
	switch key {
	case "new-checkout":
		return fakeFlag(), nil
	case "untouched":
		g := fakeFlag()
		g.Key, g.Revision, g.Variant, g.LastChange = key, 0, nil, nil
		return g, nil
	}
	return api.Flag{}, &Refusal{NotFound, "flag " + key + " does not exist"}
}

func (f *fakeBackend) FlagHistory(key string) ([]api.FlagRevision, error) {
	g, err := f.Flag(key)
	if err != nil {
		return nil, err
	}
	return []api.FlagRevision{*g.LastChange}, nil
}

func (f *fakeBackend) EvaluateFlag(key string, attributes map[string]any, explain bool) (api.Evaluation, error) {
	if _, err := f.Flag(key); err != nil {
		return api.Evaluation{}, err
	}
	on := "on"
	e := api.Evaluation{Key: key, Variant: &on, Value: json.RawMessage("true"), Reason: fmt.Sprint("OF ", attributes["targetingKey"]), Metadata: json.RawMessage("null")}
	if explain {
		e.Explanation = &api.FlagExplanation{By: api.FlagByRule, Rule: []api.RulePart{{
			Role: "if", File: "flags.json", Line: 3, Operator: "==", Written: json.RawMessage(`{"==":[{"var":"plan"},"pro"]}`), Says: json.RawMessage("true"), Holds: true, Decided: true,
			Attributes: []api.FlagAttribute{{Name: "plan", Value: json.RawMessage(`"pro"`)}},
		}}}
	}
	return e, nil
}

func (f *fakeBackend) SetFlag(_ context.Context, key string, r api.FlagRequest, m Meta) (api.Flag, error) {
	enabled := "nil"
	if r.Enabled != nil {
		enabled = fmt.Sprint(*r.Enabled)
	}
	_, err := f.note(m, "flag %s enabled=%s variant=%v %q", key, enabled, r.Variant.Given, r.Variant.Name)
	return fakeFlag(), err
}

func (f *fakeBackend) UndoFlag(_ context.Context, key string, to uint64, m Meta) (api.Flag, error) {
	_, err := f.note(m, "undo flag %s to=%d", key, to)
	return fakeFlag(), err
}

func (f *fakeBackend) FlagRollout(key string) (api.Rollout, error) { return f.Rollout(key) }

func (f *fakeBackend) FlagGates(key string) ([]api.Gate, error) { return f.Gates(key) }

func (f *fakeBackend) ApproveFlag(_ context.Context, key, gate string, yes bool, m Meta) (api.Flag, error) {
	_, err := f.note(m, "approve flag %s %s %v", key, gate, yes)
	return fakeFlag(), err
}

func (f *fakeBackend) FlagPlan(key, to string) (api.Plan, error) { return f.Plan(key, to) }

func (f *fakeBackend) StartFlagRollout(_ context.Context, key string, r api.FlagRolloutRequest, m Meta) (api.Flag, error) {
	_, err := f.note(m, "start flag %s to=%s id=%s", key, r.To, r.ID)
	return fakeFlag(), err
}

func (f *fakeBackend) CommandFlag(_ context.Context, key string, verb api.Verb, full bool, m Meta) (api.Flag, error) {
	_, err := f.note(m, "%s flag %s full=%v", verb, key, full)
	return fakeFlag(), err
}
