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

// inNginx are NGINX's names of some variables, for those who come from there.
var inNginx = map[string]string{
	"remote_addr": "client", "request_uri": "target", "uri": "path", "request_method": "method", "http_host": "host",
	"server_protocol": "protocol", "body_bytes_sent": "bytes", "request_time": "duration", "upstream_addr": "endpoint",
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
		name := variableName.FindString(rest)
		s = rest[len(name):]
		switch {
		case name == "":
			v.fail("a $ without a variable: want one of %s, or $$ for the sign itself", enumerate(known))
		case !slices.Contains(known, name):
			v.fail("$%s is no variable here%s", name, allowed(cmp.Or(inNginx[name], name), known))
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
