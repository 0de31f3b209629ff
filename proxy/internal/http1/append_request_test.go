package http1

import "testing"

// forward is what the connection loop adds in these tests; ours is how it
// looks in a head for host a.
var forward = Forward{ClientIP: []byte("192.0.2.1"), Proto: "http", Version: "v2", FallbackHost: "10.0.0.1:80"}

const ours = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Weir-Version: v2\r\n"

func TestAppendRequest(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{
			"kept lines are copied byte for byte",
			"GET /a%2F?b HTTP/1.1\r\nuser-AGENT:x\r\nHost: a\r\nX-A:  b \t\r\nCookie: c=\"\xff\"\r\nX-A: z\r\n\r\n",
			"GET /a%2F?b HTTP/1.1\r\nHost: a\r\nuser-AGENT:x\r\nX-A:  b \t\r\nCookie: c=\"\xff\"\r\nX-A: z\r\n" + ours + "\r\n",
		},
		{
			"row 5: canonical length",
			post("Content-Length: 0003", "X: y"),
			"POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n" + ours + "Content-Length: 3\r\n\r\n",
		},
		{
			"length zero stays, none stays none",
			post("Content-Length: 0"),
			"POST / HTTP/1.1\r\nHost: a\r\n" + ours + "Content-Length: 0\r\n\r\n",
		},
		{
			"row 15: underscore names are dropped",
			get("X_Forwarded_For: 1.2.3.4", "X: y", "Content_Length: 3"),
			"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n" + ours + "\r\n",
		},
		{
			"row 24: absolute-form",
			message("GET http://a/x HTTP/1.1", "Host: b"),
			"GET /x HTTP/1.1\r\nHost: a\r\n" + ours + "\r\n",
		},
		{
			"absolute-form with only a query",
			message("GET http://a?x HTTP/1.1", "Host: b"),
			"GET /?x HTTP/1.1\r\nHost: a\r\n" + ours + "\r\n",
		},
		{
			"row 26: two slashes",
			line("GET //evil/x HTTP/1.1"),
			"GET //evil/x HTTP/1.1\r\nHost: a\r\n" + ours + "\r\n",
		},
		{
			"row 28: asterisk",
			line("OPTIONS * HTTP/1.1"),
			"OPTIONS * HTTP/1.1\r\nHost: a\r\n" + ours + "\r\n",
		},
		{
			"row 49: expectations are ours",
			post("Expect: 100-continue", "Content-Length: 3"),
			"POST / HTTP/1.1\r\nHost: a\r\n" + ours + "Content-Length: 3\r\n\r\n",
		},
		{
			"row 51: Connection names fields, not ours",
			get("x-FOO: 1", "Connection: close, X-Forwarded-For, X-Forwarded-Host, X-Weir-Version, X-Foo, Host", "X-Bar: 2", "X-Foo: 3"),
			"GET / HTTP/1.1\r\nHost: a\r\nX-Bar: 2\r\n" + ours + "\r\n",
		},
		{
			"Connection cannot hide another Connection",
			get("Connection: connection", "Connection: X-Foo", "X-Foo: 1", "X-Bar: 2"),
			"GET / HTTP/1.1\r\nHost: a\r\nX-Bar: 2\r\n" + ours + "\r\n",
		},
		{
			"Connection cannot take the framing away",
			post("Connection: Content-Length, Cache-Control", "Content-Length: 3", "Cache-Control: no-store"),
			"POST / HTTP/1.1\r\nHost: a\r\nCache-Control: no-store\r\n" + ours + "Content-Length: 3\r\n\r\n",
		},
		{
			"hop-by-hop fields",
			get("Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: close", "Proxy-AUTHORIZATION: Basic x",
				"Upgrade: h2c", "HTTP2-Settings: AAM", "Connection: Upgrade, HTTP2-Settings, TE", "Trailer: X", "Authorization: y"),
			"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: y\r\n" + ours + "\r\n",
		},
		{
			"row 57: only we say where a request came from",
			get("X-Forwarded-For: 1.2.3.4", "X-FORWARDED-proto: https", "X-Forwarded-Port: 1", "X-Forwarded: for=1",
				"Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4", "X-Weir-Version: v9", "x-weir-shadow: 1", "X-Forwarder: z"),
			"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarder: z\r\n" + ours + "\r\n",
		},
		{
			"chunked keeps its Trailer field",
			post("Transfer-Encoding: CHUNKED", "Trailer: X-Sum"),
			"POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\n" + ours + "Transfer-Encoding: chunked\r\n\r\n",
		},
		{
			"a 1.0 client, sent on as 1.1",
			message("GET / HTTP/1.0", "Host: a", "Connection: keep-alive"),
			"GET / HTTP/1.1\r\nHost: a\r\n" + ours + "\r\n",
		},
		{
			"a 1.0 client without Host",
			"GET / HTTP/1.0\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Weir-Version: v2\r\n\r\n",
		},
	}
	var r Request
	for _, tt := range tests {
		if reject := r.Parse([]byte(tt.in), DefaultLimits); reject != nil {
			t.Errorf("%s: %+v", tt.name, reject)
			continue
		}
		if got := string(AppendRequest([]byte("before"), &r, forward)); got != "before"+tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, "before"+tt.want)
		}
	}
}

func TestAppendRequestWithoutVersionAndAddress(t *testing.T) {
	var r Request
	if reject := r.Parse([]byte(get()), DefaultLimits); reject != nil {
		t.Fatal(reject)
	}
	got := string(AppendRequest(nil, &r, Forward{Proto: "https"}))
	want := "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n\r\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
