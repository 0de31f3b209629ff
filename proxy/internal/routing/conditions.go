package routing

import "bytes"

// conditions are what a route asks of a request beside host and path. All of them
// must hold. Values are compared with the bytes as they were sent.
type conditions struct {
	methods []string // one of them; none: every method
	headers []Pair   // names in lower case; one line of that name must have the value
	query   []Pair
	cookies []Pair
	when    *When // nil: whatever flags say
}

// count is how specific they are: of two routes for the same host and path that both
// ask a flag, or both do not, the one with more goes first. Methods count as one, however many there are. nil has none.
func (c *conditions) count() int {
	if c == nil {
		return 0
	}
	n := len(c.headers) + len(c.query) + len(c.cookies)
	if len(c.methods) > 0 {
		n++
	}
	return n
}

// before says whether a route with these goes before one with the others.
func (c *conditions) before(o *conditions) bool {
	if a, b := c.asksFlag(), o.asksFlag(); a != b {
		return a
	}
	return c.count() > o.count()
}

func (c *conditions) asksFlag() bool { return c != nil && c.when != nil }

func (c *conditions) hold(x Request) bool {
	if len(c.methods) > 0 && !oneOf(c.methods, x.Method()) {
		return false
	}
	for i := range c.headers {
		if !hasHeader(x, &c.headers[i]) {
			return false
		}
	}
	for i := range c.query {
		if !hasParameter(x.Query(), &c.query[i]) {
			return false
		}
	}
	for i := range c.cookies {
		if !hasCookie(x, &c.cookies[i]) {
			return false
		}
	}
	return c.when == nil || x.Decided(c.when)
}

func oneOf(words []string, word []byte) bool {
	for _, w := range words {
		if w == string(word) {
			return true
		}
	}
	return false
}

// takes says whether a value is the one that is asked for.
func (p *Pair) takes(value []byte) bool { return p.Value == "*" || p.Value == string(value) }

func hasHeader(x Request, p *Pair) bool {
	for value, next := x.Header(p.Name, 0); next > 0; value, next = x.Header(p.Name, next) {
		if p.takes(value) {
			return true
		}
	}
	return false
}

// hasParameter looks into a query: pairs with "&" between them. A name without "="
// has the empty value.
func hasParameter(query []byte, p *Pair) bool {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, ampersand)
		name, value, _ := bytes.Cut(pair, equals)
		if string(name) == p.Name && p.takes(value) {
			return true
		}
	}
	return false
}

// hasCookie looks through the Cookie lines: pairs with ";" between them
// (RFC 6265 §4.2.1). What has no "=" is no cookie.
func hasCookie(x Request, p *Pair) bool {
	for line, next := x.Header("cookie", 0); next > 0; line, next = x.Header("cookie", next) {
		for len(line) > 0 {
			var pair []byte
			pair, line, _ = bytes.Cut(line, semicolon)
			name, value, ok := bytes.Cut(bytes.Trim(pair, " \t"), equals)
			if ok && string(name) == p.Name && p.takes(value) {
				return true
			}
		}
	}
	return false
}

var (
	ampersand = []byte("&")
	equals    = []byte("=")
	semicolon = []byte(";")
)
