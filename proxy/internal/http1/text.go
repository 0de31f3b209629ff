package http1

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"weir/proxy/internal/lookup"
)

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

	// LowerHost writes the host in lower case: for keys, where one name must be one key.
	LowerHost bool
}

// Text is parts made ready. The zero value is empty.
type Text []piece

type piece struct {
	text     string // of a constant; else the name that follows in the variable's
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
	query
	search // the query with the "?" before it; empty without one
	upstream
	version
	endpoint

	aHeader // called text
	aCookie
	aParameter
)

var variables = map[string]variable{
	"":       constant,
	"client": clientIP, "host": host, "method": method, "target": target, "path": path, "scheme": scheme, "query": query, "search": search,
	"upstream": upstream, "version": version, "endpoint": endpoint,
}

// families are variables behind whose beginning a name follows.
var families = []struct {
	begin    string
	variable variable
}{
	{"header_", aHeader}, {"cookie_", aCookie}, {"query_", aParameter},
}

// pieceOf makes a part ready. Names are compared without case, and "_" in the name of
// a header stands for "-": one with "_" is not passed on.
func pieceOf(p Part) (piece, bool) {
	for _, f := range families {
		if name, ok := strings.CutPrefix(p.Variable, f.begin); ok && name != "" {
			name = strings.ToLower(name)
			if f.variable == aHeader {
				name = strings.ReplaceAll(name, "_", "-")
			}
			return piece{text: name, variable: f.variable}, true
		}
	}
	v, ok := variables[p.Variable]
	return piece{text: p.Text, variable: v}, ok
}

// NewText makes parts ready. Constant parts must be fit for a field value.
func NewText(parts []Part) (Text, error) {
	t := make(Text, len(parts))
	for i, p := range parts {
		var ok bool
		if t[i], ok = pieceOf(p); !ok {
			return nil, fmt.Errorf("no variable $%s", p.Variable)
		}
		if t[i].variable == constant && spanValue([]byte(p.Text), 0) != len(p.Text) {
			return nil, fmt.Errorf("%q: want no control bytes", p.Text)
		}
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

// AppendReference appends the text as a URI reference: what variables stand for is
// percent-encoded where it has bytes that such a one cannot have (RFC 3986 §2). The
// target "*" is written as the path "/". A path that makes "//" of the beginning stays
// a path: who asks for "//elsewhere.test/" must not be sent there.
func (t Text) AppendReference(dst []byte, f *Facts) []byte {
	begin := len(dst)
	for i := range t {
		p, from := &t[i], len(dst)
		dst = p.append(dst, f)
		switch {
		case p.variable == constant:
		case p.variable == target && string(dst[from:]) == "*":
			dst[from] = '/'
		default:
			dst = encodeFrom(dst, from)
		}
	}
	if bytes.HasPrefix(dst[begin:], twoSlashes) && !t.beginsWith("//") {
		dst = slices.Insert(dst, begin, '/', '.') // the same path, RFC 3986 §5.2.4
	}
	return dst
}

var twoSlashes = []byte("//")

// beginsWith says that the text begins so whatever variables stand for.
func (t Text) beginsWith(prefix string) bool {
	return len(t) > 0 && t[0].variable == constant && strings.HasPrefix(t[0].text, prefix)
}

// encodeFrom encodes what stands from there on, from its end, so that every byte is
// moved once.
func encodeFrom(dst []byte, from int) []byte {
	const hex = "0123456789ABCDEF"
	end, bad := len(dst), 0
	for _, c := range dst[from:] {
		if !inReference(c) {
			bad++
		}
	}
	for range bad {
		dst = append(dst, 0, 0)
	}
	for to := len(dst); bad > 0; {
		end--
		c := dst[end]
		if inReference(c) {
			to--
			dst[to] = c
			continue
		}
		to -= 3
		dst[to], dst[to+1], dst[to+2] = '%', hex[c>>4], hex[c&15]
		bad--
	}
	return dst
}

// inReference says whether a byte can stand in a URI reference as it is. A "%" can:
// what is encoded already stays.
func inReference(c byte) bool {
	switch c {
	case '"', '<', '>', '\\', '^', '`', '{', '|', '}':
		return false
	}
	return c > ' ' && c < 0x7f
}

func (p *piece) append(dst []byte, f *Facts) []byte {
	switch p.variable {
	case clientIP:
		return append(dst, f.ClientIP...)
	case host:
		from := len(dst)
		dst = append(dst, f.Request.HostName...)
		if f.LowerHost {
			for i := from; i < len(dst); i++ {
				dst[i] = lower(dst[i])
			}
		}
		return dst
	case method:
		return append(dst, f.Request.Method...)
	case target:
		return append(dst, f.Request.Target...)
	case path:
		return append(dst, f.Request.Path...)
	case scheme:
		return append(dst, f.Scheme...)
	case query:
		return append(dst, f.Request.Query()...)
	case search:
		if q := f.Request.Query(); len(q) > 0 {
			dst = append(append(dst, '?'), q...)
		}
		return dst
	case aHeader:
		return append(dst, Value(f.Request.Fields, p.text)...)
	case aCookie:
		return append(dst, cookie(f.Request.Fields, p.text)...)
	case aParameter:
		value, _ := lookup.Parameter(f.Request.Query(), p.text)
		return append(dst, value...)
	case upstream:
		return append(dst, f.Upstream...)
	case version:
		return append(dst, f.Version...)
	case endpoint:
		return append(dst, f.Endpoint...)
	}
	return append(dst, p.text...)
}
