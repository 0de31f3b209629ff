package proxy

import (
	"math/rand/v2"

	"weir/proxy/internal/http1"
)

// beganTrace is the trace that Weir began for a request, the same for all its
// attempts.
type beganTrace struct {
	parent []byte // the field's value, in room; nil: it began none
	room   [http1.TraceParentSize]byte
}

// traceParent returns the field to send for a request that is in no trace, nil
// for one that is: its own goes on as it came.
//
// The numbers come from the runtime's generator, of which every thread has one:
// good enough to be unique, and without a lock or a system call.
func (x *exchange) traceParent() []byte {
	if x.span != nil {
		x.trace.parent = x.span.parent(x.trace.room[:0])
		return x.trace.parent
	}
	if x.req.TraceID == nil && x.trace.parent == nil && x.c.policy.Trace {
		x.req.DropTrace() // what was not valid
		x.trace.parent = http1.AppendTraceParent(x.trace.room[:0], rand.Uint64(), rand.Uint64(), rand.Uint64())
	}
	return x.trace.parent
}

// TraceParent is the field that came, nil when the request is in no trace.
func (x *exchange) TraceParent() []byte { return x.req.TraceParent() }

// Traced has the attempts of the request sent as those of a span, nil: no longer.
func (x *exchange) Traced(sp *Span) {
	x.span = sp
	switch {
	case sp == nil:
	case sp.Root:
		x.req.DropTrace()
	default:
		x.req.DropTraceParent()
	}
}

// TraceID is that of the request's trace, nil when it is in none.
func (x *exchange) TraceID() []byte {
	if x.trace.parent != nil {
		return http1.TraceID(x.trace.parent)
	}
	return x.req.TraceID
}
