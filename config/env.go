package config

import (
	"os"
	"regexp"
	"strings"
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} by the environment variable, and ${NAME:-default} by
// the default where the variable is unset or empty, as a shell does. It works on
// one scalar after the YAML is parsed, so a value cannot add keys or lines. A $
// without a brace stands for itself. What is wrong comes back as a message.
func expand(s string) (out, wrong string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		b.WriteString(before)
		if !found {
			return b.String(), ""
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", "${ without }: want ${NAME} or ${NAME:-default}"
		}
		name, standard, hasDefault := strings.Cut(inner, ":-")
		if !envName.MatchString(name) || strings.Contains(standard, "${") {
			return "", Show("${"+inner+"}") + ": want ${NAME} or ${NAME:-default}"
		}
		set, ok := os.LookupEnv(name)
		switch {
		case hasDefault && set == "":
			b.WriteString(standard)
		case !ok:
			return "", "the environment has no " + Show(name) + ": want it set, or a default as in ${NAME:-default}"
		default:
			b.WriteString(set)
		}
		s = after
	}
}
