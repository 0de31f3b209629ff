package proxy

import "weir/health/outcome"

// Sending a request again is a question of what it may have done already, and of who
// would do it twice. Within a version that is the operator's to say; of two versions
// nobody knows that they do the same.

// sendable says that the request can still be sent whole, and that somebody waits for
// its answer.
func sendable(x Exchange, r result) bool {
	return (r.kind != outcome.Canceled || r.cut()) && x.Replayable()
}

// harmless says that sending the request again has the effect of sending it once:
// nothing of it has reached an endpoint, or twice is as good as once.
func harmless(x Exchange, r result) bool {
	return x.Idempotent() || (r.fail != nil && !r.fail.Sent)
}

// repeatable says whether the same version may get the request again: where that is
// harmless, or the operator says so.
func repeatable(x Exchange, r result, nonIdempotent bool) bool {
	return sendable(x, r) && (nonIdempotent || harmless(x, r))
}

// portable says whether another version may get it: where that is harmless, or the
// client has named the request, so that who has done it once can tell.
func portable(x Exchange, r result) bool { return harmless(x, r) || isNamed(x) }

// isNamed says whether the request has an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header), whatever it is. It is no reason to have
// two attempts under way at a time, as hedges have: the draft has services refuse that.
func isNamed(x Exchange) bool {
	key, _ := x.Header("idempotency-key", 0)
	return len(key) > 0
}
