package ofrep

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/proxy/flag"
)

// TestNotModified: an answer that would be the same again is 304, and none that would be
// another.
func TestNotModified(t *testing.T) {
	r := newRig(t, Options{Set: setOf(t, definitions)})
	first := r.post("/flags", internalUser)
	tag := first.header.Get("ETag")
	if len(tag) != 34 || tag[0] != '"' {
		t.Fatalf("ETag %s", tag)
	}
	version := r.source.now.Version()
	for _, c := range []struct {
		name, path, body, match string
		want                    int
	}{
		{"the same", "/flags", internalUser, tag, 304},
		{"laid out otherwise", "/flags", "{\"context\":{\"email\":\"ann@example.com\",\n\"targetingKey\":\"ann\"}, \"more\": 1}", tag, 304},
		{"one of several", "/flags", internalUser, `"x", W/` + tag, 304},
		{"any", "/flags", internalUser, "*", 304},
		{"another", "/flags", internalUser, `"x"`, 200},
		{"without quotes", "/flags", internalUser, strings.Trim(tag, `"`), 200},
		{"somebody else", "/flags", `{"context": {"targetingKey": "bob", "email": "ann@example.com"}}`, tag, 200},
		{"one attribute more", "/flags", `{"context": {"targetingKey": "ann", "email": "ann@example.com", "x": null}}`, tag, 200},
		{"who has heard of these", "/flags?flagConfigEtag=" + version + "&flagConfigLastModified=1771622898", internalUser, tag, 304},
		{"who has heard of others", "/flags?flagConfigEtag=0123&flagConfigLastModified=later", internalUser, tag, 200},
	} {
		got := r.post(c.path, c.body, "If-None-Match", c.match)
		if got.status != c.want || got.status == 304 && got.header.Get("ETag") != tag {
			t.Errorf("%s: %d with ETag %s, want %d", c.name, got.status, got.header.Get("ETag"), c.want)
		}
	}
	// Nothing of another process matters: what has been the same stays so over a restart.
	r.source.use(NewFlags(Options{Set: setOf(t, strings.ReplaceAll(definitions, "\t", "  "))}))
	if got := r.post("/flags", internalUser, "If-None-Match", tag); got.status != 304 {
		t.Errorf("the same definitions, read again: %d", got.status)
	}
	r.source.use(NewFlags(Options{Set: setOf(t, strings.Replace(definitions, "@example.com", "@example.org", 1))}))
	if got := r.post("/flags", internalUser, "If-None-Match", tag); got.status != 200 {
		t.Errorf("another shared rule: %d", got.status)
	}
}

// layered is a set with a layer of one flag.
func layered(set *flag.Set, key string, l *flag.Layer) Options {
	return Options{Set: set, Layer: func(d *flag.Flag) *flag.Layer {
		if d.Key() == key {
			return l
		}
		return nil
	}}
}

// TestVersions: whatever is set over a definition makes another version, and the same
// makes the same.
func TestVersions(t *testing.T) {
	set := setOf(t, definitions)
	on, off := set.Flag("checkout").Variant("on"), set.Flag("checkout").Variant("off")
	internal := []*flag.Segment{set.Segment("internal")}
	seen := map[string]int{}
	for i, l := range []*flag.Layer{
		nil, {}, {Disabled: true}, {Enabled: true}, {Force: on}, {Force: off}, {Ramp: &flag.Ramp{To: on}}, {Ramp: &flag.Ramp{To: off}},
		{Ramp: &flag.Ramp{To: on, Rest: off}}, {Ramp: &flag.Ramp{To: on, Segments: internal}}, {Ramp: &flag.Ramp{To: on, Share: 1000}}, {Ramp: &flag.Ramp{To: on, Share: 10000}},
	} {
		o := layered(set, "checkout", l)
		v := NewFlags(o).Version()
		if other, taken := seen[v]; taken {
			t.Errorf("layers %d and %d have the same version", other, i)
		}
		if seen[v] = i; NewFlags(o).Version() != v {
			t.Errorf("layer %d has two versions", i)
		}
	}
	if a, b := NewFlags(layered(set, "checkout", &flag.Layer{Disabled: true})), NewFlags(layered(set, "title", &flag.Layer{Disabled: true})); a.Version() == b.Version() {
		t.Error("two flags that are off have the same version")
	}
}

// word is the end of a ramp, as it is set.
type word bool

func (w *word) IsSet() bool { return bool(*w) }

// TestRestive: who asks the clock, and who is in a ramp that ends, is not told that
// nothing has changed.
func TestRestive(t *testing.T) {
	later := time.Now().Add(2 * time.Second).Unix()
	set := setOf(t, fmt.Sprintf(`{"flags": {"sale": {
		"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
		"targeting": {"if": [{">=": [{"var": "$flagd.timestamp"}, %d]}, "on", "off"]}}}}`, later))
	r := newRig(t, Options{Set: set})
	tag := r.post("/flags", ``).header.Get("ETag")
	if got := r.post("/flags", ``, "If-None-Match", tag); got.status != 304 {
		t.Errorf("before the sale: %d", got.status)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		got := r.post("/flags", ``, "If-None-Match", tag)
		if got.status == 200 {
			if !strings.Contains(got.body, `"variant":"on"`) {
				t.Errorf("the sale: %s", got.body)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the sale has begun, and nobody was told")
		}
		time.Sleep(20 * time.Millisecond)
	}

	set = setOf(t, definitions)
	out := word(false)
	r.source.use(NewFlags(layered(set, "checkout", &flag.Layer{Ramp: &flag.Ramp{To: set.Flag("checkout").Variant("on"), Share: flag.Whole, Out: &out}})))
	tag = r.post("/flags", ``).header.Get("ETag")
	if got := r.post("/flags", ``, "If-None-Match", tag); got.status != 304 {
		t.Errorf("in the ramp: %d", got.status)
	}
	out = true
	if got := r.post("/flags", ``, "If-None-Match", tag); got.status != 200 {
		t.Errorf("the ramp has ended: %d", got.status)
	}
}

// TestNothingIsDecidedForATag: a flag whose layer is asked for is being decided.
func TestNothingIsDecidedForATag(t *testing.T) {
	decided := 0
	r := newRig(t, Options{Set: setOf(t, definitions), Layer: func(*flag.Flag) *flag.Layer { decided++; return nil }})
	tag := r.post("/flags", internalUser).header.Get("ETag")
	decided = 0
	if got := r.post("/flags", internalUser, "If-None-Match", tag); got.status != 304 || decided != 0 {
		t.Errorf("%d, %d flags decided, want 304 and none", got.status, decided)
	}
}
