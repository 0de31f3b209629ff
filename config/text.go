package config

import (
	"cmp"
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

var variableName = regexp.MustCompile(`^[A-Za-z_]+`)

// anyName stands in a list of variables for a name of the operator's: "header_NAME" is
// header_ and such a name.
const anyName = "NAME"

// ofFamily is a variable with a name of the operator's. A dash is part of it only
// where the name goes on: in "$cookie_a-$cookie_b" it is not.
var ofFamily = regexp.MustCompile(`^([a-z]+_)[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*`)

// variableAt is the variable that s begins with: its name, and what it is among the
// known ones.
func variableAt(s string, known []string) (name, kind string) {
	if m := ofFamily.FindStringSubmatch(s); m != nil && slices.Contains(known, m[1]+anyName) {
		return m[0], m[1] + anyName
	}
	name = variableName.FindString(s)
	return name, name
}

// isVariable reports whether a name is one of the known variables.
func isVariable(name string, known []string) bool {
	all, kind := variableAt(name, known)
	return all == name && slices.Contains(known, kind)
}

// suggestion is what somebody may have meant by a name.
func suggestion(name string) string {
	for nginx, ours := range map[string]string{"arg_": "query_", "http_": "header_"} {
		if rest, ok := strings.CutPrefix(name, nginx); ok && inNginx[name] == "" && rest != "" {
			return ours + anyName
		}
	}
	return cmp.Or(inNginx[name], name)
}

// inNginx are NGINX's names of some variables, for those who come from there.
var inNginx = map[string]string{
	"remote_addr": "client", "request_uri": "target", "uri": "path", "request_method": "method", "http_host": "host",
	"args": "query", "query_string": "query", "server_protocol": "protocol", "body_bytes_sent": "bytes", "request_time": "duration", "upstream_addr": "endpoint",
	"upstream_response_time": "upstream_time", "http_user_agent": "user_agent", "http_referer": "referer",
}

// text takes s, which v says, apart: $name is a variable, one of known, and $$ a
// dollar sign.
func (v value) text(s string, known []string) (t Text) {
	add := func(text string) {
		if n := len(t); n > 0 && t[n-1].Variable == "" {
			t[n-1].Text += text
		} else if text != "" {
			t = append(t, Part{Text: text})
		}
	}
	for {
		before, rest, found := strings.Cut(s, "$")
		add(before)
		if !found {
			return t
		}
		if after, doubled := strings.CutPrefix(rest, "$"); doubled {
			add("$")
			s = after
			continue
		}
		name, kind := variableAt(rest, known)
		s = rest[len(name):]
		switch {
		case name == "":
			v.fail("a $ without a variable: want one of %s, or $$ for the sign itself", enumerate(known))
		case !slices.Contains(known, kind):
			v.fail("$%s is no variable here%s", name, allowed(suggestion(name), known))
		default:
			t = append(t, Part{Variable: name})
		}
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
		problems := len(v.in.problems)
		*dst = v.text(s, known)
		if len(v.in.problems) == problems && !fits(s) {
			v.refuse(s, want)
		}
	}
}
