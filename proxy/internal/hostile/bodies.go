package hostile

// bodies has the rows 47, 49, 50 and 54: bodies and heads that do not come, and
// what is said about those to come.
var bodies = []Request{
	cutOff(47, "end inside a length", post("Content-Length: 10")+"abc"),
	cutOff(47, "end before a length", post("Content-Length: 10")),
	cutOff(47, "end inside a chunk", chunked("5\r\nabc")),
	cutOff(47, "end between chunks", chunked("3\r\nabc\r\n")),
	cutOff(47, "end inside a size", chunked("3\r\nabc\r\n1")),
	cutOff(47, "end before the last line", chunked("3\r\nabc\r\n0\r\n")),
	cutOff(47, "end inside the last line", chunked("3\r\nabc\r\n0\r\n\r")),
	cutOff(47, "end inside the trailers", chunked("3\r\nabc\r\n0\r\nX: y\r\n")),
	cutOff(0, "end inside a head", "GET / HTTP/1.1\r\nHost: a\r\n"),
	cutOff(0, "end inside a request line", "GET / HT"),
	cutOff(0, "end before anything", ""),

	goodBody(49, "100-continue", post("Expect: 100-Continue", "Content-Length: 3")+"abc", post("Content-Length: 3"), "abc"),
	goodBody(49, "100-continue, chunked", post("Expect: 100-continue", "Transfer-Encoding: chunked")+"3\r\nabc\r\n0\r\n\r\n", post("Transfer-Encoding: chunked"), "abc"),
	good(49, "100-continue without a body", get("Expect: 100-continue"), get()),
	closing(goodBody(49, "100-continue in 1.0", head("POST / HTTP/1.0", "Host: a", "Expect: 100-continue", "Content-Length: 3")+"abc", post("Content-Length: 3"), "abc")),

	bad(50, "another expectation", post("Expect: y", "Content-Length: 3")+"abc", 417, "expect"),
	bad(50, "obfuscated expectation", post("Expect: y 100-continue", "Content-Length: 3")+"abc", 417, "expect"),
	bad(50, "list of expectations", post("Expect: 100-continue, y", "Content-Length: 3")+"abc", 417, "expect"),
	bad(50, "100-continue with a parameter", post("Expect: 100-continue;x", "Content-Length: 3")+"abc", 417, "expect"),
	bad(50, "empty expectation", post("Expect:", "Content-Length: 3")+"abc", 417, "expect"),
	bad(50, "second expectation", post("Expect: 100-continue", "Expect: 200-ok", "Content-Length: 3")+"abc", 417, "expect"),

	unfinished(54, "half a head", "GET / HTTP/1.1\r\nHost:", 408, "head_timeout"),
	unfinished(54, "one byte", "G", 408, "head_timeout"),
	unfinished(54, "all but the last byte", "GET / HTTP/1.1\r\nHost: a\r\n\r", 408, "head_timeout"),
	unfinished(54, "nothing", "", 0, ""),
	unfinished(54, "an empty line", "\r\n", 0, ""),
}

// cutOff is an input whose client closes its side before the end.
func cutOff(row int, name, in string) Request {
	return Request{Row: row, Name: name, In: in, Closes: true, InBody: true, HalfClosed: true}
}

// unfinished is an input whose client falls silent before the end.
func unfinished(row int, name, in string, status int, reason string) Request {
	r := bad(row, name, in, status, reason)
	r.Unfinished = true
	return r
}
