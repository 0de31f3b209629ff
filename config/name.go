package config

import "regexp"

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

// wantName describes what names of listeners, upstreams and versions may be.
// They end up in URLs, headers and metric labels as they are.
const wantName = "a name of 1 to 63 letters, digits, _ . and -, the first a letter or digit"

// name reads the name of a thing.
func name(dst *string) func(value) {
	return one(dst, wantName, func(s string) (string, bool) { return s, validName.MatchString(s) })
}

// checkName records a key that cannot be a name.
func (v value) checkName(key string) {
	if !validName.MatchString(key) {
		v.failKey("%s: want %s", Show(key), wantName)
	}
}
