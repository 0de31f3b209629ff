package http1

import "testing"

func TestRequestTarget(t *testing.T) {
	tests := []struct {
		line, host                       string
		target, path, wantHost, wantName string
	}{
		{"GET / HTTP/1.1", "a", "/", "/", "a", "a"},
		{"GET /a/b?c=d?e HTTP/1.1", "A.example:80", "/a/b?c=d?e", "/a/b", "A.example:80", "A.example"},
		{"GET /? HTTP/1.1", "[::1]:80", "/?", "/", "[::1]:80", "[::1]"},
		{"GET //evil/x HTTP/1.1", "a", "//evil/x", "//evil/x", "a", "a"},
		{"GET //evil?u=http://b/ HTTP/1.1", "a", "//evil?u=http://b/", "//evil", "a", "a"},
		{"GET /%2e%2E/../%00;x HTTP/1.1", "a", "/%2e%2E/../%00;x", "/%2e%2E/../%00;x", "a", "a"},
		{"GET /\xc3\xa9 HTTP/1.1", "a", "/\xc3\xa9", "/\xc3\xa9", "a", "a"},
		{"GET http://b:81/x?y HTTP/1.1", "a", "/x?y", "/x", "b:81", "b"},
		{"GET HTTP://b HTTP/1.1", "a", "/", "/", "b", "b"},
		{"GET http://b?y=/ HTTP/1.1", "a", "/?y=/", "/", "b", "b"},
		{"OPTIONS * HTTP/1.1", "a", "*", "/", "a", "a"},
		{"OPTIONS http://b HTTP/1.1", "a", "*", "/", "b", "b"},
		{"OPTIONS http://b/ HTTP/1.1", "a", "/", "/", "b", "b"},
	}
	for _, tt := range tests {
		var r Request
		if reject := r.Parse([]byte(message(tt.line, "Host: "+tt.host)), DefaultLimits); reject != nil {
			t.Errorf("%q: %+v", tt.line, reject)
			continue
		}
		if string(r.Target) != tt.target || string(r.Path) != tt.path {
			t.Errorf("%q: target %q, path %q, want %q, %q", tt.line, r.Target, r.Path, tt.target, tt.path)
		}
		if string(r.Host) != tt.wantHost || string(r.HostName) != tt.wantName {
			t.Errorf("%q: host %q, name %q, want %q, %q", tt.line, r.Host, r.HostName, tt.wantHost, tt.wantName)
		}
	}
}

func TestRequestFlags(t *testing.T) {
	tests := []struct {
		name      string
		head      string
		minor     int
		framing   Framing
		length    int64
		keepAlive bool
		expect    bool
	}{
		{"plain", get(), 1, NoBody, 0, true, false},
		{"HTTP/1.2 is 1.1", line("GET / HTTP/1.2"), 1, NoBody, 0, true, false},
		{"close", get("Connection: Close"), 1, NoBody, 0, false, false},
		{"close in a list", get("Connection: foo,, close ,"), 1, NoBody, 0, false, false},
		{"close and keep-alive", get("Connection: keep-alive", "Connection: close"), 1, NoBody, 0, false, false},
		{"1.0", line("GET / HTTP/1.0"), 0, NoBody, 0, false, false},
		{"1.0 keep-alive", message("GET / HTTP/1.0", "Connection: Keep-Alive"), 0, NoBody, 0, true, false},
		{"1.0 keep-alive and close", message("GET / HTTP/1.0", "Connection: keep-alive, close"), 0, NoBody, 0, false, false},
		{"length", post("Content-Length: 5"), 1, Length, 5, true, false},
		{"length zero", post("Content-Length: 0"), 1, Length, 0, true, false},
		{"length with leading zeros", post("Content-Length: 0003"), 1, Length, 3, true, false},
		{"largest length", post("Content-Length: 9223372036854775807"), 1, Length, 1<<63 - 1, true, false},
		{"chunked", post("Transfer-Encoding: Chunked"), 1, Chunked, -1, true, false},
		{"expect", post("Expect: 100-continue", "Transfer-Encoding: chunked"), 1, Chunked, -1, true, true},
		{"expect without a body", post("Expect: 100-continue"), 1, NoBody, 0, true, false},
		{"expect with an empty body", post("Expect: 100-continue", "Content-Length: 0"), 1, Length, 0, true, false},
		{"expect in 1.0", message("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 3"), 0, Length, 3, false, false},
		{"upgrade", get("Upgrade: websocket", "Connection: Upgrade"), 1, NoBody, 0, true, false},
	}
	var r Request // reused: nothing of the one before may stay
	for _, tt := range tests {
		if reject := r.Parse([]byte(tt.head), DefaultLimits); reject != nil {
			t.Errorf("%s: %+v", tt.name, reject)
			continue
		}
		if r.Minor != tt.minor || r.Framing != tt.framing || r.Length != tt.length {
			t.Errorf("%s: minor %d, %v, %d, want %d, %v, %d", tt.name, r.Minor, r.Framing, r.Length, tt.minor, tt.framing, tt.length)
		}
		if r.KeepAlive != tt.keepAlive || r.Expect != tt.expect {
			t.Errorf("%s: keep-alive %v, expect %v, want %v, %v", tt.name, r.KeepAlive, r.Expect, tt.keepAlive, tt.expect)
		}
		if r.hasBody() != (tt.framing == Chunked || tt.length > 0) {
			t.Errorf("%s: hasBody = %v", tt.name, r.hasBody())
		}
	}
}

func TestParseAfterReject(t *testing.T) {
	var r Request
	if r.Parse([]byte("HEAD / HTTP/1.0\r\nX Y: z\r\n\r\n"), DefaultLimits) == nil {
		t.Fatal("a bad header was accepted")
	}
	if string(r.Method) != "HEAD" || r.Minor != 0 {
		t.Errorf("method %q, minor %d, want HEAD, 0: the answer depends on them", r.Method, r.Minor)
	}
	if r.Parse([]byte("\x16\x03"), DefaultLimits) == nil {
		t.Fatal("garbage was accepted")
	}
	if len(r.Method) != 0 || r.Minor != 1 {
		t.Errorf("method %q, minor %d, want none, 1", r.Method, r.Minor)
	}
}

// A head that was measured wrongly must not be taken for a good one.
func TestParseNeedsTheWholeHead(t *testing.T) {
	head := get("X: y")
	for n := range len(head) {
		var r Request
		if r.Parse([]byte(head[:n]), DefaultLimits) == nil {
			t.Errorf("Parse(%q) accepted", head[:n])
		}
	}
	var r Request
	if r.Parse([]byte(head+"G"), DefaultLimits) == nil {
		t.Error("Parse accepted a head with a byte behind it")
	}
}

func TestValue(t *testing.T) {
	var r Request
	if reject := r.Parse([]byte(get("ACCEPT: \t text/html \t", "Accept: b", "X-Empty:")), DefaultLimits); reject != nil {
		t.Fatal(reject)
	}
	if got := Value(r.Fields, "accept"); string(got) != "text/html" {
		t.Errorf("accept = %q, want the first, trimmed", got)
	}
	if got := Value(r.Fields, "x-empty"); got == nil || len(got) != 0 {
		t.Errorf("x-empty = %q, want empty but there", got)
	}
	if got := Value(r.Fields, "cookie"); got != nil {
		t.Errorf("cookie = %q, want nil", got)
	}
}

func TestIdempotent(t *testing.T) {
	for method, want := range map[string]bool{
		"GET": true, "HEAD": true, "OPTIONS": true, "PUT": true, "DELETE": true,
		"POST": false, "PATCH": false, "get": false, "": false, "QUERY": false,
	} {
		if got := Idempotent([]byte(method)); got != want {
			t.Errorf("Idempotent(%q) = %v, want %v", method, got, want)
		}
	}
}

func TestSafe(t *testing.T) {
	for method, want := range map[string]bool{
		"GET": true, "HEAD": true, "OPTIONS": true, "TRACE": true,
		"POST": false, "PUT": false, "PATCH": false, "DELETE": false, "CONNECT": false, "get": false, "QUERY": false, "": false,
	} {
		if got := Safe([]byte(method)); got != want {
			t.Errorf("Safe(%q) = %v, want %v", method, got, want)
		}
	}
}
