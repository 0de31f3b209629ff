package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"weir/config/spell"
)

// value is one node of the file and where it stands.
type value struct {
	in   *reader
	path string
	node *yaml.Node
	key  *yaml.Node // what node stands under in a mapping; nil elsewhere
}

// fail records a problem of v: at v itself when it is a scalar, else at its key.
func (v value) fail(format string, args ...any) {
	n := v.node
	if v.key != nil && (n.Kind != yaml.ScalarNode || isNull(n)) {
		n = v.key
	}
	v.in.fail(v.path, n.Line, n.Column, fmt.Sprintf(format, args...))
}

// failKey records a problem of the key that v stands under.
func (v value) failKey(format string, args ...any) {
	v.in.fail(v.path, v.key.Line, v.key.Column, fmt.Sprintf(format, args...))
}

// refuse records that v says got where want is allowed.
func (v value) refuse(got, want string) { v.fail("%s: want %s", Show(public(got)), want) }

// is reports whether v is of a kind; if not it records what v is, and want.
func (v value) is(kind yaml.Kind, want string) bool {
	n := v.node
	switch {
	case n.Kind == yaml.AliasNode:
		v.fail("an alias: want the value itself, aliases are not followed")
	case isNull(n):
		v.fail("empty: want %s", want)
	case n.Kind != kind:
		v.fail("%s: want %s", kindName[n.Kind], want)
	case n.Style&yaml.TaggedStyle != 0:
		v.fail("the tag %s: want a value without a tag", Show(n.Tag))
	default:
		return true
	}
	return false
}

var kindName = map[yaml.Kind]string{
	yaml.MappingNode:  "a mapping",
	yaml.SequenceNode: "a list",
	yaml.ScalarNode:   "a single value",
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// list reads the items of v in order; want says what an item is, least how many
// there must be.
func (v value) list(want string, least int, item func(value)) {
	if !v.is(yaml.SequenceNode, "a list, each item "+want) {
		return
	}
	if v.in.survey != nil {
		v.in.survey.list(v, least, item)
		return
	}
	v.in.origins.note(v)
	if len(v.node.Content) < least {
		v.fail("an empty list: want at least %d, each %s", least, want)
	}
	for i, n := range v.node.Content {
		item(value{in: v.in, path: v.path + "[" + strconv.Itoa(i) + "]", node: n})
	}
}

// entries reads the keys of v in file order, and reports whether v is a mapping;
// want says of what, least how many there must be. A key that is not a plain word
// or not the first of its name is a problem, and left out.
func (v value) entries(want string, least int, entry func(key string, at value)) bool {
	if !v.is(yaml.MappingNode, want) {
		return false
	}
	if v.in.survey != nil {
		v.in.survey.entries(v, want, least, entry)
		return true
	}
	if len(v.node.Content) < 2*least {
		v.fail("an empty mapping: want %s, at least %d", want, least)
	}
	first := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k := v.node.Content[i]
		at := value{in: v.in, path: join(v.path, k.Value), node: v.node.Content[i+1], key: k}
		if k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0 {
			at.path = v.path
			at.failKey("a key that is not a plain word: want a plain word")
			continue
		}
		if f := first[k.Value]; f != nil {
			at.failKey("duplicate key: want it once, it is already on line %d", f.Line)
			continue
		}
		first[k.Value] = k
		v.in.places[at.path] = place{line: k.Line, col: k.Column}
		entry(k.Value, at)
	}
	return true
}

// join is the path of key below path.
func join(path, key string) string { return spell.Join(path, key) }

// Show is what somebody wrote, fit for a message: quoted where it is not plain,
// and cut where it is long.
func Show(s string) string { return spell.Show(s) }

// ShowDuration is d as a file has it, without units that are zero: 5m, not 5m0s.
func ShowDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
