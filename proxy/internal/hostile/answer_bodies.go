package hostile

import "strings"

// behind has row 64: bytes behind the end of an answer. They are no answer to
// anything, and nobody may ever get them.
var behind = []Answer{
	unclean(goodAnswer(64, "a letter behind a length", ok("Content-Length: 3")+"abcd", "abc")),
	unclean(goodAnswer(64, "an answer behind a length", ok("Content-Length: 3")+"abc"+poison, "abc")),
	unclean(goodAnswer(64, "an answer behind length 0", ok("Content-Length: 0")+poison, "")),
	unclean(goodAnswer(64, "an empty line behind a length", ok("Content-Length: 3")+"abc\r\n", "abc")),
	unclean(goodAnswer(64, "an answer behind chunks", okChunked("3\r\nabc\r\n0\r\n\r\n")+poison, "abc")),
	unclean(goodAnswer(64, "a letter behind chunks", okChunked("3\r\nabc\r\n0\r\n\r\n")+"x", "abc")),
	unclean(withStatus(204, goodAnswer(64, "204 and an answer", head("HTTP/1.1 204 No Content")+poison, ""))),
	unclean(withStatus(204, goodAnswer(64, "204 with a length and a body", head("HTTP/1.1 204 No Content", "Content-Length: 3")+"abc", ""))),
	unclean(withStatus(204, goodAnswer(64, "204 with a length and no body yet", head("HTTP/1.1 204 No Content", "Content-Length: 3"), ""))),
	unclean(withStatus(204, goodAnswer(64, "204 with chunks", head("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked")+"3\r\nabc\r\n0\r\n\r\n", ""))),
	unclean(withStatus(304, goodAnswer(64, "304 with a body", head("HTTP/1.1 304 Not Modified", "Content-Length: 3")+"abc", ""))),
	unclean(withStatus(304, goodAnswer(64, "304 and an answer", head("HTTP/1.1 304 Not Modified")+poison, ""))),
	unclean(toHead(goodAnswer(64, "HEAD with a body", ok("Content-Length: 3")+"abc", ""))),
	unclean(toHead(goodAnswer(64, "HEAD with chunks", okChunked("3\r\nabc\r\n0\r\n\r\n"), ""))),
	unclean(toHead(goodAnswer(64, "HEAD and an answer", ok()+poison, ""))),
	withStatus(304, goodAnswer(64, "304 with a length and no body", head("HTTP/1.1 304 Not Modified", "Content-Length: 3"), "")),
	withStatus(204, goodAnswer(64, "204", head("HTTP/1.1 204 No Content"), "")),
	toHead(goodAnswer(64, "HEAD", ok("Content-Length: 3"), "")),
	unclean(goodAnswer(64, "closing, and an answer", ok("Connection: close", "Content-Length: 3")+"abc"+poison, "abc")),
	unclean(goodAnswer(64, "closing, in another case", ok("CONNECTION: x, Close", "Content-Length: 3")+"abc", "abc")),
	goodAnswer(64, "length", ok("Content-Length: 3")+"abc", "abc"),
	goodAnswer(64, "chunks", okChunked("3;x=y\r\nabc\r\n0\r\n\r\n"), "abc"),
}

// brokenBodies has row 65, and the chunked coding of endpoints.
var brokenBodies = []Answer{
	broke(65, "end in a length", ok("Content-Length: 10")+"abc", "abc"),
	broke(65, "end before a length", ok("Content-Length: 10"), ""),
	broke(65, "end in a chunk", okChunked("9\r\nabc"), "abc"),
	broke(65, "end behind a chunk", okChunked("3\r\nabc\r\n"), "abc"),
	broke(65, "end before chunks", okChunked(""), ""),
	broke(65, "end in a size", okChunked("3\r\nabc\r\n1"), "abc"),
	broke(65, "end before the last line", okChunked("3\r\nabc\r\n0\r\n"), "abc"),
	broke(65, "end in the last line", okChunked("3\r\nabc\r\n0\r\n\r"), "abc"),
	broke(65, "end in the trailers", okChunked("3\r\nabc\r\n0\r\nX: y\r\n"), "abc"),
	whole(65, "end of a body without a length", ok()+"abc", "abc"),
	whole(65, "end of a body of 1.0", head("HTTP/1.0 200 OK")+"abc", "abc"),

	broken(0, "size 0x3", okChunked("0x3\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "size -3", okChunked("-3\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "17 digits", okChunked("00000000000000003\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "size too large", okChunked("ffffffffffffffff\r\nabc"), ""),
	broken(0, "empty size", okChunked("\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "space behind the size", okChunked("3 \r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "bare LF behind the size", okChunked("3\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "bare LF behind the data", okChunked("3\r\nabc\n0\r\n\r\n"), "abc"),
	broken(0, "bare LF at the end", okChunked("3\r\nabc\r\n0\r\n\n"), "abc"),
	broken(0, "LF in an extension", okChunked("3;a\nb\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "NUL in an extension", okChunked("3;\x00\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "extension of 5 KiB", okChunked("3;"+strings.Repeat("a", 5<<10)+"\r\nabc\r\n0\r\n\r\n"), ""),
	broken(0, "data longer than its size", okChunked("3\r\nabcd\r\n0\r\n\r\n"), "abc"),
	broken(0, "an answer instead of the end", okChunked("3\r\nabc\r\n")+poison, "abc"),
	broken(0, "bad trailer", okChunked("3\r\nabc\r\n0\r\nX y\r\n\r\n"), "abc"),
	broken(0, "trailers of 40 KiB", okChunked("3\r\nabc\r\n0\r\nX: "+strings.Repeat("a", 40<<10)+"\r\n\r\n"), "abc"),
	broken(0, "10 000 trailers", okChunked("3\r\nabc\r\n0\r\n"+strings.Repeat("X: y\r\n", 10_000)+"\r\n"), "abc"),
	goodAnswer(0, "forbidden trailers", okChunked("3\r\nabc\r\n0\r\nContent-Length: 9\r\nSet-Cookie: x\r\n\r\n"), "abc"),
}

// whole is a good answer that the endpoint's close ends.
func whole(row int, name, in, body string) Answer {
	a := unclean(goodAnswer(row, name, in, body))
	a.Ends = true
	return a
}

func withStatus(status int, a Answer) Answer {
	a.Status = status
	return a
}

func toHead(a Answer) Answer {
	a.ToHead = true
	return a
}
