package config

import (
	"regexp"
	"slices"
	"strings"
)

// Text is a text with variables, in pieces.
type Text []Part

// Part is a piece of a text: the value of a variable when that is not empty, else
// Text as it is.
type Part struct {
	Text     string
	Variable string // without the dollar sign
}

var variableName = regexp.MustCompile(`^[a-z_]+`)

// parseText takes a text apart: $name is a variable, one of known, and $$ a dollar
// sign. What is wrong comes back as a message.
func parseText(s string, known []string) (t Text, wrong string) {
	text := ""
	end := func() {
		if text != "" {
			t = append(t, Part{Text: text})
		}
		text = ""
	}
	for {
		before, rest, found := strings.Cut(s, "$")
		text += before
		if !found {
			end()
			return t, ""
		}
		name := variableName.FindString(rest)
		switch {
		case strings.HasPrefix(rest, "$"):
			text += "$"
			s = rest[1:]
			continue
		case name == "":
			return nil, "a $ without a variable: want one of " + enumerate(known) + ", or $$ for the sign itself"
		case !slices.Contains(known, name):
			return nil, "$" + name + " is no variable here" + allowed(name, known)
		}
		end()
		t = append(t, Part{Variable: name})
		s = rest[len(name):]
	}
}

// String is the text as a file has it.
func (t Text) String() string {
	var b strings.Builder
	for _, p := range t {
		if p.Variable != "" {
			b.WriteString("$" + p.Variable)
		} else {
			b.WriteString(strings.ReplaceAll(p.Text, "$", "$$"))
		}
	}
	return b.String()
}

// textOf reads a text with variables out of known, whose pieces between them fit.
func textOf(dst *Text, known []string, want string, fits func(string) bool) func(value) {
	return func(v value) {
		s, ok := v.scalar(want)
		if !ok {
			return
		}
		if !fits(s) {
			v.refuse(s, want)
			return
		}
		t, wrong := parseText(s, known)
		if wrong != "" {
			v.fail("%s", wrong)
			return
		}
		*dst = t
	}
}
