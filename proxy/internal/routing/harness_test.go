package routing

import (
	"slices"
	"strings"
	"testing"
)

// asked is a request as routes see it.
type asked struct {
	listener, scheme, host, path, method, query string
	fields                                      []Pair
	flags                                       map[string]string // variants, by key
}

func (x *asked) Listener() string { return x.listener }
func (x *asked) Scheme() string   { return x.scheme }
func (x *asked) Name() []byte     { return []byte(x.host) }
func (x *asked) Path() []byte     { return []byte(x.path) }
func (x *asked) Method() []byte   { return []byte(x.method) }
func (x *asked) Query() []byte    { return []byte(x.query) }
func (x *asked) Decided(w *When) bool {
	v, ok := x.flags[w.Flag]
	return ok && slices.Contains(w.Variants, v)
}
func (x *asked) Header(name string, from int) ([]byte, int) {
	for i := from; i < len(x.fields); i++ {
		if strings.EqualFold(x.fields[i].Name, name) {
			return []byte(x.fields[i].Value), i + 1
		}
	}
	return nil, 0
}

// named is a route with a name to know it by.
type named struct {
	name string
	Match
}

// signpost is a table that says the names of its routes.
type signpost struct {
	*Table
	names []string
}

func post(t testing.TB, routes []named) signpost {
	t.Helper()
	var s signpost
	var matches []Match
	for _, r := range routes {
		s.names = append(s.names, r.name)
		matches = append(matches, r.Match)
	}
	var err error
	if s.Table, err = NewTable(matches); err != nil {
		t.Fatal(err)
	}
	return s
}

// led is the name of the route that the request is led to, "" for none.
func (s signpost) led(x *asked) string {
	if at := s.Find(x); at != nowhere {
		return s.names[at]
	}
	return ""
}
