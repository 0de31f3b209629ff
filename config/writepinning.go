package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// WritePinning keeps writes in one version, of whatever weights: in stable, until a step
// of a rollout switches them.
type WritePinning struct {
	Pinned bool // Default false
	// ReadYourWrites is for how long after a write its client reads where writes go, in
	// whole seconds: 0 or more. 0, the default, is not at all.
	ReadYourWrites time.Duration
	Cookie         string // by which that is known. Default weir_wrote
}

const wantWhole = "a duration in whole seconds, 0s or more, like 10s"

func (w *WritePinning) read(v value) {
	var of []value // what only pinned writes have
	only := func(read func(value)) field {
		return may(func(v value) {
			of = append(of, v)
			read(v)
		})
	}
	var cookie value
	v.object(fields{
		"pinned": may(boolean(&w.Pinned)),
		"read_your_writes": only(like(shape{kind: durations, span: atLeast(0)}, one(&w.ReadYourWrites, wantWhole, func(s string) (time.Duration, bool) {
			d, err := time.ParseDuration(s)
			return d, err == nil && d >= 0 && d%time.Second == 0
		}))),
		"cookie": only(func(v value) {
			cookie = v
			one(&w.Cookie, "a cookie's name", func(s string) (string, bool) { return s, token.MatchString(s) })(v)
		}),
	})
	switch {
	case v.node.Kind != yaml.MappingNode: // that is the problem
	case !w.Pinned:
		for _, v := range of {
			v.failKey("no writes are pinned: want it with pinned: true")
		}
	case cookie.key != nil && !v.has("read_your_writes"):
		cookie.failKey("nobody is known by it: want it with read_your_writes")
	}
}

// checkWrites finds what does not go with pinned writes, or without.
func (r *Rollout) checkWrites(v value) {
	once := false
	for i := range r.Steps {
		if !r.Steps[i].SwitchWrites {
			continue
		}
		at := v.placed("steps" + item(i) + ".switch_writes")
		switch {
		case !r.Writes.Pinned:
			at.fail("no writes are pinned, they go as the weights do: want it with writes: {pinned: true}")
		case once:
			at.fail("a second time: want one step that switches them")
		}
		once = true
	}
	if r.Writes.Pinned && r.Strategy == "rolling" {
		v.placed("writes.pinned").fail("with strategy rolling its version loses its endpoints meanwhile: want canary or blue_green")
	}
}

// placed is the value whose key stands at a path below v.
func (v value) placed(path string) value {
	path = v.path + "." + path
	p := v.in.places[path]
	return value{in: v.in, path: path, node: &yaml.Node{Kind: yaml.ScalarNode, Line: p.line, Column: p.col}}
}

// checkWriters refuses a cookie for writers that is one for something else.
func (u *Upstream) checkWriters(v value) {
	w := &u.Rollout.Writes
	if w.ReadYourWrites == 0 || !w.Pinned {
		return
	}
	at := v.placed("rollout.writes.read_your_writes")
	if s := u.Sticky; s != nil && strings.EqualFold(s.Cookie, w.Cookie) {
		at.fail("the cookie %s is that of sticky too: want another name", Show(w.Cookie))
	}
	if a := u.Affinity; a != nil && a.Cookie != nil && strings.EqualFold(a.Cookie.Name, w.Cookie) {
		at.fail("the cookie %s is that of affinity too: want another name", Show(w.Cookie))
	}
}

func (w *WritePinning) document() map[string]any {
	doc := map[string]any{"pinned": w.Pinned}
	if w.Pinned && w.ReadYourWrites > 0 {
		doc["read_your_writes"], doc["cookie"] = w.ReadYourWrites.String(), w.Cookie
	}
	return doc
}
