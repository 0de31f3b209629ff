package control

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

// flagFile is a configuration with the flag f, as it is defined.
func flagFile(t *testing.T, definition string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flags.json": `{"flags": {"f": ` + definition + `}}`,
		"weir.yaml": `listeners: [{name: web, address: "127.0.0.1:0"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:1"]}}}}
flags: {files: [flags.json]}
routes: [{upstream: api}, {upstream: api, when: {flag: f, is: on}}]
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "weir.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

const (
	plainFlag   = `{"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}`
	otherRule   = `{"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"if": [true, "off"]}}`
	turnedOff   = `{"state": "DISABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}`
	otherValues = `{"state": "ENABLED", "variants": {"a": true, "on": false}, "defaultVariant": "a"}`
)

func runFlags(t *testing.T, cfg *config.Config, store state.Store) *Control {
	t.Helper()
	c, err := New(Options{Config: cfg, Store: store, Publish: func(*proxy.Snapshot) {}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return c
}

// What the file says of a flag and what was set at runtime are two layers (semantics §7).
func TestFileAndRuntimeOfFlags(t *testing.T) {
	off, on := false, "on"
	for name, tt := range map[string]struct {
		set      FlagPatch
		next     string
		enabled  bool
		forced   string
		revision uint64
	}{
		"disabled, the same file":     {FlagPatch{Enabled: &off}, plainFlag, false, "", 1},
		"disabled, another rule":      {FlagPatch{Enabled: &off}, otherRule, false, "", 1},
		"disabled, the file agrees":   {FlagPatch{Enabled: &off}, turnedOff, false, "", 2},
		"forced, the same file":       {FlagPatch{Variant: &on}, plainFlag, true, "on", 1},
		"forced, another rule":        {FlagPatch{Variant: &on}, otherRule, true, "", 2},
		"forced, other variants":      {FlagPatch{Variant: &on}, otherValues, true, "", 2},
		"forced, turned off by file":  {FlagPatch{Variant: &on}, turnedOff, false, "on", 1},
		"both, another rule":          {FlagPatch{Enabled: &off, Variant: &on}, otherRule, false, "", 2},
		"what the file says: nothing": {FlagPatch{Enabled: new(bool)}, plainFlag, false, "", 1},
	} {
		for _, way := range []string{"reload", "restart"} {
			t.Run(name+", "+way, func(t *testing.T) {
				store := state.NewMemory()
				c := runFlags(t, flagFile(t, plainFlag), store)
				if _, err := c.SetFlag(t.Context(), "f", tt.set, Meta{Author: "ann"}); err != nil {
					t.Fatal(err)
				}
				next := flagFile(t, tt.next)
				if way == "restart" {
					c = runFlags(t, next, store)
				} else if next.Listeners[0].Address = c.Config().Listeners[0].Address; true {
					if _, err := c.Reload(t.Context(), next); err != nil {
						t.Fatal(err)
					}
				}
				f, err := c.Flag("f")
				if err != nil || f.Enabled != tt.enabled || f.Forced != tt.forced || f.Revision != tt.revision {
					t.Errorf("enabled %v, forced %q, revision %d, %v: want %v, %q, %d", f.Enabled, f.Forced, f.Revision, err, tt.enabled, tt.forced, tt.revision)
				}
			})
		}
	}
}

// A flag is turned off whatever the store says; anything else that cannot be kept is
// refused.
func TestFlagsWithoutAStore(t *testing.T) {
	c, err := New(Options{Config: flagFile(t, plainFlag), StoreErr: os.ErrPermission, Publish: func(*proxy.Snapshot) {}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	off, on := false, "on"
	if _, err := c.SetFlag(ctx, "f", FlagPatch{Variant: &on}, Meta{}); err == nil || !strings.Contains(err.Error(), "could not be kept") {
		t.Errorf("forced without a store: %v", err)
	}
	f, err := c.SetFlag(ctx, "f", FlagPatch{Enabled: &off}, Meta{})
	if err != nil || f.Enabled {
		t.Errorf("turned off without a store: %+v, %v", f, err)
	}
	if d, err := c.EvaluateFlag("f", nil); err != nil || d.Reason != "DISABLED" {
		t.Errorf("it decides %+v, %v", d, err)
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "state of flag f was not kept") {
		t.Errorf("at the end: %v, want whose state was lost", err)
	}
}

// A caller who has seen another revision of a flag changes nothing, and starts nothing.
func TestStaleFlags(t *testing.T) {
	on := "on"
	c := runFlags(t, rampFile(t, rampDefinitions), state.NewMemory())
	if _, err := c.SetFlag(t.Context(), "new-checkout", FlagPatch{Variant: &on}, Meta{}); err != nil {
		t.Fatal(err)
	}
	seen := Meta{IfMatch: 7}
	for what, do := range map[string]func() error{
		"set": func() error {
			_, err := c.SetFlag(t.Context(), "new-checkout", FlagPatch{Enabled: new(bool)}, seen)
			return err
		},
		"undo": func() error { _, err := c.UndoFlag(t.Context(), "new-checkout", 0, seen); return err },
		"start": func() error {
			_, err := c.StartRamp(t.Context(), "new-checkout", RampOptions{To: "off"}, seen)
			return err
		},
	} {
		r, ok := errors.AsType[*Refusal](do())
		if !ok || r.Kind != Stale || !strings.Contains(r.Msg, "new-checkout: is at revision 1, not 7") {
			t.Errorf("%s: %v, want it refused as stale", what, r)
		}
	}
	if _, err := c.SetFlag(t.Context(), "new-checkout", FlagPatch{Enabled: new(bool)}, Meta{IfMatch: 1}); err != nil {
		t.Errorf("with the present one: %v", err)
	}
}

// However few revisions are kept, those that an undo goes to are among them.
func TestFlagsKeepTheWayBack(t *testing.T) {
	now := time.Now()
	long := now.Add(-time.Hour)
	rev := func(n uint64, variant string, running bool) FlagRevision {
		return FlagRevision{Revision: n, At: long, FlagSetting: FlagSetting{Variant: variant}, Running: running}
	}
	for name, tt := range map[string]struct {
		history []FlagRevision // newest first
		want    []uint64
	}{
		"nothing to spare":  {[]FlagRevision{rev(2, "on", false), rev(1, "", false)}, []uint64{2, 1}},
		"after a ramp":      {[]FlagRevision{rev(6, "on", false), rev(5, "off", true), rev(4, "off", true), rev(3, "off", false), rev(2, "on", false)}, []uint64{6, 5, 3}},
		"within a ramp":     {[]FlagRevision{rev(6, "off", true), rev(5, "off", true), rev(4, "off", true), rev(3, "off", false), rev(2, "on", false), rev(1, "", false)}, []uint64{6, 5, 3, 2}},
		"ramps taken back":  {[]FlagRevision{rev(5, "", false), rev(4, "", true), rev(3, "", false), rev(2, "", true), rev(1, "off", false)}, []uint64{5, 4, 3, 1}},
		"nothing else ever": {[]FlagRevision{rev(4, "on", false), rev(3, "on", true), rev(2, "on", true)}, []uint64{4, 3}},
		"one after another": {[]FlagRevision{rev(4, "a", false), rev(3, "b", false), rev(2, "c", false), rev(1, "d", false)}, []uint64{4, 3}},
	} {
		for _, h := range []config.History{{Keep: 1}, {Keep: 100, MaxAge: time.Minute}} {
			r := &flagRecord{Revision: tt.history[0].Revision, Set: tt.history[0].FlagSetting, History: tt.history}
			var got []uint64
			for _, rev := range r.within(h, now).History {
				got = append(got, rev.Revision)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s, by %+v: %d, want %d", name, h, got, tt.want)
			}
		}
	}
}

// What a file changes of what is set over a flag is told, and that it has ended a ramp.
func TestFilesThatChangeFlagsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: rampFile(t, rampDefinitions)})
		defer b.runs(t)()
		if _, err := b.StartRamp(t.Context(), "new-checkout", RampOptions{ID: "r"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Reload(t.Context(), rampFile(t, strings.Replace(rampDefinitions, "ENABLED", "DISABLED", 1))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var flags, ended []Event
		for _, e := range b.emitted() {
			switch {
			case e.Kind == EventFlag:
				flags = append(flags, e)
			case e.Kind == EventRollout && e.State == string(rollout.Aborted):
				ended = append(ended, e)
			}
		}
		const why = "operator: the file has turned the flag off"
		if len(flags) != 2 || flags[1].Revision != 2 || flags[1].Reason != why {
			t.Errorf("told of the flag: %+v", flags)
		}
		if len(ended) != 1 || ended[0].Flag != "new-checkout" || ended[0].Reason != why {
			t.Errorf("told of its rollout: %+v", ended)
		}
	})
}
