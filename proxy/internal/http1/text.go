package http1

import "fmt"

// Part is a piece of a text: the value of a variable when that is not empty, else
// Text as it is.
type Part struct {
	Text     string
	Variable string // without the dollar sign
}

// Facts are what the variables of a text stand for. Every byte of them has passed
// the gate or comes from the configuration, so no value holds a CR or LF.
type Facts struct {
	Request  *Request
	ClientIP []byte // in text
	Scheme   string // "http" or "https", as the client used it

	Upstream, Version, Endpoint string // of the attempt; empty where there is none
}

// Text is parts made ready. The zero value is empty.
type Text []piece

type piece struct {
	text     string
	variable variable
}

type variable uint8

const (
	constant variable = iota // text
	clientIP
	host
	method
	target
	path
	scheme
	upstream
	version
	endpoint
)

var variables = map[string]variable{
	"":          constant,
	"client_ip": clientIP, "host": host, "method": method, "target": target, "path": path, "scheme": scheme,
	"upstream": upstream, "version": version, "endpoint": endpoint,
}

// NewText makes parts ready. Constant parts must be fit for a field value.
func NewText(parts []Part) (Text, error) {
	t := make(Text, len(parts))
	for i, p := range parts {
		v, ok := variables[p.Variable]
		if !ok {
			return nil, fmt.Errorf("no variable $%s", p.Variable)
		}
		if v == constant && spanValue([]byte(p.Text), 0) != len(p.Text) {
			return nil, fmt.Errorf("%q: want no control bytes", p.Text)
		}
		t[i] = piece{text: p.Text, variable: v}
	}
	return t, nil
}

// Append appends the text with the values that the variables have.
func (t Text) Append(dst []byte, f *Facts) []byte {
	for i := range t {
		dst = t[i].append(dst, f)
	}
	return dst
}

func (p *piece) append(dst []byte, f *Facts) []byte {
	switch p.variable {
	case clientIP:
		return append(dst, f.ClientIP...)
	case host:
		return append(dst, f.Request.HostName...)
	case method:
		return append(dst, f.Request.Method...)
	case target:
		return append(dst, f.Request.Target...)
	case path:
		return append(dst, f.Request.Path...)
	case scheme:
		return append(dst, f.Scheme...)
	case upstream:
		return append(dst, f.Upstream...)
	case version:
		return append(dst, f.Version...)
	case endpoint:
		return append(dst, f.Endpoint...)
	}
	return append(dst, p.text...)
}
