package hostile

import "strings"

// hops has the rows 51, 52 and 57: what one hop says to the next, and what only
// Weir may say.
var hops = []Request{
	closing(good(51, "close and a name of ours", get("Connection: close, X-Forwarded-For", "X-Forwarded-For: 1.2.3.4"), get())),
	good(51, "names of ours", get("Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-Version"), get()),
	good(51, "a named field, in any case", get("x-FOO: 1", "Connection: X-Foo", "X-Bar: 2", "X-Foo: 3"), get("X-Bar: 2")),
	good(51, "Connection that names itself", get("Connection: connection", "Connection: X-Foo", "X-Foo: 1"), get()),
	good(51, "empty elements", get("Connection: ,, X-Foo ,", "X-Foo: 1"), get()),
	good(51, "Host", get("Connection: Host"), get()),
	goodBody(51, "the length", post("Connection: Content-Length", "Content-Length: 3")+"abc", post("Content-Length: 3"), "abc"),
	goodBody(51, "the coding", post("Connection: transfer-encoding", "Transfer-Encoding: chunked")+"3\r\nabc\r\n0\r\n\r\n", post("Transfer-Encoding: chunked"), "abc"),
	good(51, "Cache-Control is for everybody", get("Connection: Cache-Control", "Cache-Control: no-store"), get("Cache-Control: no-store")),
	good(51, "the usual hop-by-hop fields", get("Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: close", "Proxy-Authorization: Basic x", "HTTP2-Settings: AAM", "Trailer: X"), get()),
	bad(51, "quoted option", get(`Connection: "close"`), 400, "bad_header"),
	bad(51, "two words", get("Connection: close x"), 400, "bad_header"),
	bad(51, "too many names", get("Connection: "+strings.Repeat("a,", 33)), 400, "bad_header"),

	good(52, "Upgrade without the option", get("Upgrade: websocket"), get()),
	good(52, "h2c", get("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAM"), get()),
	goodBody(52, "Upgrade with a body", post("Upgrade: websocket", "Connection: upgrade", "Content-Length: 3")+"abc", post("Content-Length: 3"), "abc"),
	closing(good(52, "Upgrade in 1.0", head("GET / HTTP/1.0", "Host: a", "Upgrade: websocket", "Connection: upgrade"), get())),

	good(57, "forwarding fields of a stranger", get("X-Forwarded-For: 1.2.3.4", "X-FORWARDED-proto: https", "X-Forwarded-Host: evil", "X-Forwarded-Port: 1", "X-Forwarded: for=1", "Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4", "X-Weir-Version: v9", "X-Forwarder: z"), get("X-Forwarder: z")),
	good(57, "aliases", get("X_Forwarded_For: 1.2.3.4", "X_Real_IP: 1.2.3.4"), get()),
}
