package hostile

// lines has the rows 12 to 20: the form of header lines.
var lines = []Request{
	bad(12, "space before the colon", post("Content-Length : 3")+"abc", 400, "bad_header"),
	bad(12, "tab before the colon", post("Content-Length\t: 3")+"abc", 400, "bad_header"),
	bad(12, "space before the colon of a coding", post("Transfer-Encoding : chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(12, "space before the colon of Host", head("GET / HTTP/1.1", "Host : a"), 400, "bad_header"),
	bad(12, "NUL before the colon", post("Content-Length\x00: 3")+"abc", 400, "bad_header"),
	bad(12, "VT before the colon", post("Content-Length\v: 3")+"abc", 400, "bad_header"),
	bad(12, "LF before the colon", post("Transfer-Encoding\n: chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(12, "CRLF before the colon", post("Transfer-Encoding\r\n: chunked")+"0\r\n\r\n", 400, "bad_header"),

	bad(13, "space in a name", get("X Y: z"), 400, "bad_header"),
	bad(13, "Transfer Encoding", post("Transfer Encoding: chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(13, "tab in a name", get("Transfer\tEncoding: chunked"), 400, "bad_header"),

	bad(14, "empty name", get(": x"), 400, "bad_header"),
	bad(14, "name with parentheses", get("X(Y): z"), 400, "bad_header"),
	bad(14, "name with a slash", get("X/Y: z"), 400, "bad_header"),
	bad(14, "name beyond ASCII", get("X\xe9: z"), 400, "bad_header"),
	bad(14, "name with NUL", get("X\x00Y: z"), 400, "bad_header"),
	bad(14, "name with a control", get("X\x1fY: z"), 400, "bad_header"),
	bad(14, "name in quotes", get(`"Content-Length": 3`), 400, "bad_header"),
	bad(14, "no colon", get("Content-Length 3"), 400, "bad_header"),
	bad(14, "request line among the fields", get("GET /x HTTP/1.1"), 400, "bad_header"),

	good(15, "underscore names", get("Content_Length: 3", "X: y", "X_Forwarded_For: 1.2.3.4", "Transfer_Encoding: chunked", "_: z"), get("X: y")),
	good(15, "underscore and hyphen", get("X-Forwarded_For: 1.2.3.4", "Content_Length: x"), get()),

	bad(16, "fold", get("X-A: b", " c"), 400, "bad_header"),
	bad(16, "fold with a tab", get("X-A: b", "\tc: d"), 400, "bad_header"),
	bad(16, "folded coding", post("Transfer-Encoding:", " chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(16, "coding hidden in a fold", post("X: y", " Transfer-Encoding: chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(16, "fold as the last line", get("X: y", " "), 400, "bad_header"),
	bad(16, "fold behind Host", head("GET / HTTP/1.1", "Host: a", "\t.evil"), 400, "bad_header"),

	bad(17, "blank first line", head("GET / HTTP/1.1", " ", "Host: a"), 400, "bad_header"),
	bad(17, "folded first line", head("GET / HTTP/1.1", " X: y", "Host: a"), 400, "bad_header"),
	bad(17, "tab before Host", head("GET / HTTP/1.1", "\tHost: b", "Host: a"), 400, "bad_header"),

	bad(18, "bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\r\nX: y\nZ: w\r\n\r\n", 400, "bad_header"),
	bad(18, "bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bad_version"),
	bad(18, "bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400, "bad_version"),
	bad(18, "coding behind a bare LF", post("X: y\nTransfer-Encoding: chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(18, "bare LF before a field", "GET / HTTP/1.1\r\nHost: a\r\n\nX: y\r\n\r\n", 400, "bad_header"),
	bad(18, "bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_method"),

	bad(19, "LF LF, then another request", "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_header"),
	bad(19, "CRLF LF, then another request", "GET / HTTP/1.1\r\nHost: a\r\n\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_header"),
	bad(19, "LF CRLF", "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_header"),

	bad(20, "bare CR in a value", get("X: a\rb"), 400, "bad_header"),
	bad(20, "bare CR hides a coding", post("X: a\rTransfer-Encoding: chunked")+"0\r\n\r\n", 400, "bad_header"),
	bad(20, "bare CR at a value's start", get("X: \ra"), 400, "bad_header"),
	bad(20, "CR CR LF", get("X: a\r"), 400, "bad_header"),
	bad(20, "CR at a line's start", get("\rX: a"), 400, "bad_header"),
	bad(20, "CR in a name", get("X\r: a"), 400, "bad_header"),
	bad(20, "CR LF CR and more", "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", 400, "bad_header"),
	bad(20, "bare CR for all line ends", "GET / HTTP/1.1\rHost: a\r\r\n\r\n", 400, "bad_version"),
	bad(20, "NUL in a value", get("X: a\x00b"), 400, "bad_header"),
	bad(20, "NUL in a length", post("Content-Length: 3\x00")+"abc", 400, "bad_header"),
	bad(20, "BEL in a value", get("X: a\ab"), 400, "bad_header"),
	good(20, "bytes beyond ASCII in a value", get("X: \xff\x80 \tq"), get("X: \xff\x80 \tq")),
	good(20, "empty value", get("X:", "Y: \t"), get("X:", "Y: \t")),
}
