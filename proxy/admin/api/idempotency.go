package api

// Headers of a write that may be repeated: within a day the same key with the same
// request gets the answer that the first got, with IdempotencyReplayed, and nothing is
// done a second time. Weir keeps the answers in memory; a restart forgets them.
const (
	IdempotencyKey      = "Idempotency-Key"      // of the request: any word of at most 255 bytes that is used once
	IdempotencyReplayed = "Idempotency-Replayed" // of the answer: true
)
