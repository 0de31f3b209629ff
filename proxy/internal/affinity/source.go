package affinity

import (
	"bytes"
	"fmt"
	"strings"

	"weir/proxy/internal/lookup"
)

// Exchange is a request, and the answer to it where that is at hand. No slice it
// returns is kept.
type Exchange interface {
	// Header finds header lines of the request: the value of the first one called name
	// (given in lower case), from line `from` on, and the line behind it to go on from;
	// 0 when there is none.
	Header(name string, from int) (value []byte, next int)
	// AnswerHeader is Header for the answer.
	AnswerHeader(name string, from int) (value []byte, next int)
	// Query is what follows the first "?" in the target, as sent.
	Query() []byte
}

// SourceOptions describe a place in an exchange where a value may stand.
type SourceOptions struct {
	Variable string // cookie_X, header_X, query_X, upstream_cookie_X or upstream_header_X
	After    string // only what is behind the last of these counts, and nothing where there is none; "" is the whole value
}

// Sources are places that are asked in their order.
type Sources []source

type source struct {
	find  func(x Exchange, name string) []byte
	name  string // in lower case
	after []byte
}

// variables are the beginnings of the names that sources have, a name behind each:
// cookie_sid. Those of answers have upstream_ in front.
var variables = map[string]func(x Exchange, name string) []byte{
	"cookie_":          cookie,
	"header_":          header,
	"query_":           parameter,
	"upstream_cookie_": givenCookie,
	"upstream_header_": answerHeader,
}

// NewSources makes them ready. Names are compared without case, and "_" in the name of
// a header stands for "-", as in NGINX.
func NewSources(in []SourceOptions) (Sources, error) {
	out := make(Sources, len(in))
	for i, o := range in {
		var err error
		if out[i], err = newSource(o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func newSource(o SourceOptions) (source, error) {
	lower := strings.ToLower(o.Variable)
	for begin, find := range variables {
		name, ok := strings.CutPrefix(lower, begin)
		if !ok || name == "" {
			continue
		}
		if strings.HasSuffix(begin, "header_") {
			name = strings.ReplaceAll(name, "_", "-")
		}
		return source{find: find, name: name, after: []byte(o.After)}, nil
	}
	return source{}, fmt.Errorf("no variable $%s", o.Variable)
}

// Value is the first value that is not empty; nil when all are.
func (s Sources) Value(x Exchange) []byte {
	for i := range s {
		if v := s[i].value(x); len(v) > 0 {
			return v
		}
	}
	return nil
}

func (s *source) value(x Exchange) []byte {
	v := s.find(x, s.name)
	if len(s.after) == 0 {
		return v
	}
	at := bytes.LastIndex(v, s.after)
	if at < 0 {
		return nil
	}
	return v[at+len(s.after):]
}

// cookie looks through the Cookie lines.
func cookie(x Exchange, name string) []byte {
	for line, next := x.Header("cookie", 0); next > 0; line, next = x.Header("cookie", next) {
		if value, ok := lookup.Cookie(line, name); ok {
			return value
		}
	}
	return nil
}

// givenCookie looks through the Set-Cookie lines, whose first pair is the cookie.
func givenCookie(x Exchange, name string) []byte {
	for line, next := x.AnswerHeader("set-cookie", 0); next > 0; line, next = x.AnswerHeader("set-cookie", next) {
		pair, _, _ := bytes.Cut(line, semicolon)
		if value, ok := lookup.Cookie(pair, name); ok {
			return value
		}
	}
	return nil
}

func parameter(x Exchange, name string) []byte {
	value, _ := lookup.Parameter(x.Query(), name)
	return value
}

func header(x Exchange, name string) []byte {
	value, _ := x.Header(name, 0)
	return value
}

func answerHeader(x Exchange, name string) []byte {
	value, _ := x.AnswerHeader(name, 0)
	return value
}

var semicolon = []byte(";")
