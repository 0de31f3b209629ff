package control

import (
	"slices"
	"strings"
	"testing"

	"weir/config"
	"weir/proxy/control/state"
)

// TestFlagOutlooks: what a start makes of what is kept of flags is said before it, and
// what it would set aside is not imported.
func TestFlagOutlooks(t *testing.T) {
	off, on := false, "on"
	// kept is the flag f as it is kept after p.
	kept := func(p FlagPatch) []byte {
		store := state.NewMemory()
		if _, err := runFlags(t, flagFile(t, plainFlag), store).SetFlag(t.Context(), "f", p, Meta{}); err != nil {
			t.Fatal(err)
		}
		held, err := store.Load()
		if err != nil {
			t.Fatal(err)
		}
		return held[flagKey("f")]
	}
	ramped := state.NewMemory()
	if _, err := runFlags(t, rampFile(t, rampDefinitions), ramped).StartRamp(t.Context(), "new-checkout", RampOptions{ID: "r"}, Meta{}); err != nil {
		t.Fatal(err)
	}
	ramp, err := ramped.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file *config.Config
		held map[string][]byte
		want []string
	}{
		"state":      {flagFile(t, plainFlag), map[string][]byte{flagKey("f"): kept(FlagPatch{Enabled: &off})}, []string{"revision 1 holds over the file: disabled"}},
		"file":       {flagFile(t, turnedOff), map[string][]byte{flagKey("f"): kept(FlagPatch{Enabled: &off})}, []string{"gives way", "the file decides: nothing is set over it"}},
		"other rule": {flagFile(t, otherRule), map[string][]byte{flagKey("f"): kept(FlagPatch{Enabled: &off})}, []string{"revision 1 holds over the file: disabled"}},
		"unknown":    {flagFile(t, plainFlag), map[string][]byte{flagKey("g"): kept(FlagPatch{Variant: &on})}, []string{"it is kept, and in no file of flags: it decides nothing"}},
		"no flags":   {oneUpstream(), map[string][]byte{flagKey("f"): kept(FlagPatch{Variant: &on})}, []string{"it is kept, and in no file of flags: it decides nothing"}},
		"damaged": {flagFile(t, plainFlag), map[string][]byte{flagKey("f"): []byte(`{"format":9}`)},
			[]string{"what is kept cannot be used (format 9, want 1): it is set aside, and the file's definition holds"}},
		"a rollout": {rampFile(t, rampDefinitions), ramp, []string{"rollout r to on goes on, progressing, at 0 %"}},
	} {
		var got []string
		for _, o := range Outlooks(c.file, c.held) {
			if o.Of != "api" {
				got = append(got, o.Lines...)
			}
		}
		if !slices.EqualFunc(got, c.want, strings.Contains) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if err := Readable(flagKey("f"), []byte(`{"format":9}`)); err == nil {
		t.Error("a damaged record is readable")
	}
	for key, value := range ramp {
		if err := Readable(key, value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}
