package http1

// hostName checks an authority without userinfo (RFC 9112 §3.2, RFC 3986
// §3.2.2) and returns it without its port. It takes a name, an IPv4 address or
// an IPv6 address in brackets, then at most a port; false for all else, the
// empty host included.
func hostName(authority []byte) (name []byte, ok bool) {
	end := span(authority, 0, cHost)
	if len(authority) > 0 && authority[0] == '[' {
		end = bracketEnd(authority)
	}
	if end == 0 {
		return nil, false
	}
	return authority[:end], validPort(authority[end:])
}

// bracketEnd returns the index behind the "]" of an IPv6 address, or 0. Zones
// and later IP versions are refused.
func bracketEnd(b []byte) int {
	colons := 0
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == ':':
			colons++
		case c == ']':
			if colons < 2 {
				return 0
			}
			return i + 1
		case c == '.', c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f':
		default:
			return 0
		}
	}
	return 0
}

// validPort takes nothing, or ":" and up to five digits that make at most
// 65535. The port may be empty (RFC 3986 §3.2.3).
func validPort(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if b[0] != ':' || len(b) > 6 {
		return false
	}
	n := 0
	for _, c := range b[1:] {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n <= 65535
}
