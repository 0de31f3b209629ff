package accesslog

import "fmt"

// Part is a piece of a template: the value of a variable when that is not empty,
// else a text, which is written as it is.
type Part struct {
	Text     string
	Variable string // without the dollar sign
}

// Combined is the format that Apache and NGINX call "combined".
func Combined() []Part {
	return []Part{
		{Variable: "client"}, {Text: " - - ["}, {Variable: "time_local"}, {Text: `] "`},
		{Variable: "method"}, {Text: " "}, {Variable: "target"}, {Text: " "}, {Variable: "protocol"}, {Text: `" `},
		{Variable: "status"}, {Text: " "}, {Variable: "bytes"}, {Text: ` "`},
		{Variable: "referer"}, {Text: `" "`}, {Variable: "user_agent"}, {Text: `"`},
	}
}

// format appends one line, its end included.
type format interface {
	append(dst []byte, e *Entry, c *clock) []byte
}

// template is a format compiled from parts.
type template []variable

func newTemplate(parts []Part) (template, error) {
	t := make(template, len(parts))
	for i, p := range parts {
		if p.Variable == "" {
			t[i] = func(dst []byte, _ *Entry, _ *clock) []byte { return append(dst, p.Text...) }
			continue
		}
		if t[i] = variables[p.Variable]; t[i] == nil {
			return nil, fmt.Errorf("access log: no variable %s", p.Variable)
		}
	}
	return t, nil
}

func (t template) append(dst []byte, e *Entry, c *clock) []byte {
	for _, v := range t {
		dst = v(dst, e, c)
	}
	return append(dst, '\n')
}

// appendEscaped writes what a client may have made up so that it can neither end
// the line nor a quoted value: control bytes, those from 0x7f on, quotes and
// backslashes become \xNN, as NGINX writes them. Nothing at all becomes "-".
func appendEscaped[T []byte | string](dst []byte, s T) []byte {
	const hex = "0123456789ABCDEF"
	if len(s) == 0 {
		return append(dst, '-')
	}
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		from = i + 1
	}
	return append(dst, s[from:]...)
}
