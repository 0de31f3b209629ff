package proxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"weir/proxy/internal/hostile"
)

// recorder is an endpoint that writes down every complete request, as net/http
// reads it, and answers 200. What it cannot read, and a head whose body does not
// come, is no request.
type recorder struct {
	addr string
	got  chan hostile.Message
}

const recorded = "recorded"

func record(t testing.TB) *recorder {
	r := &recorder{got: make(chan hostile.Message, 100)}
	r.addr = rawBackend(t, func(nc net.Conn, _ *bufio.Reader) {
		var seen bytes.Buffer
		br := bufio.NewReader(io.TeeReader(nc, &seen))
		for {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			head := string(seen.Next(seen.Len() - br.Buffered()))
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return
			}
			seen.Next(seen.Len() - br.Buffered())
			r.got <- hostile.Message{Head: r.withoutOurs(head), Body: string(body), Trailers: trailerLines(req.Trailer)}
			answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(recorded))
			if req.Method != "HEAD" {
				answer += recorded
			}
			if _, err := io.WriteString(nc, answer); err != nil {
				return
			}
		}
	})
	return r
}

// ourLines are what Weir itself says to an endpoint, each in the one form it can
// have here: what a client has said in their place is not removed by it.
var ourLines = regexp.MustCompile(`(?m)^(X-Forwarded-For: 127\.0\.0\.1|X-Forwarded-Proto: http|X-Weir-Version: v1|[Tt]raceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-0[01])\r\n`)

// withoutOurs removes what Weir adds, each line once, and names the endpoint
// where its address stands for a Host.
func (r *recorder) withoutOurs(head string) string {
	known := map[string]bool{}
	head = ourLines.ReplaceAllStringFunc(head, func(line string) string {
		name, _, _ := strings.Cut(line, ":")
		if known[name] {
			return line
		}
		known[name] = true
		return ""
	})
	_, rest, _ := strings.Cut(head, "\r\nHost: ")
	host, _, _ := strings.Cut(rest, "\r\n")
	head = strings.Replace(head, "X-Forwarded-Host: "+host+"\r\n", "", 1)
	return strings.Replace(head, "\r\nHost: "+r.addr+"\r\n", "\r\nHost: ENDPOINT\r\n", 1)
}

// none checks that nothing has come that was not expected.
func (r *recorder) none(t testing.TB) {
	t.Helper()
	select {
	case m := <-r.got:
		t.Errorf("the endpoint got %.300q, want nothing more", m)
	default:
	}
}

// one checks that this has come next.
func (r *recorder) one(t testing.TB, want hostile.Message) {
	t.Helper()
	if m := receive(t, "a request at the endpoint", r.got); m != want {
		t.Errorf("the endpoint got\n%.300q, want\n%.300q", m, want)
	}
}

func trailerLines(h http.Header) string {
	var b strings.Builder
	h.Write(&b)
	return b.String()
}
