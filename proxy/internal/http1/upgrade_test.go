package http1

import (
	"errors"
	"strings"
	"testing"
)

func TestUpgradeIsAskedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		head string
		want string // the Upgrade line sent on; "": none
	}{
		"websocket":         {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "websocket"},
		"case and company":  {"GET / HTTP/1.1\r\nHost: a\r\nconnection: keep-alive, UPGRADE\r\nUPGRADE: WebSocket\r\n\r\n", "WebSocket"},
		"several":           {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/2, bar\r\nUpgrade: baz\r\n\r\n", "foo/2, bar, baz"},
		"empty body":        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n", "foo"},
		"h2c":               {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n", ""},
		"h2c among others":  {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: H2C, websocket\r\n\r\n", "websocket"},
		"not in Connection": {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", ""},
		"no protocol":       {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n", ""},
		"empty":             {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ,\r\n\r\n", ""},
		"HTTP/1.0":          {"GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", ""},
		"with a body":       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", ""},
		"with chunks":       {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var r Request
			if refused := r.Parse([]byte(tt.head), DefaultLimits); refused != nil {
				t.Fatalf("refused: %+v", refused)
			}
			sent := string(AppendRequest(nil, &r, Forward{Proto: "http"}))
			line := "Connection: Upgrade\r\nUpgrade: " + tt.want + "\r\n"
			if r.Upgrade != (tt.want != "") || tt.want != "" && !strings.Contains(sent, line) {
				t.Errorf("upgrade %v, sent %q, want %q", r.Upgrade, sent, line)
			}
			if lower := strings.ToLower(sent); tt.want == "" && (strings.Contains(lower, "upgrade") || strings.Contains(lower, "http2")) {
				t.Errorf("sent %q, want no word of an upgrade", sent)
			}
		})
	}
}

func TestUpgradeIsAccepted(t *testing.T) {
	const asked = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo, WebSocket, h2c\r\n\r\n"
	for name, tt := range map[string]struct {
		request, answer string
		want            bool
	}{
		"one of them":       {asked, "Connection: upgrade\r\nUpgrade: websocket\r\n", true},
		"both":              {asked, "Connection: upgrade\r\nUpgrade: websocket, foo\r\n", true},
		"another":           {asked, "Connection: upgrade\r\nUpgrade: bar\r\n", false},
		"one and another":   {asked, "Connection: upgrade\r\nUpgrade: foo, bar\r\n", false},
		"HTTP/2":            {asked, "Connection: upgrade\r\nUpgrade: h2c\r\n", false},
		"none":              {asked, "Connection: upgrade\r\n", false},
		"not in Connection": {asked, "Upgrade: foo\r\n", false},
		"not asked":         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "Connection: upgrade\r\nUpgrade: foo\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			var req Request
			if refused := req.Parse([]byte(tt.request), DefaultLimits); refused != nil {
				t.Fatalf("refused: %+v", refused)
			}
			var r Response
			if err := r.Parse([]byte("HTTP/1.1 101 Switching Protocols\r\n"+tt.answer+"\r\n"), false); !errors.Is(err, ErrSwitching) {
				t.Fatalf("%v, want ErrSwitching", err)
			}
			if got := req.Accepts(&r); got != tt.want {
				t.Errorf("accepted %v, want %v", got, tt.want)
			}
		})
	}
	var r Response
	if err := r.Parse([]byte("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: foo\r\nContent-Length: 3\r\n\r\n"), false); !errors.Is(err, ErrFraming) {
		t.Errorf("%v for a 101 with a body, want ErrFraming", err)
	}
}

func TestUpgradeGoesOnToTheClient(t *testing.T) {
	var r Response
	_ = r.Parse([]byte("HTTP/1.1 101 Switching\r\nX: y\r\nconnection: upgrade\r\nupgrade: foo\r\nSec-WebSocket-Accept: abc=\r\n\r\n"), false)
	const want = "HTTP/1.1 101 Switching\r\nX: y\r\nSec-WebSocket-Accept: abc=\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
	if got, framing := AppendResponse(nil, &r, ResponseOptions{ClientMinor: 1, Close: true}); string(got) != want || framing != NoBody {
		t.Errorf("%q, %v, want %q", got, framing, want)
	}
}
