package flag

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestLayer: what operators and rollouts set comes before what the file says, in this
// order: off, forced, ramp.
func TestLayer(t *testing.T) {
	s := set(t, checkout)
	f, old := s.Flag("checkout"), s.Flag("old")
	on, off := f.Variant("on"), f.Variant("off")
	office := []*Segment{s.Segment("office")}
	everybody := `{"targetingKey": "user", "ip": "11.0.0.1"}`
	for _, tt := range []struct {
		name    string
		flag    *Flag
		layer   Layer
		context string
		want    string
	}{
		{"nothing", f, Layer{}, everybody, "DEFAULT off false"},
		{"off", f, Layer{Disabled: true, Enabled: true, Force: on}, everybody, "DISABLED"},
		{"forced", f, Layer{Force: on, Ramp: &Ramp{To: off, Share: Whole}}, everybody, "STATIC on true"},
		{"nobody yet", f, Layer{Ramp: &Ramp{To: on}}, everybody, "DEFAULT off false"},
		{"in the segment", f, Layer{Ramp: &Ramp{To: on, Segments: office}}, `{"ip": "10.0.0.1"}`, "TARGETING_MATCH on true"},
		{"not in the segment", f, Layer{Ramp: &Ramp{To: on, Segments: office}}, everybody, "DEFAULT off false"},
		{"all", f, Layer{Ramp: &Ramp{To: on, Segments: office, Share: Whole}}, everybody, "SPLIT on true"},
		{"nobody is named", f, Layer{Ramp: &Ramp{To: on, Share: Whole - 1}}, `{}`, "DEFAULT off false"},
		{"a number is no name", f, Layer{Ramp: &Ramp{To: on, Share: Whole - 1}}, `{"targetingKey": 1}`, "DEFAULT off false"},
		{"everybody, named or not", f, Layer{Ramp: &Ramp{To: on, Share: Whole}}, `{}`, "SPLIT on true"},
		{"back", f, Layer{Ramp: &Ramp{To: off, Share: Whole}}, `{"targetingKey": "user", "email": "a@example.com"}`, "SPLIT off false"},
		{"off in the file", old, Layer{Force: old.Variant("one")}, everybody, "DISABLED"},
		{"on though off in the file", old, Layer{Enabled: true}, everybody, "STATIC ten 10"},
	} {
		if got := plain(tt.flag.Evaluate(about(t, tt.context), &tt.layer)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestRampMovesIn: a share that grows only brings people in, and they are as many as it
// says.
func TestRampMovesIn(t *testing.T) {
	f := set(t, checkout).Flag("plain")
	const people = 100_000
	in := make(map[int]int)
	for i := range people {
		b, ok := f.Bucket(about(t, fmt.Sprintf(`{"targetingKey": "user-%d"}`, i)))
		if !ok || b < 0 || b >= Whole {
			t.Fatalf("user-%d is at %d, %v", i, b, ok)
		}
		for _, share := range []int{1_000, 10_000, 50_000, 99_000} {
			if b < share {
				in[share]++
			}
		}
	}
	for share, n := range in {
		if off := n - share; off > 500 || off < -500 {
			t.Errorf("a share of %d of %d has %d of %d", share, Whole, n, people)
		}
	}
}

// TestRampAsFractional: a ramp has the same people as fractional with that share.
func TestRampAsFractional(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		percent := rapid.IntRange(1, 99).Draw(t, "percent")
		key := rapid.String().Draw(t, "key")
		s, wrong := compileText(fmt.Sprintf(`{"flags": {"f": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
			"targeting": {"fractional": [["on", %d], ["off", %d]]}}}}`, percent, 100-percent))
		if wrong != nil {
			t.Fatal(wrong)
		}
		f := s.Flag("f")
		c := &Context{View: &Attributes{ObjectValue(map[string]Value{"targetingKey": TextValue(key)})}}
		if key == "" {
			return // in no share
		}
		written := f.Evaluate(c, nil).Variant
		ramp := f.Evaluate(c, &Layer{Ramp: &Ramp{To: f.Variant("on"), Share: percent * Whole / 100}})
		if (written == "on") != (ramp.Reason == ReasonSplit) {
			t.Fatalf("%q at %d%%: fractional says %s, the ramp %s", key, percent, written, ramp.Reason)
		}
	})
}
