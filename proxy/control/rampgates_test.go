package control

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// rampGated is a file whose flag's ramp has these gates.
func rampGated(t *testing.T, gates ...config.Gate) *config.Config {
	t.Helper()
	cfg := rampFile(t, rampDefinitions)
	cfg.Flags.Rollouts[0].Gates = gated(gates...).Upstreams[0].Rollout.Gates
	return cfg
}

// rampGates are the gates of the ramp and how they are.
func (b *bench) rampGates(t *testing.T) string {
	t.Helper()
	views, err := b.RampGates("new-checkout")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range views {
		out = append(out, strings.TrimSpace(v.Name+" "+v.State+" "+v.Reason))
	}
	return strings.Join(out, "; ")
}

// wantRamp waits until the ramp is in a phase and its gates are as want says.
func (b *bench) wantRamp(t *testing.T, phase rollout.Phase, want string) {
	t.Helper()
	var s rollout.State
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if s, got = b.ramp(t), b.rampGates(t); s.Phase == phase && got == want {
			return
		}
	}
	t.Fatalf("%s: %s; gates: %s; want %s; %s", s.Phase, s.Reason, got, phase, want)
}

// rampLink is the token of the link that answers a gate of the ramp.
func (b *bench) rampLink(t *testing.T, gate string) string {
	t.Helper()
	views, err := b.RampGates("new-checkout")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if v.Name == gate && v.Link != "" {
			return strings.TrimPrefix(v.Link, "/approve/")
		}
	}
	t.Fatalf("gate %s has no link: %+v", gate, views)
	return ""
}

// TestRampGates: nobody gets the variant before the gates of the start have passed, the
// ramp waits for people before a step and at its end, and history has who has answered.
func TestRampGates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := people("dba", config.BeforeStep)
		step.Steps = []int{3}
		b, _ := ramping(t, Options{Config: rampGated(t, people("boss", config.BeforeStart), step, people("end", config.BeforeFinish)), Store: state.NewMemory()})
		b.wantRamp(t, rollout.WaitingGate, "boss asking; dba pending; end pending")
		if time.Sleep(time.Minute); b.having() != 0 {
			t.Errorf("%v of all have the variant before it may begin", b.having())
		}
		_, err := b.ApproveRamp(t.Context(), "new-checkout", "dba", true, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "flag new-checkout: gate dba: it is not asked now, but before_step")
		_, err = b.ApproveRamp(t.Context(), "new-checkout", "bos", true, Meta{})
		wantKind(t, err, NotFound)
		wantText(t, err, "flag new-checkout: gate bos does not exist")
		_, err = b.ApproveRamp(t.Context(), "new-checkout", "boss", true, Meta{IfMatch: 77})
		wantKind(t, err, Stale)
		if _, err := b.ApproveRamp(t.Context(), "new-checkout", "boss", true, Meta{Author: "ann", Reason: "go"}); err != nil {
			t.Fatal(err)
		}
		b.wantRamp(t, rollout.Progressing, "boss passed approved by ann: go; dba pending; end pending")
		if got := b.having(); got != 0.1 {
			t.Errorf("%v of all have the variant, want the staff", got)
		}
		time.Sleep(time.Minute)
		b.wantRamp(t, rollout.WaitingGate, "boss passed approved by ann: go; dba asking; end pending")
		if got := b.having(); got != 0.2 {
			t.Errorf("%v of all have the variant before the share, want staff and beta", got)
		}
		link := b.rampLink(t, "dba")
		v, err := b.Approval(link)
		if err != nil || v.Flag != "new-checkout" || v.Upstream != "" || v.From != "off" || v.To != "on" || v.Gate != "dba" {
			t.Errorf("the page: %+v, %v", v, err)
		}
		if err := b.ApproveLink(t.Context(), link, true, Meta{Author: "link"}); err != nil {
			t.Fatal(err)
		}
		wantKind(t, b.ApproveLink(t.Context(), link, false, Meta{}), Gone)
		time.Sleep(5 * time.Minute)
		b.wantRamp(t, rollout.WaitingGate, "boss passed approved by ann: go; dba passed approved by link; end asking")
		if _, err := b.ApproveRamp(t.Context(), "new-checkout", "end", true, Meta{Author: "bob"}); err != nil {
			t.Fatal(err)
		}
		const all = "boss passed approved by ann: go; dba passed approved by link; end passed approved by bob"
		b.wantRamp(t, rollout.Succeeded, all)
		h, err := b.FlagHistory("new-checkout")
		if err != nil || len(h[0].Gates) != 3 || h[0].Gates[2].Author != "bob" {
			t.Errorf("history %+v, %v", h[0], err)
		}
		for _, ev := range b.emitted() {
			if ev.Kind == EventGate && (ev.Flag != "new-checkout" || ev.Upstream != "" || ev.Version != "on") {
				t.Errorf("told %+v", ev)
			}
		}
	})
}

// TestRampRejected: a no takes the variant back, also where it cannot be kept.
func TestRampRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := people("dba", config.BeforeStep)
		var broken atomic.Bool
		store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
			if broken.Load() {
				return errors.New("the disk is full")
			}
			return nil
		}}
		b, _ := ramping(t, Options{Config: rampGated(t, step), Store: store})
		time.Sleep(time.Minute)
		b.wantRamp(t, rollout.WaitingGate, "dba asking")
		if b.having() != 0.1 {
			t.Errorf("%v of all have the variant, want the staff", b.having())
		}
		broken.Store(true)
		if _, err := b.ApproveRamp(t.Context(), "new-checkout", "dba", true, Meta{}); err == nil {
			t.Error("a yes that is not kept is taken")
		}
		if _, err := b.ApproveRamp(t.Context(), "new-checkout", "dba", false, Meta{Author: "ann", Reason: "no"}); err != nil {
			t.Fatal(err)
		}
		b.wantRamp(t, rollout.Aborted, "dba rejected rejected by ann: no")
		if b.having() != 0 {
			t.Errorf("%v of all have the variant", b.having())
		}
		broken.Store(false) // what is decided is kept later
	})
}

// TestRampGatesOverARestart: what was answered is, and what was asked is asked again.
func TestRampGatesOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		cfg := rampGated(t, people("boss", config.BeforeStart), people("dba", config.BeforeStart))
		b, stop := run(t, cfg, store)
		if _, err := b.StartRamp(t.Context(), "new-checkout", RampOptions{}, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantRamp(t, rollout.WaitingGate, "boss asking; dba pending")
		if _, err := b.ApproveRamp(t.Context(), "new-checkout", "boss", true, Meta{Author: "ann"}); err != nil {
			t.Fatal(err)
		}
		b.wantRamp(t, rollout.WaitingGate, "boss passed approved by ann; dba asking")
		link := b.rampLink(t, "dba")
		stop()
		b, _ = run(t, cfg, store)
		b.wantRamp(t, rollout.WaitingGate, "boss passed approved by ann; dba asking")
		if err := b.ApproveLink(t.Context(), link, true, Meta{Author: "bob"}); err != nil {
			t.Fatal(err)
		}
		b.wantRamp(t, rollout.Progressing, "boss passed approved by ann; dba passed approved by bob")
	})
}

// TestRampGateIsAsked: a hook is told whose the rollout is, and what it says counts.
func TestRampGateIsAsked(t *testing.T) {
	var body atomic.Value
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := make([]byte, 4096)
		n, _ := r.Body.Read(in)
		body.Store(string(in[:n]))
		w.WriteHeader(http.StatusConflict)
	}))
	defer hook.Close()
	b, _ := run(t, rampGated(t, config.Gate{Name: "ci", At: config.BeforeStart, HTTP: &config.GateHTTP{URL: hook.URL, Method: "POST"}}), state.NewMemory())
	if _, err := b.StartRamp(t.Context(), "new-checkout", RampOptions{ID: "r"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	b.wantRamp(t, rollout.Aborted, "ci rejected status 409 Conflict")
	got, _ := body.Load().(string)
	if !strings.HasPrefix(got, `{"gate":"ci","phase":"before_start","rollout":"r","upstream":"","flag":"new-checkout","from":"off","to":"on","weight":0,`) {
		t.Errorf("told %s", got)
	}
}
