package hostile

// Answer is one input of an endpoint, sent in place of the answer to a GET, and
// what its client must see of it.
type Answer struct {
	Row    int
	Name   string
	In     string // all that the endpoint sends
	ToHead bool   // the request was HEAD
	Ends   bool   // the endpoint closes the connection behind In; else it waits for more

	// What the client sees. With a Reason it is Weir's own 502, and the client's
	// connection serves on; without, the endpoint's answer.
	Status int
	Reason string
	Body   string // decoded; where Cut, all that may come of it
	Cut    bool   // the client's connection breaks off in the body: nobody may take it for whole

	// Kept says that the endpoint's connection serves another request.
	Kept bool
}

// Answers is the table for endpoints, in the order of its rows, and what is beyond
// them last.
func Answers() []Answer {
	all := append(append([]Answer(nil), badHeads...), behind...)
	return sorted(append(all, brokenBodies...), func(a Answer) int { return a.Row })
}

// badAnswer is one of which nothing is passed on.
func badAnswer(row int, name, in string) Answer {
	return Answer{Row: row, Name: name, In: in, Status: 502, Reason: "upstream_answer"}
}

// goodAnswer is passed on; the endpoint's connection serves on.
func goodAnswer(row int, name, in, body string) Answer {
	return Answer{Row: row, Name: name, In: in, Status: 200, Body: body, Kept: true}
}

// unclean is a good answer behind which nobody trusts the connection.
func unclean(a Answer) Answer {
	a.Kept = false
	return a
}

// broken is an answer whose head was good and whose body breaks off.
func broken(row int, name, in, body string) Answer {
	return Answer{Row: row, Name: name, In: in, Status: 200, Body: body, Cut: true}
}

// broke is the same where the break is the endpoint's close.
func broke(row int, name, in, body string) Answer {
	a := broken(row, name, in, body)
	a.Ends = true
	return a
}

// ok is the head of a 200 with the fields.
func ok(fields ...string) string { return head("HTTP/1.1 200 OK", fields...) }

// okChunked is a 200 with the chunked body.
func okChunked(body string) string { return ok("Transfer-Encoding: chunked") + body }
