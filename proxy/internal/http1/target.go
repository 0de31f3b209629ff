package http1

import "bytes"

var (
	slash    = []byte("/")
	asterisk = []byte("*")
)

// readTarget sorts the request target by its form (RFC 9112 §3.2) and sets
// Target, Path and, from absolute-form, Host. The bytes are checked already.
func (r *Request) readTarget(t []byte) bool {
	switch {
	case len(t) == 0:
		return false
	case t[0] == '/':
		r.Target = t
	case string(t) == "*":
		r.Target = asterisk
		r.Path = slash
		return string(r.Method) == "OPTIONS"
	case !r.readAbsolute(t):
		return false
	}
	if string(r.Target) == "*" {
		r.Path = slash
		return true
	}
	r.Path = r.Target
	if q := bytes.IndexByte(r.Path, '?'); q >= 0 {
		r.Path = r.Path[:q]
	}
	return true
}

// readAbsolute cuts absolute-form to origin-form. Its authority is the host,
// whatever the Host field says (RFC 9112 §3.2.2). Only http and https are taken;
// the latter must come over TLS (RFC 9110 §7.4), which is the caller's to say.
// Userinfo is refused (RFC 9110 §4.2.4).
func (r *Request) readAbsolute(t []byte) bool {
	const plain, secure = "http://", "https://"
	switch {
	case foldPrefix(t, plain):
		t = t[len(plain):]
	case foldPrefix(t, secure):
		t = t[len(secure):]
		r.HTTPS = true
	default:
		return false
	}
	end := bytes.IndexAny(t, "/?")
	if end < 0 {
		end = len(t)
	}
	name, ok := hostName(t[:end])
	if !ok {
		return false
	}
	r.Host, r.HostName = t[:end], name
	switch rest := t[end:]; {
	case len(rest) > 0 && rest[0] == '/':
		r.Target = rest
	case len(rest) > 0: // a query without a path
		r.scratch = append(append(r.scratch[:0], '/'), rest...)
		r.Target = r.scratch
	case string(r.Method) == "OPTIONS":
		r.Target = asterisk // RFC 9112 §3.2.4
	default:
		r.Target = slash
	}
	return true
}
