package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"weir/proxy/internal/hostile"
	"weir/proxy/internal/http1"
)

// FuzzForward holds what goes to an endpoint to one promise: net/http reads exactly
// one request in it, with the body that we have seen; and if it accepts what the
// client sent, it saw the same request there.
func FuzzForward(f *testing.F) {
	for _, row := range hostile.Requests() {
		if len(row.In) < 4<<10 {
			f.Add([]byte(row.In))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n := http1.HeadEnd(in, 0)
		if n < 0 {
			return
		}
		var req http1.Request
		var body requestBody
		if req.Parse(in[:n], http1.DefaultLimits) != nil || !body.find(&req, in[n:]) || !body.whole {
			return
		}
		sent := http1.AppendRequest(nil, &req, http1.Forward{
			ClientIP: []byte("192.0.2.1"), Proto: "http", Version: "v1", FallbackHost: "10.0.0.1:80",
		})
		sent, _ = body.append(sent)

		br := bufio.NewReader(bytes.NewReader(sent))
		got, err := http.ReadRequest(br)
		if err != nil {
			if strings.Contains(err.Error(), "invalid URL escape") || strings.Contains(err.Error(), "invalid URI") || strings.Contains(err.Error(), "parse ") {
				return // net/url wants more of a target than we do; it takes nothing else for it
			}
			t.Fatalf("sent %q: %v", sent, err)
		}
		content, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatalf("sent %q: body: %v", sent, err)
		}
		if rest, _ := io.ReadAll(br); len(rest) > 0 {
			t.Fatalf("sent %q: net/http sees %q behind the request", sent, rest)
		}
		if got.Method != string(req.Method) || got.RequestURI != string(req.Target) || len(req.Host) > 0 && got.Host != string(req.Host) {
			t.Fatalf("sent %q: net/http sees %s %q for %q", sent, got.Method, got.RequestURI, got.Host)
		}

		br = bufio.NewReader(bytes.NewReader(in))
		came, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		had, err := io.ReadAll(came.Body)
		if err != nil {
			return
		}
		rest, _ := io.ReadAll(br)
		if !bytes.Equal(had, content) || !bytes.Equal(rest, in[n+len(body.here):]) {
			t.Fatalf("came %q: net/http sees body %q and %q behind it; sent body %q", in, had, rest, content)
		}
	})
}
