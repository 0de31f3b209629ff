package hostile

import "strings"

// chunks has the rows 41 to 46: the chunked coding. After each fault stands what
// a reader that repairs it would take for the end.
var chunks = []Request{
	badBody(41, "LF in an extension", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")),
	badBody(41, "LF ends an extension", chunked("3;a\nabc\r\n0\r\n\r\n")),
	badBody(41, "CR in an extension", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n")),
	badBody(41, "CR CR LF behind an extension", chunked("3;a\r\r\nabc\r\n0\r\n\r\n")),
	badBody(41, "LF in the last chunk's extension", chunked("3\r\nabc\r\n0;\n\r\n\r\n")),
	badBody(41, "two views of an extension", chunked("2;\nxx\r\n4c\r\n0\r\n\r\n"+get()+"\r\n0\r\n\r\n")),

	badBody(42, "NUL in an extension", chunked("3;a\x00\r\nabc\r\n0\r\n\r\n")),
	badBody(42, "DEL in an extension", chunked("3;a\x7f\r\nabc\r\n0\r\n\r\n")),
	badBody(42, "extension of 4 KiB and a byte", chunked("3;"+strings.Repeat("a", 4<<10)+"\r\nabc\r\n0\r\n\r\n")),
	badBody(42, "extensions over 80 %", chunked(strings.Repeat("1;"+strings.Repeat("a", 100)+"\r\nx\r\n", 100)+"0\r\n\r\n")),
	goodBody(42, "legal extensions are dropped", chunked("3;a=\"b;c\";d\r\nabc\r\n0;e\r\n\r\n"), post("Transfer-Encoding: chunked"), "abc"),
	goodBody(42, "longest extension", chunked("3;"+strings.Repeat("a", 4<<10-1)+"\r\nabc\r\n0\r\n\r\n"), post("Transfer-Encoding: chunked"), "abc"),
	goodBody(42, "chunks of one byte", chunked(strings.Repeat("1\r\nx\r\n", 300)+"0\r\n\r\n"), post("Transfer-Encoding: chunked"), strings.Repeat("x", 300)),

	badBody(43, "size 0x3", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "size -3", chunked("-3\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "size +3", chunked("+3\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "size -0", chunked("-0\r\n\r\n")),
	badBody(43, "size 1_0", chunked("1_0\r\n0123456789abcdef\r\n0\r\n\r\n")),
	badBody(43, "size 3.", chunked("3.\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "size 3h", chunked("3h\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "size in quotes", chunked("\"3\"\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "17 digits", chunked("00000000000000003\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "above the largest size", chunked("8000000000000000\r\nabc")),
	badBody(43, "size that wraps to 3", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "negative as unsigned", chunked("ffffffffffffffff\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "empty size", chunked("\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "only an extension", chunked(";a\r\nabc\r\n0\r\n\r\n")),
	badBody(43, "NUL before the size", chunked("\x003\r\nabc\r\n0\r\n\r\n")),
	goodBody(43, "16 digits", chunked("0000000000000003\r\nabc\r\n0000\r\n\r\n"), post("Transfer-Encoding: chunked"), "abc"),
	goodBody(43, "both cases", chunked("a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"), post("Transfer-Encoding: chunked"), "01234567890123456789a"),

	badBody(44, "space behind the size", chunked("3 \r\nabc\r\n0\r\n\r\n")),
	badBody(44, "tab behind the size", chunked("3\t\r\nabc\r\n0\r\n\r\n")),
	badBody(44, "space before the size", chunked(" 3\r\nabc\r\n0\r\n\r\n")),
	badBody(44, "space before an extension", chunked("3 ;a\r\nabc\r\n0\r\n\r\n")),
	badBody(44, "space behind the last size", chunked("3\r\nabc\r\n0 \r\n\r\n")),

	badBody(45, "bare LF behind the size", chunked("3\nabc\r\n0\r\n\r\n")),
	badBody(45, "bare LF behind the data", chunked("3\r\nabc\n0\r\n\r\n")),
	badBody(45, "bare LF behind the last size", chunked("3\r\nabc\r\n0\n\r\n")),
	badBody(45, "bare LF at the end", chunked("3\r\nabc\r\n0\r\n\n")),
	badBody(45, "bare CR behind the size", chunked("3\rabc\r\n0\r\n\r\n")),
	badBody(45, "bare CR behind the data", chunked("3\r\nabc\r0\r\n\r\n")),
	badBody(45, "CR X at the end", chunked("3\r\nabc\r\n0\r\n\rX")),
	badBody(45, "data longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n")),
	badBody(45, "data shorter than its size", chunked("5\r\nabc\r\n0\r\n\r\n")),
	badBody(45, "nothing between two chunks", chunked("3\r\nabc3\r\nabc\r\n0\r\n\r\n")),
	badBody(45, "a request instead of the end", chunked("3\r\nabc\r\n"+get())),
	badBody(45, "a request behind size 0", chunked("0\r\n"+get())),
	badBody(45, "bare LF in a trailer", chunked("0\r\nX: y\n\r\n")),
	badBody(45, "trailer without a colon", chunked("0\r\nX y\r\n\r\n")),
	badBody(45, "folded trailer", chunked("0\r\nX: y\r\n z\r\n\r\n")),
	badBody(45, "NUL in a trailer", chunked("0\r\nX: y\x00\r\n\r\n")),
	badBody(45, "trailers of 32 KiB", chunked("0\r\nX: "+strings.Repeat("a", 32<<10)+"\r\n\r\n")),
	badBody(45, "101 trailers", chunked("0\r\n"+strings.Repeat("X: y\r\n", 101)+"\r\n")),

	trailed(46, "framing and routing in trailers", "X-Sum: 1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nhost: evil\r\n", "X-Sum: 1\r\n"),
	trailed(46, "credentials in trailers", "Authorization: b\r\nCookie: c\r\nSet-Cookie: d\r\nX-Sum: 1\r\n", "X-Sum: 1\r\n"),
	trailed(46, "our own fields in trailers", "X-Forwarded-For: 6.6.6.6\r\nX-Weir-Version: v9\r\nForwarded: for=6.6.6.6\r\n", ""),
	trailed(46, "hop-by-hop in trailers", "Connection: close\r\nTrailer: x\r\nUpgrade: x\r\nTE: trailers\r\nX_Y: z\r\n", ""),
}

// trailed is a chunked request whose trailers are said, and those that get through.
func trailed(row int, name, said, kept string) Request {
	r := goodBody(row, name, chunked("3\r\nabc\r\n0\r\n"+said+"\r\n"), post("Transfer-Encoding: chunked"), "abc")
	r.Forwarded.Trailers = kept
	return r
}
