package proxy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestRedirects(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	r := start(t, up, Options{})
	hsts := Rewrite{Response: HeaderEdits{Set: []Header{header("Strict-Transport-Security", "max-age=1"), header("X-Host", "$host")}}}
	r.serveRoutes(t,
		Route{Match: Match{Path: "/"}, Redirect: &Redirect{Status: 301, To: text("https://", "$host", "$target")}, Rewrite: hsts},
		Route{Match: Match{Path: "/fixed"}, Redirect: &Redirect{Status: 308, To: text("/elsewhere?a=b#c")}},
		Route{Match: Match{Path: "/path"}, Redirect: &Redirect{Status: 302, To: text("$scheme", "://new.test", "$path")}},
	)
	c := r.dial(t)
	for _, tt := range []struct {
		method, target, want string
		status               int
	}{
		{"GET", "/a?b=%2F..%20//x", "https://weir.test/a?b=%2F..%20//x", 301},
		{"HEAD", "/", "https://weir.test/", 301},
		{"POST", "//evil.test/x", "https://weir.test//evil.test/x", 301},
		{"GET", "/\"<>\\^`{|}\xff\x80?\xe9", "https://weir.test/%22%3C%3E%5C%5E%60%7B%7C%7D%FF%80?%E9", 301},
		{"OPTIONS", "*", "https://weir.test/", 301},
		{"GET", "/fixed/x?y", "/elsewhere?a=b#c", 308},
		{"GET", "/path/x?y", "http://new.test/path/x", 302},
		{"GET", "/" + strings.Repeat("\xff", 8000), "https://weir.test/" + strings.Repeat("%FF", 8000), 301},
	} {
		c.send(tt.method + " " + tt.target + " HTTP/1.1\r\nHost: weir.test:8080\r\n\r\n")
		g := c.receive(tt.method)
		if got := g.Header.Get("Location"); got != tt.want || g.StatusCode != tt.status || g.Header.Get("X-Weir-Reason") != "redirect" {
			t.Errorf("%s %s: %d to %q, want %d to %q", tt.method, tt.target, g.StatusCode, got, tt.status, tt.want)
		}
		if tt.status == 301 && fmt.Sprint(g.Header["Strict-Transport-Security"], g.Header["X-Host"]) != "[max-age=1] [weir.test]" {
			t.Errorf("%s %s: %v, want the route's headers", tt.method, tt.target, g.Header)
		}
	}
	c = r.dial(t)
	c.send("GET / HTTP/1.0\r\n\r\n")
	if g := c.receive("GET"); g.StatusCode != 400 || g.Header.Get("Location") != "" || g.Header.Get("X-Weir-Reason") != "bad_host" {
		t.Errorf("a client without a host: %d %v, want 400", g.StatusCode, g.Header)
	}
	c.closed()
	if got := r.Answers(); got["redirect"] != 8 || got["respond"] != 0 || len(got) != 2 {
		t.Errorf("counted %v, want 8 redirects and no other", got)
	}
}

// TestRedirectDoesNotLeadElsewhere: a path that looks like another host is a path of
// this one, unless the route itself says otherwise.
func TestRedirectDoesNotLeadElsewhere(t *testing.T) {
	r := start(t, one(t, "127.0.0.1:1"), Options{})
	r.serveRoutes(t,
		Route{Match: Match{Host: "slash.test", Path: "/"}, Redirect: &Redirect{Status: 301, To: text("$path", "/")}},
		Route{Match: Match{Host: "target.test", Path: "/"}, Redirect: &Redirect{Status: 301, To: text("$target")}},
		Route{Match: Match{Host: "root.test", Path: "/"}, Redirect: &Redirect{Status: 301, To: text("/", "$path")}},
		Route{Match: Match{Host: "www.test", Path: "/"}, Redirect: &Redirect{Status: 301, To: text("//", "$host", "$path")}},
	)
	c := r.dial(t)
	for _, tt := range []struct{ host, target, want string }{
		{"slash.test", "/a", "/a/"},
		{"slash.test", "//evil.test", "/.//evil.test/"},
		{"target.test", "//evil.test/x?y", "/.//evil.test/x?y"},
		{"target.test", `/\evil.test`, "/%5Cevil.test"},
		{"target.test", "/.//evil.test", "/.//evil.test"},
		{"root.test", "/evil.test", "/.//evil.test"},
		{"www.test", "/a", "//www.test/a"},
	} {
		c.send("GET " + tt.target + " HTTP/1.1\r\nHost: " + tt.host + "\r\n\r\n")
		if got := c.receive("GET").Header.Get("Location"); got != tt.want {
			t.Errorf("%s %s: to %q, want %q", tt.host, tt.target, got, tt.want)
		}
	}
}

func TestFixedResponses(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	r := start(t, up, Options{})
	r.serveRoutes(t,
		Route{Match: Match{Path: "/ok"}, Respond: &Respond{Status: 200, Body: "ok\n"}},
		Route{Match: Match{Path: "/json"}, Respond: &Respond{Status: 503, Body: "{}", Type: "application/json"}},
		Route{Match: Match{Path: "/none"}, Respond: &Respond{Status: 204}},
		Route{Match: Match{Path: "/gone"}, Respond: &Respond{Status: 410}},
		Route{Match: Match{Path: "/type"}, Respond: &Respond{Status: 200, Body: "<p>"}, Rewrite: Rewrite{Response: HeaderEdits{Set: []Header{header("Content-Type", "text/html")}}}},
	)
	c := r.dial(t)
	for _, tt := range []struct {
		method, path string
		status       int
		body, kind   string
		length       int64
	}{
		{"GET", "/ok", 200, "ok\n", plainText, 3},
		{"HEAD", "/ok", 200, "", plainText, 3},
		{"GET", "/json/x", 503, "{}", "application/json", 2},
		{"GET", "/none", 204, "", "", 0},
		{"GET", "/gone", 410, "", "", 0},
		{"GET", "/type", 200, "<p>", "text/html", 3},
	} {
		c.send(tt.method + " " + tt.path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		g := c.receive(tt.method)
		if g.StatusCode != tt.status || g.body != tt.body || strings.Join(g.Header["Content-Type"], ",") != tt.kind || g.ContentLength != tt.length {
			t.Errorf("%s %s: %d %q %v (%d bytes), want %+v", tt.method, tt.path, g.StatusCode, g.body, g.Header, g.ContentLength, tt)
		}
		if tt.status == 204 && g.Header.Get("Content-Length") != "" {
			t.Errorf("204 with a length")
		}
	}
	// A request whose body is here keeps its connection, one whose body is pending
	// ends it: what follows would be read as the next request.
	c.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET /ok HTTP/1.1\r\nHost: a\r\n\r\n")
	for range 2 {
		if g := c.receive("POST"); g.StatusCode != 200 || g.Close {
			t.Errorf("%d, close %v, want 200 and the connection kept", g.StatusCode, g.Close)
		}
	}
	c.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if g := c.receive("POST"); g.StatusCode != 200 || !g.Close {
		t.Errorf("%d, close %v, want 200 without 100 Continue, and the close", g.StatusCode, g.Close)
	}
	c.closed()
	c = r.dial(t)
	c.send("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if g := c.receive("GET"); g.body != "ok\n" || g.Header.Get("Connection") != "keep-alive" {
		t.Errorf("%q %v, want the body and keep-alive for a 1.0 client", g.body, g.Header)
	}
}

func TestOwnAnswersThatAreRefused(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	for name, route := range map[string]Route{
		"status 200":       {Match: Match{Path: "/"}, Redirect: &Redirect{Status: 200, To: text("/")}},
		"status 304":       {Match: Match{Path: "/"}, Redirect: &Redirect{Status: 304, To: text("/")}},
		"a line end":       {Match: Match{Path: "/"}, Redirect: &Redirect{Status: 301, To: text("/\r\nX: y")}},
		"no variable":      {Match: Match{Path: "/"}, Redirect: &Redirect{Status: 301, To: text("$nothing")}},
		"status 101":       {Match: Match{Path: "/"}, Respond: &Respond{Status: 101}},
		"status 301":       {Match: Match{Path: "/"}, Respond: &Respond{Status: 301}},
		"status 600":       {Match: Match{Path: "/"}, Respond: &Respond{Status: 600}},
		"204 with a body":  {Match: Match{Path: "/"}, Respond: &Respond{Status: 204, Body: "x"}},
		"type with a line": {Match: Match{Path: "/"}, Respond: &Respond{Status: 200, Type: "a\r\nb"}},
		"two answers":      {Match: Match{Path: "/"}, Upstream: up, Respond: &Respond{Status: 200}},
		"both":             {Match: Match{Path: "/"}, Redirect: &Redirect{Status: 301, To: text("/")}, Respond: &Respond{Status: 200}},
	} {
		if _, err := NewSnapshot(1, []Route{route}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestRetryWhoseRouteBecameAnAnswer is not made: the request has no upstream any
// more.
func TestRetryWhoseRouteBecameAnAnswer(t *testing.T) {
	var r *rig
	up := one(t, backend(t, func(w http.ResponseWriter, _ *http.Request) {
		r.serveRoutes(t, Route{Match: Match{Path: "/"}, Respond: &Respond{Status: 200, Body: "own"}})
		w.WriteHeader(503)
	}))
	r = start(t, up, Options{})
	c := r.dial(t)
	if g := c.get("/"); g.StatusCode != 503 {
		t.Errorf("%d %q, want the first attempt's 503", g.StatusCode, g.body)
	}
	if g := c.get("/"); g.body != "own" {
		t.Errorf("%d %q, want the route's answer", g.StatusCode, g.body)
	}
}
