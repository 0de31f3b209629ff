package http1

import "bytes"

// maxLeadingLines is how many empty lines may stand before a request line
// (RFC 9112 §2.2 asks for tolerance of at least one).
const maxLeadingLines = 4

// HeadEnd returns the length of the message head at the start of b, the empty
// line included, or -1 while the head is not complete. from is how many bytes
// of b an earlier call has already seen (0 at first), so that a head arriving
// byte by byte is scanned once.
//
// Empty lines before the head belong to it. A head that can only be refused
// (a first byte that begins no method, a line that ends in a bare LF, too many
// empty lines) counts as complete at that point: Parse refuses b[:n] at once
// instead of waiting for an end that other readers have seen already, or that
// a client which speaks TLS will never send.
func HeadEnd(b []byte, from int) int {
	lead := leadingLines(b)
	if lead > 2*maxLeadingLines {
		return lead
	}
	if lead < len(b) && class[b[lead]]&cToken == 0 && b[lead] != '\r' {
		return lead + 1
	}
	// The last LF seen may have been one byte short of showing the empty line.
	for i := max(lead, from-2); ; {
		lf := bytes.IndexByte(b[i:], '\n')
		if lf < 0 {
			return -1
		}
		i += lf + 1
		if i < 2 || b[i-2] != '\r' {
			return i
		}
		if i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			return i + 2
		}
	}
}

// leadingLines returns the length of the empty lines at the start of b, at
// most one line more than allowed.
func leadingLines(b []byte) int {
	n := 0
	for n <= 2*maxLeadingLines && n+1 < len(b) && b[n] == '\r' && b[n+1] == '\n' {
		n += 2
	}
	return n
}

// TooLarge returns the answer for a request whose head is not complete after
// l.Head bytes: 414 when the request line alone is too long, else 431.
func TooLarge(b []byte, l Limits) *Reject {
	line := b[leadingLines(b):]
	if lf := bytes.IndexByte(line, '\n'); lf >= 0 {
		line = line[:lf+1]
	}
	if len(line) > l.Method+l.Target+len("  HTTP/1.1\r\n") {
		return rejectTargetLong
	}
	return rejectHead
}

// RequestLine returns what can be read of the request line at the start of a head
// that is not complete or was refused: for a log, not for a decision.
func RequestLine(b []byte) (method, target []byte) {
	i := leadingLines(b)
	end := span(b, i, cToken)
	if end == i || end == len(b) || b[end] != ' ' {
		return nil, nil
	}
	method, i = b[i:end], end+1
	return method, b[i:span(b, i, cTarget)]
}
