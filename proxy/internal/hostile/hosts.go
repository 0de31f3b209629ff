package hostile

import "fmt"

// hosts has the rows 21 to 25: whom a request is for.
var hosts = append([]Request{
	bad(21, "no Host", head("GET / HTTP/1.1"), 400, "bad_host"),
	bad(21, "no Host beside absolute-form", head("GET http://b/ HTTP/1.1"), 400, "bad_host"),
	bad(21, "two Hosts", get("Host: b"), 400, "bad_host"),
	bad(21, "the same Host twice", get("hOST: a"), 400, "bad_host"),
	bad(21, "two Hosts in 1.0", head("GET / HTTP/1.0", "Host: a", "Host: b"), 400, "bad_host"),
	bad(21, "empty Host", head("GET / HTTP/1.1", "Host:"), 400, "bad_host"),
	bad(21, "blank Host", head("GET / HTTP/1.1", "Host: \t "), 400, "bad_host"),
	bad(21, "an empty Host and another", get("Host:"), 400, "bad_host"),
	closing(good(21, "no Host in 1.0", head("GET / HTTP/1.0"), "GET / HTTP/1.1\r\nHost: ENDPOINT\r\n\r\n")),
	good(21, "Host in capitals", head("GET / HTTP/1.1", "HOST:A"), head("GET / HTTP/1.1", "Host: A")),

	good(22, "IPv6", head("GET / HTTP/1.1", "Host: [2001:db8::1]:8080"), head("GET / HTTP/1.1", "Host: [2001:db8::1]:8080")),
	good(22, "IPv4 in IPv6", head("GET / HTTP/1.1", "Host: [::ffff:1.2.3.4]"), head("GET / HTTP/1.1", "Host: [::ffff:1.2.3.4]")),
	good(22, "port", head("GET / HTTP/1.1", "Host: a.example:65535"), head("GET / HTTP/1.1", "Host: a.example:65535")),
	good(22, "empty port", head("GET / HTTP/1.1", "Host: a:"), head("GET / HTTP/1.1", "Host: a:")),
	good(22, "trailing dot", head("GET / HTTP/1.1", "Host: a.example."), head("GET / HTTP/1.1", "Host: a.example.")),

	good(24, "absolute-form wins over Host", head("GET http://b/x?y HTTP/1.1", "Host: a"), head("GET /x?y HTTP/1.1", "Host: b")),
	good(24, "absolute-form with a port", head("GET HTTP://B:81/x HTTP/1.1", "Host: a"), head("GET /x HTTP/1.1", "Host: B:81")),
	good(24, "absolute-form without a path", head("GET http://b HTTP/1.1", "Host: a"), head("GET / HTTP/1.1", "Host: b")),
	good(24, "absolute-form with a query only", head("GET http://b?u=http://c/ HTTP/1.1", "Host: a"), head("GET /?u=http://c/ HTTP/1.1", "Host: b")),
	good(24, "OPTIONS of a server", head("OPTIONS http://b HTTP/1.1", "Host: a"), head("OPTIONS * HTTP/1.1", "Host: b")),
	closing(good(24, "absolute-form in 1.0", head("GET http://b/x HTTP/1.0"), head("GET /x HTTP/1.1", "Host: b"))),

	bad(25, "another scheme", line("GET ftp://b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "https without TLS", line("GET https://b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "ws", line("GET ws://b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "file", line("GET file:///etc/passwd HTTP/1.1"), 400, "bad_target"),
	bad(25, "javascript", line("GET javascript:alert(1) HTTP/1.1"), 400, "bad_target"),
	bad(25, "longer scheme", line("GET httpx://b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "one slash", line("GET http:/b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "no slash behind the scheme", line("GET http:b HTTP/1.1"), 400, "bad_target"),
	bad(25, "userinfo", line("GET http://u@b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "userinfo that looks like the host", line("GET http://a:80@b/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "no host", line("GET http:///x HTTP/1.1"), 400, "bad_target"),
	bad(25, "no host at all", line("GET http:// HTTP/1.1"), 400, "bad_target"),
	bad(25, "only a port", line("GET http://:80/ HTTP/1.1"), 400, "bad_target"),
	bad(25, "backslash in the host", line(`GET http://b\c/x HTTP/1.1`), 400, "bad_target"),
	bad(25, "encoded slash in the host", line("GET http://b%2fc/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "port too large", line("GET http://b:65536/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "IPv6 left open", line("GET http://[::1/x HTTP/1.1"), 400, "bad_target"),
	bad(25, "bytes beyond ASCII in the host", line("GET http://b\xc3\xbc/x HTTP/1.1"), 400, "bad_target"),
}, badHosts()...)

// badHosts has the Hosts of the rows 22 and 23.
func badHosts() []Request {
	var all []Request
	for _, v := range []string{
		"a/b", "a/../b", "a?b", "a#b", `a\b`, "a, b", "a,b", "a b", "a\tb", "a%20b", "a%00", "%61", ":80", ":", "a:80x", "a:x",
		"a:-1", "a:+80", "a:65536", "a:100000", "a:80:80", "a::", "[::1", "::1", "[::1]x", "[::1]:x", "[]", "[:]", "[1]", "[a]",
		"[fe80::1%25eth0]", "[v1.a]", "[::1]]", "[[::1]]", "http://a", "a:80/", "a;b/c",
	} {
		all = append(all, badHost(22, v))
	}
	for _, v := range []string{
		"u@a", "u:p@a", "@a", "a@", `a"b`, "<a>", "a<script>", "a|b", "a^b", "a`b", "{a}", "b\xfccher", "a\xc2\xa0",
	} {
		all = append(all, badHost(23, v))
	}
	return all
}

func badHost(row int, value string) Request {
	return bad(row, fmt.Sprintf("Host %q", value), head("GET / HTTP/1.1", "Host: "+value), 400, "bad_host")
}
