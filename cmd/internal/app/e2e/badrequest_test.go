//go:build !race

package e2e

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// Promise: what is ambiguous is refused, never guessed: nothing of it reaches an
// endpoint, the connection ends, and the answer tells nothing of the inside.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, b.addr)}})
	post := func(fields, body string) string {
		return "POST /x HTTP/1.1\r\nHost: a\r\nX-Id: bad\r\n" + fields + "\r\n" + body
	}
	for _, c := range []struct {
		name, raw string
		status    int
	}{
		{"length and chunked", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
		{"two lengths", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
		{"signed length", post("Content-Length: +1\r\n", "x"), 400},
		{"list of lengths", post("Content-Length: 1, 1\r\n", "x"), 400},
		{"huge length", post("Content-Length: 99999999999999999999\r\n", ""), 400},
		{"unknown coding", post("Transfer-Encoding: xchunked\r\n", ""), 501},
		{"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", ""), 400},
		{"space before colon", post("Content-Length : 1\r\n", "x"), 400},
		{"folded line", post("X-A: b\r\n c\r\n", ""), 400},
		{"bare LF", post("X-A: b\nX-C: d\r\n", ""), 400},
		{"NUL in a value", post("X-A: \x00\r\n", ""), 400},
		{"two hosts", post("Host: b\r\n", ""), 400},
		{"no host", "GET / HTTP/1.1\r\nX-Id: bad\r\n\r\n", 400},
		{"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nX-Id: bad\r\n\r\n", 405},
		{"other protocol", "GET / HTTP/2.0\r\nHost: a\r\nX-Id: bad\r\n\r\n", 505},
		{"long target", "GET /" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
		{"unknown expectation", post("Content-Length: 1\r\nExpect: magic\r\n", "x"), 417},
	} {
		conn, err := net.Dial("tcp", w.web)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		go io.WriteString(conn, c.raw) // the answer may come before all is written
		in := bufio.NewReader(conn)
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", c.name, err)
			conn.Close()
			continue
		}
		body, err := io.ReadAll(res.Body)
		if res.StatusCode != c.status || res.Header.Get("X-Weir-Reason") == "" || len(body) > 200 || err != nil {
			t.Errorf("%s: %d, reason %q, %d bytes, %v; want %d with a reason and a small body",
				c.name, res.StatusCode, res.Header.Get("X-Weir-Reason"), len(body), err, c.status)
		}
		if more, err := in.ReadByte(); err == nil {
			t.Errorf("%s: the connection goes on with %q, want its end", c.name, more)
		}
		conn.Close()
	}
	if n := b.count(); n != 0 {
		t.Errorf("%d refused requests reached the endpoint: %+v", n, b.received())
	}
}

// Answers that Weir makes itself name nothing of the inside.
func TestOwnAnswersHideTheInside(t *testing.T) {
	t.Parallel()
	w, dead := newWeir(t), ground.FreeAddr(t)
	w.run(conf{versions: []version{one("v1", 100, dead)}})
	for _, accept := range []string{"text/plain", "application/json"} {
		req, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		port := dead[strings.LastIndexByte(dead, ':')+1:]
		if err != nil || res.StatusCode != 502 && res.StatusCode != 503 || res.Header.Get("X-Weir-Reason") == "" ||
			!strings.HasPrefix(res.Header.Get("Content-Type"), accept) ||
			strings.Contains(string(body), port) || strings.Contains(string(body), "refused") {
			t.Errorf("dead endpoint, Accept %s: %d %v %q (%v), want 502 or 503 with a reason, in that type, without address or cause",
				accept, res.StatusCode, res.Header, body, err)
		}
	}
}
