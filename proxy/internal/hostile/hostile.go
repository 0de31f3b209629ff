// Package hostile is the table of what clients and endpoints must not say, with
// the answer that Weir owes to each: the rows of the notes' table of bad inputs by
// their numbers, several inputs a row, and beside them the good inputs that lie
// closest. Tests of the gate, of the fuzzers and of the whole data plane walk the
// same table.
//
// It is data. It must not know any other package of Weir, so that no test can
// bend a row to what the code does.
package hostile

import (
	"cmp"
	"slices"
	"strings"
)

// Request is one input of a client and what must become of it.
type Request struct {
	Row  int    // number in the notes' table; 0: beyond it
	Name string // what is odd, in a few words
	In   string // all that the client sends

	// Of the answer. Reason "" means that the endpoint's own answer, always 200, is
	// passed on, after Forwarded has reached the endpoint exactly once. Else nothing
	// complete reaches an endpoint. Status 0 is the close without a word.
	Status int
	Reason string // X-Weir-Reason
	Closes bool   // the connection ends behind the answer; else it serves on

	Forwarded Message

	// InBody says that the fault is behind the head. The endpoint may have got the
	// head before it came, never the end.
	InBody bool
	// Unfinished says that more would have to come: the client is silent from here.
	Unfinished bool
	// HalfClosed says that the client closes its side behind In.
	HalfClosed bool
}

// Message is what reaches the endpoint, without the fields that only Weir writes
// (X-Forwarded-*, X-Weir-Version, traceparent).
type Message struct {
	Head     string // byte for byte, the empty line included
	Body     string // decoded
	Trailers string // "Name: value" lines
}

// Requests is the table for clients, in the order of its rows, and what is beyond
// them last.
func Requests() []Request {
	var all []Request
	for _, part := range [][]Request{framing, lines, hosts, targets, sizes, chunks, bodies, hops} {
		all = append(all, part...)
	}
	return sorted(all, func(r Request) int { return r.Row })
}

// sorted puts rows in order, those without a number last.
func sorted[T any](all []T, row func(T) int) []T {
	const last = 100
	slices.SortStableFunc(all, func(a, b T) int {
		return cmp.Compare(cmp.Or(row(a), last), cmp.Or(row(b), last))
	})
	return all
}

// bad is an input that is refused, and after which the connection closes.
func bad(row int, name, in string, status int, reason string) Request {
	return Request{Row: row, Name: name, In: in, Status: status, Reason: reason, Closes: true}
}

// badBody is bad where the head alone was good.
func badBody(row int, name, in string) Request {
	r := bad(row, name, in, 400, "framing")
	r.InBody = true
	return r
}

// good is an input that is forwarded, without a body.
func good(row int, name, in, head string) Request {
	return Request{Row: row, Name: name, In: in, Status: 200, Forwarded: Message{Head: head}}
}

// goodBody is good with a body.
func goodBody(row int, name, in, head, body string) Request {
	r := good(row, name, in, head)
	r.Forwarded.Body = body
	return r
}

// closing is the same input where the connection ends behind the answer.
func closing(r Request) Request {
	r.Closes = true
	return r
}

// get and post are heads of requests to host a with more fields.
func get(fields ...string) string {
	return head("GET / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

func post(fields ...string) string {
	return head("POST / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

// chunked is a request with the chunked body.
func chunked(body string) string { return post("Transfer-Encoding: chunked") + body }

// line is a head that consists of the request line and a Host.
func line(l string) string { return head(l, "Host: a") }

func head(first string, fields ...string) string {
	return strings.Join(append([]string{first}, fields...), "\r\n") + "\r\n\r\n"
}

// repeat is n times the same field.
func repeat(field string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = field
	}
	return all
}
