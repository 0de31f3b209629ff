package config

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// field is one key that is known at a place.
type field struct {
	read func(value)
	need string // what is wanted when the key is missing; "" when it may be
}

// fields is the keys of one mapping.
type fields map[string]field

func may(read func(value)) field               { return field{read: read} }
func need(want string, read func(value)) field { return field{read: read, need: want} }

// object reads v as a mapping with the keys of f.
func (v value) object(f fields) {
	want := "a mapping with " + strings.Join(f.keys(), ", ")
	if v.in.survey != nil {
		if v.is(yaml.MappingNode, want) {
			v.in.survey.object(v, f)
		}
		return
	}
	written := make(map[string]bool)
	ok := v.entries(want, 0, func(key string, at value) {
		written[key] = true
		if known, ok := f[key]; ok {
			known.read(at)
		} else {
			at.failKey("unknown key%s", allowed(key, f.keys()))
		}
	})
	if !ok {
		return
	}
	for _, key := range f.keys() {
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

// keys are all, sorted.
func (f fields) keys() []string { return slices.Sorted(maps.Keys(f)) }

// has reports whether a key stands in the mapping, right or wrong.
func (v value) has(key string) bool {
	_, ok := v.in.places[join(v.path, key)]
	return ok
}

// given are those of the keys that the mapping has, in the order of the keys.
func (v value) given(keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return !v.has(key) })
}
