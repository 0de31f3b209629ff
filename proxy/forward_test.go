package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"weir/health/outcome"
)

func one(t testing.TB, address string) *Upstream {
	return upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{address}})
}

func TestForwardsGetsOverOneConnection(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, r.Header.Get("X-Weir-Version"))
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	for i := range 3 {
		path := fmt.Sprintf("/a//b/../%d?x=%%2f&y=", i)
		g := c.get(path)
		if want := "GET " + path + " v1"; g.StatusCode != 200 || g.body != want {
			t.Fatalf("answer %d: %d %q, want 200 %q", i, g.StatusCode, g.body, want)
		}
	}
	v := r.up.Versions[0]
	eventually(t, "3 requests over", func() bool { return r.up.Live.Users.Requests() == 3 })
	if n := firsts(v)[outcome.OK]; n != 3 {
		t.Errorf("ok first attempts: %d, want 3", n)
	}
	if n := v.Endpoints[0].pool.Idle(); n != 1 {
		t.Errorf("idle upstream connections: %d, want 1 used three times", n)
	}
	var users outcome.UserTotals
	r.up.Live.Users.Totals(&users)
	if users.Requests() != 3 || users.Errors != 0 {
		t.Errorf("users: %d requests, %d errors, want 3 and 0", users.Requests(), users.Errors)
	}
}

// TestHeadIsForwardedByteForByte compares what leaves with what came in.
func TestHeadIsForwardedByteForByte(t *testing.T) {
	heads := make(chan string, 1)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		var head strings.Builder
		for {
			line, err := br.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
			if line == "\r\n" {
				break
			}
		}
		heads <- head.String()
		io.WriteString(nc, plainAnswer)
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send("GET //x/%2e%2E/y?a=b?c HTTP/1.1\r\nhOst: Weir.Test:80\r\nX-Odd:   spaced  \r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n")
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Fatalf("status %d, want 200", g.StatusCode)
	}
	want := "GET //x/%2e%2E/y?a=b?c HTTP/1.1\r\nHost: Weir.Test:80\r\nX-Odd:   spaced  \r\n" +
		"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: Weir.Test:80\r\nX-Weir-Version: v1\r\n\r\n"
	if head := <-heads; head != want {
		t.Errorf("head at the endpoint:\n%q\nwant\n%q", head, want)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s:%s", r.URL.Path, body)
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" +
		"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
		"\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\n\r\n" +
		"GET /4 HTTP/1.1\r\nHost: a\r\n\r\n")
	for _, want := range []string{"/1:", "/2:abc", "/3:def", "/4:"} {
		if g := c.receive("GET"); g.body != want {
			t.Fatalf("body %q, want %q", g.body, want)
		}
	}
}

// TestManyPipelinedRequests is more than the client's buffer holds, so heads are
// cut at its end.
func TestManyPipelinedRequests(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	c := r.dial(t)
	const count = 2000
	go io.WriteString(c.Conn, strings.Repeat(plainGet, count))
	for i := range count {
		if g := c.receive("GET"); g.body != "hello" {
			t.Fatalf("answer %d: %q, want hello", i, g.body)
		}
	}
}

func TestAnswersWithoutBody(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.Header().Set("ETag", `"x"`)
			w.WriteHeader(304)
		default:
			w.Header().Set("Content-Length", "1234")
		}
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"HEAD", "/", 200}, {"GET", "/204", 204}, {"GET", "/304", 304}, {"HEAD", "/204", 204}, {"HEAD", "/", 200},
	} {
		c.send(tt.method + " " + tt.path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		g := c.receive(tt.method)
		if g.StatusCode != tt.status || g.body != "" {
			t.Errorf("%s %s: %d %q, want %d without a body", tt.method, tt.path, g.StatusCode, g.body, tt.status)
		}
		if tt.path == "/" && g.ContentLength != 1234 {
			t.Errorf("%s %s: Content-Length %d, want the declared 1234", tt.method, tt.path, g.ContentLength)
		}
	}
	eventually(t, "the one upstream connection idle", func() bool {
		return r.up.Versions[0].Endpoints[0].pool.Idle() == 1
	})
}

func TestOldClientGetsNoChunks(t *testing.T) {
	for name, answer := range map[string]string{
		"chunked":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		"until close": "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde",
	} {
		t.Run(name, func(t *testing.T) {
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err == nil {
					io.WriteString(nc, answer)
				}
			})
			r := start(t, one(t, addr), Options{})
			c := r.dial(t)
			c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
			g := c.receive("GET")
			if g.body != "abcde" || len(g.TransferEncoding) > 0 || !g.Close {
				t.Errorf("body %q, coding %v, close %v, want abcde ended by the close", g.body, g.TransferEncoding, g.Close)
			}
			c.closed()
		})
	}
}

func TestOldClientMayKeepItsConnection(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	c := r.dial(t)
	for range 2 {
		c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
		if g := c.receive("GET"); g.body != "hello" || g.Header.Get("Connection") != "keep-alive" {
			t.Fatalf("body %q, Connection %q, want hello and keep-alive", g.body, g.Header.Get("Connection"))
		}
	}
	c.send("GET / HTTP/1.0\r\n\r\n")
	if g := c.receive("GET"); g.body != "hello" {
		t.Fatalf("body %q, want hello", g.body)
	}
	c.closed()
}

func TestInterimAnswersArePassedOn(t *testing.T) {
	addr := rawBackend(t, answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+plainAnswer))
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send(plainGet)
	early := c.receive("GET")
	if early.StatusCode != 103 || early.Header.Get("Link") != "</a>" {
		t.Fatalf("first answer %d %v, want 103 with its Link", early.StatusCode, early.Header)
	}
	if g := c.receive("GET"); g.body != "hello" {
		t.Errorf("body %q, want hello", g.body)
	}
	c.send("GET / HTTP/1.0\r\n\r\n")
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Errorf("status to an HTTP/1.0 client %d, want no interim answer before 200", g.StatusCode)
	}
}

func TestExposesTheVersionWhenAsked(t *testing.T) {
	for _, expose := range []bool{true, false} {
		up := one(t, cannedBackend(t))
		up.ExposeVersion = expose
		want := map[bool]string{true: "v1", false: ""}[expose]
		if g := start(t, up, Options{}).dial(t).get("/"); g.Header.Get("X-Weir-Version") != want {
			t.Errorf("expose %v: X-Weir-Version %q, want %q", expose, g.Header.Get("X-Weir-Version"), want)
		}
	}
}

// TestLargeHeadsAndWhatFollows: heads beyond the small buffer, each with requests
// behind it that were read together with it.
func TestLargeHeadsAndWhatFollows(t *testing.T) {
	r := start(t, one(t, backend(t, hashing)), Options{})
	c := r.dial(t)
	for _, size := range []int{smallBuffer - 200, smallBuffer, 3 * smallBuffer, headBuffer - 200} {
		large := "GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + strings.Repeat("l", size) + "\r\n\r\n"
		body := noise(2 * smallBuffer)
		post := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body)
		go io.WriteString(c.Conn, large+plainGet+post+strings.Repeat(plainGet, 200))
		for i, want := range []string{hashed(nil), hashed(nil), hashed(body)} {
			if g := c.receive("GET"); g.body != want {
				t.Fatalf("head of %d, answer %d: %d %q, want %q", size, i, g.StatusCode, g.body, want)
			}
		}
		for i := range 200 {
			if g := c.receive("GET"); g.body != hashed(nil) {
				t.Fatalf("head of %d, small answer %d: %d %q", size, i, g.StatusCode, g.body)
			}
		}
	}
}
