package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// serveRoutes puts other routes before a rig's upstream.
func (r *rig) serveRoutes(t testing.TB, routes ...Route) {
	t.Helper()
	snap, err := NewSnapshot(2, routes)
	if err != nil {
		t.Fatal(err)
	}
	r.Publish(snap)
}

// headBackend is an endpoint that answers each request with the head that it got,
// without body, and with the header lines that are given.
func headBackend(t testing.TB, lines string) string {
	return rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			var head strings.Builder
			for !strings.HasSuffix(head.String(), "\r\n\r\n") {
				line, err := br.ReadString('\n')
				if err != nil {
					return
				}
				head.WriteString(line)
			}
			fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", lines, head.Len(), head.String())
		}
	})
}

func text(parts ...string) []Part {
	out := make([]Part, len(parts))
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, "$"); ok {
			out[i].Variable = name
		} else {
			out[i].Text = p
		}
	}
	return out
}

func header(name string, value ...string) Header { return Header{Name: name, Value: text(value...)} }

// TestRewrites sends requests over real sockets and looks at the head that the
// endpoint got.
func TestRewrites(t *testing.T) {
	address := headBackend(t, "")
	up := one(t, address)
	r := start(t, up, Options{})
	r.serveRoutes(t,
		Route{Match: Match{Path: "/"}, Upstream: up},
		Route{Match: Match{Path: "/api"}, Upstream: up, Rewrite: Rewrite{From: "/api"}},
		Route{Match: Match{Path: "/old/"}, Upstream: up, Rewrite: Rewrite{From: "/old/", To: "/new/v2/"}},
		Route{Match: Match{Path: "/head"}, Upstream: up, Rewrite: Rewrite{Request: HeaderEdits{
			Set: []Header{
				header("X-Client", "$client"), header("X-All", "$method", " ", "$scheme", "://", "$host", "$target"),
				header("X-Attempt", "$upstream", "/", "$version", "/", "$endpoint", " ", "$path"), header("X-Real-IP", "$client"),
			},
			Append: []Header{header("X-Kept", "second")},
			Remove: []string{"X-Gone", "Cookie"},
		}}},
		Route{Match: Match{Path: "/empty"}, Upstream: up, Rewrite: Rewrite{Request: HeaderEdits{
			Set:    []Header{header("X-User", "$cookie_user"), header("X-Bearer", "Bearer ", "$cookie_user")},
			Append: []Header{header("X-Debug", "$query_debug", "$search")},
		}}},
	)
	c := r.dial(t)
	for _, tt := range []struct {
		send string // behind it: Host and the end of the head
		want []string
		not  string
	}{
		{"GET /apis/x?y HTTP/1.1\r\n", []string{"GET /apis/x?y HTTP/1.1\r\n"}, ""},
		{"GET /api HTTP/1.1\r\n", []string{"GET / HTTP/1.1\r\n"}, ""},
		{"GET /api?a=/api HTTP/1.1\r\n", []string{"GET /?a=/api HTTP/1.1\r\n"}, ""},
		{"GET /api/ HTTP/1.1\r\n", []string{"GET / HTTP/1.1\r\n"}, ""},
		{"GET /api/a%2F%2e%2e/../\xff?%20 HTTP/1.1\r\n", []string{"GET /a%2F%2e%2e/../\xff?%20 HTTP/1.1\r\n"}, ""},
		{"GET /api//x HTTP/1.1\r\n", []string{"GET //x HTTP/1.1\r\n"}, ""},
		{"GET /old HTTP/1.1\r\n", []string{"GET /new/v2 HTTP/1.1\r\n"}, ""},
		{"GET /old/a?b HTTP/1.1\r\n", []string{"GET /new/v2/a?b HTTP/1.1\r\n"}, ""},
		{"OPTIONS * HTTP/1.1\r\n", []string{"OPTIONS * HTTP/1.1\r\n"}, ""},
		{"GET http://abs.test/api/x HTTP/1.1\r\n", []string{"GET /x HTTP/1.1\r\nHost: abs.test\r\n"}, ""},
		{"GET /head/a?b HTTP/1.1\r\nx-gone: 1\r\nX-Kept: first\r\nX-CLIENT: evil\r\ncookie: a\r\nX-Goner: stays\r\nX-Real-Ip: 6.6.6.6\r\n", []string{
			"GET /head/a?b HTTP/1.1\r\nHost: weir.test:80\r\nX-Kept: first\r\nX-Goner: stays\r\n",
			"\r\nX-Client: 127.0.0.1\r\n", "\r\nX-All: GET http://weir.test/head/a?b\r\n", "\r\nX-Kept: second\r\n",
			"\r\nX-Attempt: api/v1/" + address + " /head/a\r\n", "\r\nX-Real-IP: 127.0.0.1\r\n",
		}, "evil"},
		{"GET /empty HTTP/1.1\r\nX-User: evil\r\n", []string{"\r\nX-Bearer: Bearer \r\n"}, "X-User"},
		{"GET /empty HTTP/1.1\r\nX-User: evil\r\n", nil, "X-Debug"},
		{"GET /empty?a HTTP/1.1\r\nCookie: user=joe\r\n", []string{"\r\nX-User: joe\r\n", "\r\nX-Debug: ?a\r\n"}, ""},
		{"GET / HTTP/1.1\r\nX-Gone: 1\r\n", []string{"\r\nX-Gone: 1\r\n"}, "X-Client"},
	} {
		c.send(tt.send + "Host: weir.test:80\r\n\r\n")
		g := c.receive("GET")
		for _, want := range tt.want {
			if !strings.Contains(g.body, want) {
				t.Errorf("%q became\n%q, want %q in it", tt.send, g.body, want)
			}
		}
		if tt.not != "" && strings.Contains(g.body, tt.not) {
			t.Errorf("%q became\n%q, want no %q in it", tt.send, g.body, tt.not)
		}
	}
}

// TestResponseHeaders are edited in final answers only, whatever their framing.
func TestResponseHeaders(t *testing.T) {
	edits := HeaderEdits{
		Set:    []Header{header("Server", "weir"), header("X-From", "$upstream", " ", "$version", " ", "$path")},
		Append: []Header{header("Vary", "X-Beta")},
		Remove: []string{"X-Powered-By"},
	}
	const lines = "Server: old\r\nX-POWERED-BY: php\r\nVary: Accept\r\nX-Powered: kept\r\nX-From: evil\r\n"
	for name, answer := range map[string]string{
		"length":  "HTTP/1.1 200 OK\r\n" + lines + "Content-Length: 2\r\n\r\nok",
		"chunked": "HTTP/1.1 200 OK\r\n" + lines + "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
		"interim": "HTTP/1.1 103 Early Hints\r\nServer: old\r\n\r\nHTTP/1.1 200 OK\r\n" + lines + "Content-Length: 2\r\n\r\nok",
		"long":    "HTTP/1.1 200 OK\r\n" + lines + "X-Long: " + strings.Repeat("x", 10_000) + "\r\nContent-Length: 2\r\n\r\nok",
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, rawBackend(t, answering(answer)))
			r := start(t, up, Options{})
			r.serveRoutes(t, Route{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Response: edits}})
			c := r.dial(t)
			for range 2 {
				c.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n")
				g := c.receive("GET")
				if name == "interim" {
					if g.StatusCode != 103 || g.Header.Get("Server") != "old" || len(g.Header) != 1 {
						t.Fatalf("%d %v, want the 103 as it came", g.StatusCode, g.Header)
					}
					g = c.receive("GET")
				}
				got := fmt.Sprint(g.StatusCode, g.body, g.Header["Server"], g.Header["X-Powered-By"], g.Header["Vary"], g.Header["X-Powered"], g.Header["X-From"])
				if want := "200ok[weir] [] [Accept X-Beta] [kept] [api v1 /p]"; got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestHostPolicy(t *testing.T) {
	address := headBackend(t, "")
	for _, tt := range []struct{ policy, send, host, forwarded string }{
		{"", "GET / HTTP/1.1\r\nHost: A.test:8080\r\n\r\n", "A.test:8080", "A.test:8080"},
		{"", "GET / HTTP/1.0\r\n\r\n", address, ""},
		{HostOfEndpoint, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", address, "a.test"},
		{"fixed.test", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "fixed.test", "a.test"},
		{"fixed.test", "GET / HTTP/1.0\r\n\r\n", "fixed.test", ""},
		{"fixed.test", "GET http://b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "fixed.test", "b.test"},
	} {
		up := one(t, address)
		up.Host = tt.policy
		r := start(t, up, Options{})
		c := r.dial(t)
		c.send(tt.send)
		head := c.receive("GET").body
		if want := "\r\nHost: " + tt.host + "\r\n"; !strings.Contains(head, want) || strings.Count(head, "\r\nHost:") != 1 {
			t.Errorf("%q with policy %q: %q, want %q once", tt.send, tt.policy, head, want)
		}
		if want := "\r\nX-Forwarded-Host: " + tt.forwarded + "\r\n"; strings.Contains(head, want) != (tt.forwarded != "") {
			t.Errorf("%q with policy %q: %q, want X-Forwarded-Host %q", tt.send, tt.policy, head, tt.forwarded)
		}
	}
}

// TestRewritesThatAreRefused: what only Weir says and what frames a message cannot
// be edited, and no value can end a line.
func TestRewritesThatAreRefused(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	for _, name := range []string{
		"", "Host", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
		"Proxy-Authorization", "Proxy-Connection", "HTTP2-Settings", "X-Weir-Version", "x-weir-reason", "Forwarded",
		"X-Forwarded-For", "x-forwarded-PROTO", "X-Forwarded-Host", "X-Forwarded", "X_A", "X A", "X:", "X\r\n", "é",
	} {
		for _, e := range []HeaderEdits{{Set: []Header{header(name, "1")}}, {Append: []Header{header(name, "1")}}, {Remove: []string{name}}} {
			if _, err := NewSnapshot(1, []Route{{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Request: e}}}); err == nil {
				t.Errorf("%+v was taken", e)
			}
			if _, err := NewSnapshot(1, []Route{{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Response: e}}}); err == nil {
				t.Errorf("%+v was taken in answers", e)
			}
		}
	}
	for _, value := range [][]Part{text("a\r\nX: y"), text("a\n"), text("\x00"), text("$nothing")} {
		e := HeaderEdits{Set: []Header{{Name: "X-A", Value: value}}}
		if _, err := NewSnapshot(1, []Route{{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Request: e}}}); err == nil {
			t.Errorf("the value %+v was taken", value)
		}
	}
	for _, name := range []string{"X-Real-IP", "X-Forwarded-Port", "X-Forwarded-Prefix", "Server", "Authorization"} {
		e := HeaderEdits{Set: []Header{header(name, "1")}}
		if _, err := NewSnapshot(1, []Route{{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Request: e}}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRewriteOfARetry: a second attempt is rewritten anew, for its endpoint.
func TestRewriteOfARetry(t *testing.T) {
	address := headBackend(t, "")
	down := rawBackend(t, func(_ net.Conn, br *bufio.Reader) { _, _ = io.ReadAll(io.LimitReader(br, 1)) })
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{down, address}})
	r := start(t, up, Options{})
	r.serveRoutes(t, Route{Match: Match{Path: "/a"}, Upstream: up, Rewrite: Rewrite{From: "/a", To: "/b", Request: HeaderEdits{
		Set: []Header{header("X-Endpoint", "$endpoint")},
	}}})
	c := r.dial(t)
	for range 4 {
		g := c.get("/a/x")
		if !strings.HasPrefix(g.body, "GET /b/x HTTP/1.1\r\n") || strings.Count(g.body, "X-Endpoint: "+address+"\r\n") != 1 || strings.Count(g.body, "X-Endpoint") != 1 {
			t.Fatalf("%q, want the target and the headers rewritten once, for %s", g.body, address)
		}
	}
}
