package config

import (
	"slices"
	"strings"
)

// hidden stands for a secret.
const hidden = "***"

// shownURL is a URL without what may be a secret in it: who is there before an @, and the
// values of its query, but for placeholders.
func shownURL(s string) string {
	scheme, rest, _ := strings.Cut(s, "://")
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = hidden + authority[i:]
	}
	return scheme + "://" + authority + shownTarget(path)
}

// public is what somebody wrote without what may be a secret, where it is meant to be a
// URL.
func public(s string) string {
	if strings.Contains(s, "://") {
		return shownURL(s)
	}
	return s
}

// unsaid reads a text that no message repeats.
func unsaid(dst *string, want string, fits func(string) bool) func(value) {
	return func(v value) {
		s, ok := v.raw(want)
		switch {
		case !ok:
		case !fits(s):
			v.fail("want %s", want)
		default:
			*dst = s
		}
	}
}

// shownTarget is a path without the values of its query.
func shownTarget(s string) string {
	path, query, ok := strings.Cut(s, "?")
	if !ok {
		return s
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if ok && value != "" && !(strings.HasPrefix(value, "{{") && strings.HasSuffix(value, "}}")) {
			parts[i] = name + "=" + hidden
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

// telling are parts of the names of headers, cookies and parameters whose values are
// secrets.
var telling = []string{"auth", "cookie", "key", "password", "secret", "session", "signature", "token"}

// isSecretName reports whether the value of a header, cookie or parameter is one, by its
// name.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(telling, func(part string) bool { return strings.Contains(name, part) })
}
