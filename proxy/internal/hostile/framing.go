package hostile

// framing has the rows 1 to 11: what a head says about its body.
var framing = []Request{
	bad(1, "length and chunked", post("Content-Length: 3", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(1, "chunked and length", post("Transfer-Encoding: chunked", "Content-Length: 5")+"0\r\n\r\n", 400, "framing"),
	bad(1, "length 0 and chunked", post("Content-Length: 0", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(1, "chunked and a request in the length", post("Transfer-Encoding: chunked", "Content-Length: 45")+"0\r\n\r\n"+get(), 400, "framing"),
	bad(1, "length and an unknown coding", post("Content-Length: 3", "Transfer-Encoding: x")+"abc", 400, "framing"),
	bad(1, "length and chunked in a GET", get("Content-Length: 3", "transfer-encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(1, "length and chunked in 1.0", head("POST / HTTP/1.0", "Content-Length: 3", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),

	bad(2, "two equal lengths", post("Content-Length: 3", "Content-Length: 3")+"abc", 400, "framing"),
	bad(2, "two lengths", post("Content-Length: 3", "content-length: 4")+"abcd", 400, "framing"),
	bad(2, "length 0 and another", post("Content-Length: 0", "X: y", "CONTENT-LENGTH: 44")+get(), 400, "framing"),

	bad(3, "list of lengths", post("Content-Length: 3, 3")+"abc", 400, "framing"),
	bad(3, "length and a comma", post("Content-Length: 3,")+"abc", 400, "framing"),
	bad(3, "length plus", post("Content-Length: +3")+"abc", 400, "framing"),
	bad(3, "length minus", post("Content-Length: -3")+"abc", 400, "framing"),
	bad(3, "length minus zero", post("Content-Length: -0")+"", 400, "framing"),
	bad(3, "empty length", post("Content-Length:")+"abc", 400, "framing"),
	bad(3, "blank length", post("Content-Length: \t ")+"abc", 400, "framing"),
	bad(3, "hexadecimal length", post("Content-Length: 0x3")+"abc", 400, "framing"),
	bad(3, "length with a space inside", post("Content-Length: 1 3")+"abc", 400, "framing"),
	bad(3, "length with an underscore", post("Content-Length: 1_0")+"0123456789", 400, "framing"),
	bad(3, "length with a fraction", post("Content-Length: 3.0")+"abc", 400, "framing"),
	bad(3, "length with an exponent", post("Content-Length: 3e0")+"abc", 400, "framing"),
	bad(3, "quoted length", post(`Content-Length: "3"`)+"abc", 400, "framing"),
	bad(3, "length with a parameter", post("Content-Length: 3;a=b")+"abc", 400, "framing"),
	bad(3, "length in other digits", post("Content-Length: \xef\xbc\x93")+"abc", 400, "framing"),

	bad(4, "length of 20 digits", post("Content-Length: 10000000000000000000"), 400, "framing"),
	bad(4, "one above the largest length", post("Content-Length: 9223372036854775808"), 400, "framing"),
	bad(4, "length that wraps to 3", post("Content-Length: 18446744073709551619")+"abc", 400, "framing"),
	bad(4, "length that wraps 32 bits to 3", post("Content-Length: 340282366920938463463374607431768211459")+"abc", 400, "framing"),

	goodBody(5, "leading zeros", post("Content-Length: 0003")+"abc", post("Content-Length: 3"), "abc"),
	goodBody(5, "very many zeros", post("Content-Length: 0000000000000000000000000000003")+"abc", post("Content-Length: 3"), "abc"),
	goodBody(5, "space around the length", post("Content-Length:\t 3 \t")+"abc", post("Content-Length: 3"), "abc"),
	goodBody(5, "zero", post("Content-Length: 000"), post("Content-Length: 0"), ""),

	bad(6, "unknown coding", post("Transfer-Encoding: xchunked")+"0\r\n\r\n", 501, "transfer_coding"),
	bad(6, "gzip, chunked", post("Transfer-Encoding: gzip, chunked")+"0\r\n\r\n", 501, "transfer_coding"),
	bad(6, "gzip alone", post("Transfer-Encoding: gzip")+"0\r\n\r\n", 501, "transfer_coding"),
	bad(6, "chunked with a letter behind it", post("Transfer-Encoding: chunkedx")+"0\r\n\r\n", 501, "transfer_coding"),
	bad(6, "chunked with a hyphen", post("Transfer-Encoding: -chunked")+"0\r\n\r\n", 501, "transfer_coding"),

	bad(7, "chunked, gzip", post("Transfer-Encoding: chunked, gzip")+"0\r\n\r\n", 400, "framing"),
	bad(7, "chunked, then a coding with a parameter", post("Transfer-Encoding: chunked, x;a=b")+"0\r\n\r\n", 400, "framing"),

	bad(8, "identity", post("Transfer-Encoding: identity"), 400, "framing"),
	bad(8, "identity with a length", post("Transfer-Encoding: identity", "Content-Length: 3")+"abc", 400, "framing"),
	bad(8, "identity, chunked", post("Transfer-Encoding: identity, chunked")+"0\r\n\r\n", 400, "framing"),
	bad(8, "Identity in a GET", get("Transfer-Encoding: Identity"), 400, "framing"),

	bad(9, "chunked in two lines", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(9, "chunked and another line", post("Transfer-Encoding: chunked", "Transfer-encoding: x")+"0\r\n\r\n", 400, "framing"),
	bad(9, "another line and chunked", post("Transfer-Encoding: x", "transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(9, "empty line and chunked", post("Transfer-Encoding:", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(9, "chunked, chunked", post("Transfer-Encoding: chunked, chunked")+"0\r\n\r\n", 400, "framing"),
	bad(9, "chunked with a parameter", post("Transfer-Encoding: chunked;a=b")+"0\r\n\r\n", 400, "framing"),
	bad(9, "chunked with an empty parameter", post("Transfer-Encoding: chunked;")+"0\r\n\r\n", 400, "framing"),
	bad(9, "chunked and an empty element", post("Transfer-Encoding: chunked,")+"0\r\n\r\n", 400, "framing"),
	bad(9, "an empty element and chunked", post("Transfer-Encoding: ,chunked")+"0\r\n\r\n", 400, "framing"),
	bad(9, "two words", post("Transfer-Encoding: chunked x")+"0\r\n\r\n", 400, "framing"),
	bad(9, "double-quoted", post(`Transfer-Encoding: "chunked"`)+"0\r\n\r\n", 400, "framing"),
	bad(9, "empty coding", post("Transfer-Encoding:")+"0\r\n\r\n", 400, "framing"),
	bad(9, "single-quoted", post("Transfer-Encoding: 'chunked'")+"0\r\n\r\n", 501, "transfer_coding"), // a token, if an odd one
	goodBody(9, "chunked in capitals", post("Transfer-Encoding: CHUNKED")+"3\r\nabc\r\n0\r\n\r\n", post("Transfer-Encoding: chunked"), "abc"),
	goodBody(9, "chunked between tabs", post("Transfer-Encoding:\tchunked\t")+"3\r\nabc\r\n0\r\n\r\n", post("Transfer-Encoding: chunked"), "abc"),
	goodBody(9, "chunked in a GET", get("Transfer-Encoding: chunked")+"3\r\nabc\r\n0\r\n\r\n", get("Transfer-Encoding: chunked"), "abc"),

	bad(10, "VT before chunked", post("Transfer-Encoding: \vchunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(10, "FF behind chunked", post("Transfer-Encoding: chunked\f")+"0\r\n\r\n", 400, "bad_header"),
	bad(10, "NUL behind chunked", post("Transfer-Encoding: chunked\x00")+"0\r\n\r\n", 400, "bad_header"),
	bad(10, "DEL behind chunked", post("Transfer-Encoding: chunked\x7f")+"0\r\n\r\n", 400, "bad_header"),
	bad(10, "no-break space before chunked", post("Transfer-Encoding: \xa0chunked")+"0\r\n\r\n", 400, "framing"),

	bad(11, "chunked in 1.0", head("POST / HTTP/1.0", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(11, "chunked in 1.0, kept open", head("POST / HTTP/1.0", "Host: a", "Connection: keep-alive", "Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "framing"),
	bad(11, "gzip in 1.0", head("POST / HTTP/1.0", "Transfer-Encoding: gzip")+"0\r\n\r\n", 400, "framing"),

	// CL.0: methods that usually have no body. It must be taken with the request,
	// or it would be the next one.
	goodBody(0, "a request in the body of a GET", get("Content-Length: 28")+"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", get("Content-Length: 28"), "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
	goodBody(0, "a request in the body of an OPTIONS", head("OPTIONS / HTTP/1.1", "Host: a", "Content-Length: 18")+"GET /x HTTP/1.1\r\n\r", head("OPTIONS / HTTP/1.1", "Host: a", "Content-Length: 18"), "GET /x HTTP/1.1\r\n\r"),
	goodBody(0, "a chunked DELETE", head("DELETE / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")+"1\r\nG\r\n0\r\n\r\n", head("DELETE / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"), "G"),
	goodBody(0, "a HEAD with a body", head("HEAD / HTTP/1.1", "Host: a", "Content-Length: 1")+"G", head("HEAD / HTTP/1.1", "Host: a", "Content-Length: 1"), "G"),
}
