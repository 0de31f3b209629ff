package hostile

import "strings"

// targets has the rows 26 to 37: the request line.
var targets = []Request{
	good(26, "two slashes", line("GET //evil/x HTTP/1.1"), line("GET //evil/x HTTP/1.1")),
	good(26, "two slashes and a URL", line("GET //evil?u=http://b/ HTTP/1.1"), line("GET //evil?u=http://b/ HTTP/1.1")),
	good(26, "at sign", line("GET //u@evil:80/x HTTP/1.1"), line("GET //u@evil:80/x HTTP/1.1")),
	good(26, "backslashes", line(`GET /\evil/..\x HTTP/1.1`), line(`GET /\evil/..\x HTTP/1.1`)),
	good(26, "dots and escapes", line("GET /a/%2e%2E/../%2F;x//?a=%0d%0a HTTP/1.1"), line("GET /a/%2e%2E/../%2F;x//?a=%0d%0a HTTP/1.1")),
	good(26, "empty query", line("GET /a? HTTP/1.1"), line("GET /a? HTTP/1.1")),

	bad(27, "GET *", line("GET * HTTP/1.1"), 400, "bad_target"),
	bad(27, "OPTIONS with more than *", line("OPTIONS *x HTTP/1.1"), 400, "bad_target"),
	bad(27, "GET foo", line("GET foo HTTP/1.1"), 400, "bad_target"),
	bad(27, "GET ?x", line("GET ?x HTTP/1.1"), 400, "bad_target"),
	bad(27, "GET of an authority", line("GET a:80 HTTP/1.1"), 400, "bad_target"),
	bad(27, "GET ./", line("GET ./x HTTP/1.1"), 400, "bad_target"),
	bad(27, "empty target", line("GET  HTTP/1.1"), 400, "bad_target"),

	good(28, "OPTIONS *", line("OPTIONS * HTTP/1.1"), line("OPTIONS * HTTP/1.1")),

	bad(29, "CONNECT", line("CONNECT a:443 HTTP/1.1"), 405, "method"),
	bad(29, "CONNECT origin-form", line("CONNECT / HTTP/1.1"), 405, "method"),
	bad(29, "CONNECT in 1.0", line("CONNECT a:443 HTTP/1.0"), 405, "method"),
	good(29, "connect, another method", line("connect / HTTP/1.1"), line("connect / HTTP/1.1")),

	{Row: 30, Name: "TRACE", In: line("TRACE / HTTP/1.1"), Status: 405, Reason: "method"},
	bad(30, "TRACE with a body", head("TRACE / HTTP/1.1", "Host: a", "Content-Length: 3")+"abc", 405, "method"),
	bad(30, "TRACE and close", head("TRACE / HTTP/1.1", "Host: a", "Connection: close"), 405, "method"),

	bad(31, "space in the target", line("GET /a b HTTP/1.1"), 400, "bad_version"),
	bad(31, "TAB in the target", line("GET /a\tb HTTP/1.1"), 400, "bad_target"),
	bad(31, "control in the target", line("GET /a\x01b HTTP/1.1"), 400, "bad_target"),
	bad(31, "DEL in the target", line("GET /a\x7fb HTTP/1.1"), 400, "bad_target"),
	bad(31, "NUL in the target", line("GET /a\x00b HTTP/1.1"), 400, "bad_target"),
	bad(31, "CR in the target", line("GET /a\rb HTTP/1.1"), 400, "bad_target"),
	bad(31, "two spaces before the target", line("GET  / HTTP/1.1"), 400, "bad_version"),
	bad(31, "two spaces before the version", line("GET /  HTTP/1.1"), 400, "bad_version"),
	bad(31, "tab before the version", line("GET /\tHTTP/1.1"), 400, "bad_target"),
	bad(31, "tab behind the method", line("GET\t/ HTTP/1.1"), 400, "bad_method"),
	bad(31, "trailing space", line("GET / HTTP/1.1 "), 400, "bad_version"),
	bad(31, "leading space", line(" GET / HTTP/1.1"), 400, "bad_method"),
	bad(31, "a second version", line("GET / HTTP/1.1 HTTP/1.1"), 400, "bad_version"),
	bad(31, "a field behind the version", line("GET / HTTP/1.1 X: y"), 400, "bad_version"),

	good(32, "bytes from 0x80", line("GET /\xc3\xa9\xff\x80 HTTP/1.1"), line("GET /\xc3\xa9\xff\x80 HTTP/1.1")),

	bad(33, "fragment", line("GET /a#b HTTP/1.1"), 400, "bad_target"),
	bad(33, "fragment in absolute-form", line("GET http://b/#x HTTP/1.1"), 400, "bad_target"),

	bad(34, "method not a token", line("G(T / HTTP/1.1"), 400, "bad_method"),
	bad(34, "method with NUL", line("G\x00T / HTTP/1.1"), 400, "bad_method"),
	bad(34, "method beyond ASCII", line("G\xcbT / HTTP/1.1"), 400, "bad_method"),
	bad(34, "method with a colon", line("GET: / HTTP/1.1"), 400, "bad_method"),
	bad(34, "no method", line("/ HTTP/1.1"), 400, "bad_method"),
	bad(34, "method of 33 bytes", line(strings.Repeat("A", 33)+" / HTTP/1.1"), 501, "method"),
	good(34, "method of 32 bytes", line(strings.Repeat("A", 32)+" / HTTP/1.1"), line(strings.Repeat("A", 32)+" / HTTP/1.1")),
	good(34, "small letters", line("get / HTTP/1.1"), line("get / HTTP/1.1")),
	bad(34, "TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad_method"),
	bad(34, "PROXY protocol 2", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c", 400, "bad_method"),

	bad(35, "HTTP/2.0", line("GET / HTTP/2.0"), 505, "version"),
	bad(35, "HTTP/3.7", line("GET / HTTP/3.7"), 505, "version"),
	bad(35, "HTTP/9.9", line("GET / HTTP/9.9"), 505, "version"),
	bad(35, "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version"),

	good(36, "HTTP/1.2", line("GET / HTTP/1.2"), line("GET / HTTP/1.1")),
	good(36, "HTTP/1.9", line("GET / HTTP/1.9"), line("GET / HTTP/1.1")),

	bad(37, "HTTP/0.9", line("GET / HTTP/0.9"), 400, "bad_version"),
	bad(37, "no version", "GET /\r\n\r\n", 400, "bad_target"),
	bad(37, "http/1.1", line("GET / http/1.1"), 400, "bad_version"),
	bad(37, "HTTP/1.10", line("GET / HTTP/1.10"), 400, "bad_version"),
	bad(37, "HTTP/01.1", line("GET / HTTP/01.1"), 400, "bad_version"),
	bad(37, "HTTP/1", line("GET / HTTP/1"), 400, "bad_version"),
	bad(37, "HTTP/1,1", line("GET / HTTP/1,1"), 400, "bad_version"),
	bad(37, "HTTP/-1.1", line("GET / HTTP/-1.1"), 400, "bad_version"),
	bad(37, "HTTP/1.x", line("GET / HTTP/1.x"), 400, "bad_version"),
	bad(37, "HTTP 1.1", line("GET / HTTP 1.1"), 400, "bad_version"),
	bad(37, "HTTPS/1.1", line("GET / HTTPS/1.1"), 400, "bad_version"),
	bad(37, "RTSP/1.0", line("GET / RTSP/1.0"), 400, "bad_version"),
	bad(37, "PROXY protocol 1", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"+line("GET / HTTP/1.1"), 400, "bad_version"),
}
