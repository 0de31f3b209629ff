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
