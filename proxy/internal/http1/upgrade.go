package http1

// Upgrading a connection to another protocol (RFC 9110 §7.8): WebSocket, or any
// other that both ends know. HTTP/2 is not asked for in this way any more (RFC 9113
// §3.1), and never through a proxy: Weir could not read what follows.

// asksUpgrade says whether the Upgrade fields count: named by Connection, in
// HTTP/1.1, without a body, and for something else than HTTP/2. Otherwise the
// request is a plain one.
func (r *Request) asksUpgrade() bool {
	if !r.conn.upgrade || r.Minor == 0 || r.hasBody() {
		return false
	}
	asked := false
	eachProtocol(r.Fields, func([]byte) bool {
		asked = true
		return false
	})
	return asked
}

// Accepts reports whether a 101 is the answer to an upgrade that r asked for: to
// protocols that it named, all of them.
func (r *Request) Accepts(answer *Response) bool {
	if !r.Upgrade || !answer.conn.upgrade || answer.Minor == 0 {
		return false
	}
	protocols := 0
	offered := eachProtocol(answer.Fields, func(p []byte) bool {
		protocols++
		return !eachProtocol(r.Fields, func(q []byte) bool { return !equalFold(p, q) })
	})
	return offered && protocols > 0
}

// eachProtocol calls f for every protocol in Upgrade fields but HTTP/2, until it
// returns false; then it returns false too.
func eachProtocol(fields []Field, f func(protocol []byte) bool) bool {
	for i := range fields {
		if fields[i].Kind != KindUpgrade {
			continue
		}
		for value := fields[i].Value; len(value) > 0; {
			var p []byte
			p, value = cutElement(value)
			if len(p) > 0 && !equalFold(p, []byte("h2c")) && !equalFold(p, []byte("h2")) && !f(p) {
				return false
			}
		}
	}
	return true
}

// equalFold compares without case.
func equalFold(a, b []byte) bool { return len(a) == len(b) && sameName(a, b) }

// appendUpgrade appends the protocols as they came, but HTTP/2, and the option
// that makes them count.
func appendUpgrade(dst []byte, fields []Field) []byte {
	dst = append(dst, "Connection: Upgrade\r\nUpgrade: "...)
	first := true
	eachProtocol(fields, func(p []byte) bool {
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = append(dst, p...)
		return true
	})
	return append(dst, "\r\n"...)
}
