package proxy

import (
	"net/http"
	"unsafe"

	"weir/proxy/flag"
	"weir/proxy/internal/lookup"
)

// lines finds headers of a request.
type lines interface {
	// Header finds the next value of the lines called name (given in lower case), from line
	// `from` on, and the line behind it to go on from; 0 when there is none.
	Header(name string, from int) (value []byte, next int)
}

// httpLines are the headers of a request that is no user's: somebody asks for decisions.
type httpLines http.Header

func (a httpLines) Header(name string, from int) (value []byte, next int) {
	values := http.Header(a).Values(name)
	if from >= len(values) {
		return nil, 0
	}
	v := values[from]
	return unsafe.Slice(unsafe.StringData(v), len(v)), from + 1 // which is only read
}

// Known is what a request for decisions says of somebody by its own headers, as a request
// of a user does: the attributes that rules look at. There is no address among them. Whoever
// asks is a program, which knows whom it asks for, and by its own address all of its users
// would be within the company.
func (f *Flags) Known(h http.Header) map[string]flag.Value {
	out := map[string]flag.Value{}
	var claims []flag.Value
	verified := false
	for i, name := range f.set.Names() {
		a := &f.sources[i]
		v := a.static
		switch a.from {
		case aHeader:
			if value, next := httpLines(h).Header(a.name, 0); next > 0 {
				v = flag.TextValue(string(value))
			}
		case aCookie:
			if value, ok := cookieOf(httpLines(h), a.name); ok {
				v = flag.TextValue(string(value))
			}
		case aClaim:
			if !verified {
				claims, verified = f.tokens.of(httpLines(h)), true
			}
			if claims != nil && claims[a.claim].Kind() != flag.Null {
				v = claims[a.claim]
			}
		}
		if v.Kind() != flag.Null {
			out[name] = v
		}
	}
	return out
}

// cookieOf is the first cookie of a name, which is given in lower case.
func cookieOf(x lines, name string) (value []byte, ok bool) {
	for line, next := x.Header("cookie", 0); next > 0; line, next = x.Header("cookie", next) {
		if value, ok := lookup.Cookie(line, name); ok {
			return value, true
		}
	}
	return nil, false
}
