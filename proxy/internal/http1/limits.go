package http1

// Limits bound a request head. Use DefaultLimits; the zero value refuses every
// request.
type Limits struct {
	Head   int // bytes from the first byte to the end of the empty line; more is 431
	Fields int // header lines, dropped ones included; more is 431
	Target int // bytes of the request target as sent; more is 414
	Method int // bytes of the method; more is 501
}

// DefaultLimits are the limits of this version. Response heads are held to
// Head and Fields of it.
var DefaultLimits = Limits{Head: 32 << 10, Fields: 100, Target: 8 << 10, Method: 32}
