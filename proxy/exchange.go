package proxy

import (
	"net/netip"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/accesslog"
	"weir/proxy/internal/routing"
)

// Exchange is one request of a client and the one answer to it, in whatever
// version of HTTP carries them. Routing, retries, outcomes and counters see only
// this. It belongs to the goroutine that serves the request; no slice it returns
// outlives the request.
type Exchange interface {
	routing.Request

	// Idempotent says whether sending the request twice has the effect of
	// sending it once (RFC 9110 §9.2.2).
	Idempotent() bool
	// Replayable says whether the request can still be sent whole: nothing of its
	// body has gone, or all of it is at hand, and the client has got nothing of an
	// answer, not even an interim one. It may change with each Try.
	Replayable() bool

	// Client is the client's address as far as Weir knows; the zero Addr when it has none.
	Client() netip.Addr

	// Key is what the upstream's algorithm knows the request by, for one that goes by
	// keys. It is the Exchange's own, and holds until the next call.
	Key(u *Upstream) []byte

	// Hold reads the body into memory before the first attempt, if it has no more
	// than limit bytes, so that it stays replayable; a longer one is streamed. False:
	// there is nothing to attempt, the client is to get this answer, or has left when
	// that is nil.
	Hold(limit int) (refused *reply, ok bool)
	// Fits holds the body to so many bytes, above 0, from here on. It reports whether
	// what is known of it fits; if not, the connection ends with the answer.
	Fits(most int64) bool

	// Gather reads what comes of the body while the request waits at a gate for writes,
	// as far as the gate has room for it. False as with Hold.
	Gather(g *WriteGate, w *waitingWrite) (refused *reply, ok bool)

	// Try sends the request to the attempt's endpoint and waits for the head of
	// the final answer, which stays at hand until Discard or Relay. It calls
	// a.sent and a.answered when those moments come.
	Try(a *attempt) *AttemptError
	// Status is the status of the answer at hand.
	Status() int
	// AnswerHeader is Header for the answer at hand.
	AnswerHeader(name string, from int) (value []byte, next int)
	// Discard drops the answer at hand so that another attempt can be made.
	Discard()
	// Relay passes the answer at hand, the attempt's, to the client; with the
	// version's name when that is not empty. It returns OK, Reset or Timeout when the
	// endpoint broke off or fell silent, or Canceled when the client took no more or
	// Weir cut the answer at the end of a drain. truncated says that a client which
	// waited for the whole answer got only a part.
	Relay(a *attempt, version string) (kind outcome.Kind, truncated bool)
	// Reply answers the client with one of Weir's own answers. It reports whether
	// the client took it.
	Reply(r *reply) bool

	// Decide has flags decided by f from here on, unless the request has others already:
	// a flag that has been asked stays as it is until the request is over. Without flags
	// no condition on one holds.
	Decide(f *Flags)
	// Over tells the flags that were asked what became of the request, which got the
	// status; k is what that counts as, took the time to the first byte of its answer, 0
	// when there was none.
	Over(shard, status int, k outcome.Kind, took time.Duration)

	// Mirrorable says whether the request may be sent to another version, too, whose
	// answer nobody gets.
	Mirrorable() bool
	// CopyTo writes down what that takes, before the request is over.
	CopyTo(p *pair)

	// TraceID is that of the trace the request is in, in hexadecimal digits; nil when it
	// is in none.
	TraceID() []byte
	// TraceParent is the field that came with the request; nil when it is in no trace.
	TraceParent() []byte
	// Trusted says whether a peer has sent it whose word is believed on what a client
	// could make up.
	Trusted() bool
	// Traced has each attempt sent as a span of that, until it is called with nil.
	Traced(*Span)

	// Entry is what the access log can say of the request and its answer now. It
	// is the Exchange's own, and of one request.
	Entry() *accesslog.Entry
}
