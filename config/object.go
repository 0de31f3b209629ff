package config

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// field is one key that is known at a place.
type field struct {
	read func(value) // nil: the contract has the key, this version does not
	need string      // what is wanted when the key is missing; "" when it may be
}

// fields is the keys of one mapping.
type fields map[string]field

func may(read func(value)) field               { return field{read: read} }
func need(want string, read func(value)) field { return field{read: read, need: want} }

// later is a key that a later version brings: refused by name, so that nobody
// takes it for a spelling mistake or believes that it works.
var later field

const notAvailable = "not available in this version"

// object reads v as a mapping with the keys of f.
func (v value) object(f fields) {
	want := "a mapping with " + strings.Join(f.available(), ", ")
	if v.in.survey != nil {
		if v.is(yaml.MappingNode, want) {
			v.in.survey.object(v, f)
		}
		return
	}
	written := make(map[string]bool)
	ok := v.entries(want, 0, func(key string, at value) {
		written[key] = true
		switch known, ok := f[key]; {
		case !ok:
			at.failKey("unknown key%s", allowed(key, f.available()))
		case known.read == nil:
			at.failKey(notAvailable + ": want the key removed")
		default:
			known.read(at)
		}
	})
	if !ok {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if f[key].need != "" && !written[key] {
			v.lacks(key, f[key].need)
		}
	}
}

// lacks records that v has no key of that name.
func (v value) lacks(key, want string) {
	v.path = join(v.path, key)
	v.fail("missing: want %s", want)
}

// available is the keys that this version reads, sorted.
func (f fields) available() []string {
	var keys []string
	for key, known := range f {
		if known.read != nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// has reports whether a key stands in the mapping, right or wrong.
func (v value) has(key string) bool {
	_, ok := v.in.places[join(v.path, key)]
	return ok
}

// given are those of the keys that the mapping has, in the order of the keys.
func (v value) given(keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return !v.has(key) })
}
