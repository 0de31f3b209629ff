// Package http1 is the HTTP/1 wire format of the data plane: the strict gate
// for request and response heads, body framing, the chunked coding, and the
// heads that Weir sends on.
//
// It knows bytes only: RFC 9112 (messages), RFC 9110 (fields, methods) and the
// few fields that Weir itself owns. One parser decides what a message is; a
// head that two readers could understand differently is refused, never
// repaired. Kept header lines are copied as they came.
//
// It must not know connections, time, routes, endpoints or counters: what it
// writes of them it is told in words. It does no I/O, starts no goroutine and reads
// no clock. All types are for one goroutine at a time and are made to be reused.
package http1
