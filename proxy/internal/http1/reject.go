package http1

// Reject says how to answer a request that is not forwarded. The values are
// shared and must not be changed. A 405 needs an Allow field (RFC 9110
// §15.5.6); see Allow.
type Reject struct {
	Status int    // 400, 405, 414, 417, 431, 501 or 505
	Reason string // the word for X-Weir-Reason: short, fixed, nothing of the input in it
	Keep   bool   // the connection may stay open: the request ended cleanly and has no body; false: close after the answer
}

// Allow is the value of the Allow field in a 405 answer: every method goes
// through except CONNECT and TRACE, so the registered ones are named.
const Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// The answers to what the gate refuses. All but TRACE close the connection:
// after a head that is not understood, nothing says where the next one begins.
var (
	rejectLine        = &Reject{Status: 400, Reason: "bad_request_line"}
	rejectMethod      = &Reject{Status: 400, Reason: "bad_method"}
	rejectMethodLong  = &Reject{Status: 501, Reason: "method"}
	rejectConnect     = &Reject{Status: 405, Reason: "method"}
	rejectTrace       = &Reject{Status: 405, Reason: "method", Keep: true}
	rejectTraceClose  = rejectConnect // TRACE with a body, or from a client that closes
	rejectTarget      = &Reject{Status: 400, Reason: "bad_target"}
	rejectTargetLong  = &Reject{Status: 414, Reason: "target_too_long"}
	rejectVersion     = &Reject{Status: 400, Reason: "bad_version"}
	rejectVersionHigh = &Reject{Status: 505, Reason: "version"}
	rejectHead        = &Reject{Status: 431, Reason: "head_too_large"}
	rejectHeader      = &Reject{Status: 400, Reason: "bad_header"}
	rejectHost        = &Reject{Status: 400, Reason: "bad_host"}
	rejectFraming     = &Reject{Status: 400, Reason: "framing"}
	rejectCoding      = &Reject{Status: 501, Reason: "transfer_coding"}
	rejectExpect      = &Reject{Status: 417, Reason: "expect"}
)

// Reasons are those of all that the gate refuses.
func Reasons() (all []string) {
	for _, r := range []*Reject{
		rejectLine, rejectMethod, rejectMethodLong, rejectTarget, rejectTargetLong, rejectVersion, rejectVersionHigh,
		rejectHead, rejectHeader, rejectHost, rejectFraming, rejectCoding, rejectExpect,
	} {
		all = append(all, r.Reason)
	}
	return all
}
