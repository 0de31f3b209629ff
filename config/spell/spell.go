// Package spell words messages about what somebody wrote: as it was written, with the
// name that was probably meant and with what is allowed.
//
// It knows names and texts, and must not know what they name.
package spell

import (
	"regexp"
	"strconv"
	"strings"
)

// Allowed ends a message about a name that is not one of names: with the one that was
// probably meant, and what there is.
func Allowed(name string, names []string) string {
	var b strings.Builder
	if near := Nearest(name, names); near != "" {
		b.WriteString(", did you mean " + Show(near) + "?")
	} else {
		b.WriteString(":")
	}
	b.WriteString(" want ")
	if len(names) > 1 {
		b.WriteString("one of ")
	}
	b.WriteString(Enumerate(names))
	return b.String()
}

// Enumerate is names in a message: all of ours, and no more of an operator's.
func Enumerate(names []string) string {
	const most = 24 // as many as a log has variables
	var shown []string
	for _, n := range names[:min(len(names), most)] {
		shown = append(shown, Show(n))
	}
	if len(names) > most {
		shown = append(shown, "...")
	}
	return strings.Join(shown, ", ")
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_.:/%+*\[\]-]+$`)

// Show is what somebody wrote, fit for a message: quoted where it is not plain,
// and cut where it is long.
func Show(s string) string {
	if len(s) <= longest && plain.MatchString(s) {
		return s
	}
	return Quote(s)
}

// longest is how much of a value a message shows, in bytes.
const longest = 64

// Quote is s in quotes, cut where it is long.
func Quote(s string) string {
	if len(s) > longest {
		return strconv.Quote(s[:longest]) + "..."
	}
	return strconv.Quote(s)
}

var word = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Join is the path of key below path. Keys with other characters than those of words are
// quoted, so that a path can be read only in one way.
func Join(path, key string) string {
	if !word.MatchString(key) {
		key = Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
