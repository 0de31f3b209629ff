package http1

// maxNamed is how many fields a message may name in Connection, the usual
// options not counted. Each costs a look at every field.
const maxNamed = 32

// connection is what the Connection fields of one message say.
type connection struct {
	close, keepAlive, upgrade bool
	named                     int // options that may name fields of this message
}

// read takes one Connection value. It returns false for an option that is not a
// token, or too many of them.
func (c *connection) read(value []byte) bool {
	for len(value) > 0 {
		var option []byte
		option, value = cutElement(value)
		switch {
		case len(option) == 0: // empty list elements are legal, RFC 9110 §5.6.1
		case !isToken(option):
			return false
		case foldEqual(option, "close"):
			c.close = true
		case foldEqual(option, "keep-alive"):
			c.keepAlive = true
		case foldEqual(option, "upgrade"): // its field is written by us, or dropped
			c.upgrade = true
		default:
			c.named++
		}
	}
	return c.named <= maxNamed
}

// strip turns the fields named by Connection into KindHopByHop (RFC 9110
// §7.6.1). Only plain fields can be named away: framing and Host are checked
// and written by us, our own fields are added afterwards, and a Connection
// field that named itself would hide what the next one says. Cache-Control is
// for every recipient, whatever Connection says.
func (c *connection) strip(fields []Field) {
	if c.named == 0 {
		return
	}
	for i := range fields {
		if fields[i].Kind != KindConnection {
			continue
		}
		for value := fields[i].Value; len(value) > 0; {
			var option []byte
			option, value = cutElement(value)
			stripNamed(fields, option)
		}
	}
}

func stripNamed(fields []Field, option []byte) {
	if foldEqual(option, "cache-control") {
		return
	}
	for i := range fields {
		f := &fields[i]
		if len(f.Name) == len(option) && (f.Kind == KindPlain || f.Kind == KindTrailer) && sameName(f.Name, option) {
			f.Kind = KindHopByHop
		}
	}
}

// sameName compares two tokens of equal length without case.
func sameName(a, b []byte) bool {
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// cutElement splits the first element off a comma-separated list.
func cutElement(list []byte) (element, rest []byte) {
	for i, c := range list {
		if c == ',' {
			return trimOWS(list[:i]), list[i+1:]
		}
	}
	return trimOWS(list), nil
}
