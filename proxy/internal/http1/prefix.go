package http1

import "strings"

// Prefix replaces the beginning of a path. The bytes behind it stay as they were
// sent, never decoded, the query with them.
type Prefix struct{ from, to string }

// NewPrefix replaces from, where a path begins with it and goes on with "/" or not
// at all, by to. Both begin with "/"; a slash at their end does not count.
func NewPrefix(from, to string) *Prefix {
	return &Prefix{from: strings.TrimSuffix(from, "/"), to: strings.TrimSuffix(to, "/")}
}

// append appends the target to send, which begins with "/" as the request's does;
// "*" stays.
func (p *Prefix) append(dst []byte, r *Request) []byte {
	n := len(p.from)
	if len(r.Path) < n || string(r.Path[:n]) != p.from || len(r.Path) > n && r.Path[n] != '/' || r.Target[0] != '/' {
		return append(dst, r.Target...)
	}
	dst = append(dst, p.to...)
	if p.to == "" && len(r.Path) == n {
		dst = append(dst, '/')
	}
	return append(dst, r.Target[n:]...)
}
