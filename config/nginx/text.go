package nginx

import "strings"

// text is a value with variables, in pieces.
type text []piece

// piece is a piece of a text: a variable's value, or Text as it is.
type piece struct {
	Text     string
	Variable string // without the dollar sign, lower case; digits are a capture
}

// parseVariables takes a value apart, as NGINX does: $name or ${name}, and a dollar sign
// that no name follows is itself.
func parseVariables(s string) text {
	var out text
	add := func(s string) {
		if n := len(out); n > 0 && out[n-1].Variable == "" {
			out[n-1].Text += s
		} else if s != "" {
			out = append(out, piece{Text: s})
		}
	}
	for {
		before, rest, found := strings.Cut(s, "$")
		add(before)
		if !found {
			return out
		}
		name, after := variable(rest)
		if name == "" {
			add("$")
			s = rest
			continue
		}
		out = append(out, piece{Variable: strings.ToLower(name)})
		s = after
	}
}

// variable is the name at the beginning of s, behind a dollar sign, and what follows.
func variable(s string) (name, after string) {
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		name, after, ok = strings.Cut(inner, "}")
		if !ok || nameLength(name) != len(name) {
			return "", s
		}
		return name, after
	}
	if s != "" && '1' <= s[0] && s[0] <= '9' {
		return s[:1], s[1:]
	}
	n := nameLength(s)
	return s[:n], s[n:]
}

func nameLength(s string) int {
	return len(s) - len(strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
}

// constant is the text when it has no variables.
func (t text) constant() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].Variable == "":
		return t[0].Text, true
	}
	return "", false
}

// only is the variable that is all of the text; "" where it is another text.
func (t text) only() string {
	if len(t) == 1 {
		return t[0].Variable
	}
	return ""
}

// String is the text as NGINX's file could have it.
func (t text) String() string {
	var b strings.Builder
	for i, p := range t {
		switch {
		case p.Variable == "":
			b.WriteString(p.Text)
		case i+1 < len(t) && t[i+1].Variable == "" && nameLength(t[i+1].Text) > 0:
			b.WriteString("${" + p.Variable + "}")
		default:
			b.WriteString("$" + p.Variable)
		}
	}
	return b.String()
}

// concat is texts as one.
func concat(texts ...text) text {
	var out text
	for _, t := range texts {
		for _, p := range t {
			if n := len(out); n > 0 && p.Variable == "" && out[n-1].Variable == "" {
				out[n-1].Text += p.Text
			} else {
				out = append(out, p)
			}
		}
	}
	return out
}
