package config

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// PathKind is how a route's path is compared.
type PathKind uint8

// The kinds. The zero value is Prefix.
const (
	Prefix PathKind = iota // the path, or one that goes on behind it with "/"
	Exact                  // the path
	Regex                  // an RE2 expression that matches somewhere in the path
)

const (
	wantPrefix = `a path that begins with "/", without spaces, ? and #`
	wantRegex  = `an expression in RE2's syntax of at most 1000 bytes, like "^/v[0-9]+/"`
	wantPath   = wantPrefix + `, or {exact: /x} or {regex: "^/x"}`
)

// readPath reads a prefix, or a mapping that says what else the path is.
func (r *Route) readPath(v value) {
	if v.node.Kind != yaml.MappingNode {
		one(&r.Path, wantPath, parsePrefix)(v)
		return
	}
	written := 0
	of := func(kind PathKind, want string, parse func(string) (string, bool)) field {
		return may(func(v value) {
			written++
			r.Kind = kind
			one(&r.Path, want, parse)(v)
		})
	}
	v.object(fields{
		"exact":  of(Exact, wantPrefix, parsePrefix),
		"prefix": of(Prefix, wantPrefix, parsePrefix),
		"regex":  of(Regex, wantRegex, parseRegex),
	})
	if written != 1 {
		v.fail("a mapping with %d of exact, prefix and regex: want one of them", written)
	}
}

func parsePrefix(s string) (string, bool) {
	return s, strings.HasPrefix(s, "/") && isVisibleASCII(s) && !strings.ContainsAny(s, "?#")
}

func parseRegex(s string) (string, bool) {
	_, err := regexp.Compile(s)
	return s, err == nil && s != "" && len(s) <= 1000
}

// document is the path as the file has it.
func (r *Route) documentPath() any {
	switch r.Kind {
	case Exact:
		return map[string]any{"exact": r.Path}
	case Regex:
		return map[string]any{"regex": r.Path}
	}
	return r.Path
}
