package http1

// Idempotent reports whether sending a request with this method twice has the
// effect of sending it once (RFC 9110 §9.2.2): GET, HEAD, OPTIONS, PUT, DELETE.
// TRACE is too, but is never forwarded. Methods are compared with case.
func Idempotent(method []byte) bool {
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return false
}

// Safe reports whether a request with this method only asks (RFC 9110 §9.2.1): GET,
// HEAD, OPTIONS and TRACE. Methods are compared with case, and one that nobody knows is
// not safe.
func Safe(method []byte) bool {
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}
