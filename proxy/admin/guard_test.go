package admin

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
)

func TestHost(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Address = "Weir.internal:9900" })
	_, port, _ := net.SplitHostPort(r.address)
	for host, status := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:" + port: 200, "127.9.9.9:1": 200, "localhost": 200, "LOCALHOST:8080": 200,
		"[::1]": 200, "[::1]:9900": 200, "[::ffff:127.0.0.1]:1": 200, "weir.internal": 200, "WEIR.internal:1": 200,
		"evil.example": 421, "evil.example:" + port: 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421,
		"10.0.0.1": 421, "0.0.0.0": 421, "[::]": 421, "localhost:x": 421, "localhost:99999": 421, "::1": 421, "[::1": 421,
	} {
		for _, path := range []string{"/v1/status", "/metrics", "/healthz"} {
			if a := r.send("GET", path, "", "Host", host); a.status != status {
				t.Errorf("Host %s, %s: %d, want %d", host, path, a.status, status)
			}
		}
	}
	r.refused(r.send("POST", "/v1/upstreams/api/undo", "", "Host", "evil.example"), 421, `Host: "evil.example": want`)
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("the backend was called: %s", call)
	}
}

// TestHostOfAbsoluteTarget sends what net/http's client would not.
func TestHostOfAbsoluteTarget(t *testing.T) {
	r := newRig(t, nil)
	for head, status := range map[string]int{
		"GET http://evil.example/v1/status HTTP/1.1\r\nHost: localhost\r\n": 421,
		"GET /v1/status HTTP/1.0\r\n":                                       421,
		"GET /v1/status HTTP/1.1\r\n":                                       400,
		"GET http://localhost/v1/status HTTP/1.1\r\nHost: localhost\r\n":    200,
	} {
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, head+"Connection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status {
			t.Errorf("%q: %d, want %d", head, res.StatusCode, status)
		}
		c.Close()
	}
}

func TestOrigin(t *testing.T) {
	r := newRig(t, nil)
	own := "http://" + r.address
	for _, c := range []struct {
		name, value string
		write       int // status of a write and of a profile; other reads are always answered
	}{
		{"Origin", own, 200},
		{"Origin", "http://evil.example", 403},
		{"Origin", "null", 403},
		{"Origin", "", 403},
		{"Origin", "https://" + r.address, 403},
		{"Origin", "http://127.0.0.1:1", 403},
		{"Origin", own + ".evil.example", 403},
		{"Sec-Fetch-Site", "same-origin", 200},
		{"Sec-Fetch-Site", "none", 200},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "cross-site", 403},
	} {
		t.Run(fmt.Sprintf("%s %q", c.name, c.value), func(t *testing.T) {
			if a := r.send("GET", "/v1/status", "", c.name, c.value); a.status != 200 {
				t.Errorf("read: %d, want 200", a.status)
			}
			if a := r.send("GET", profilePath+"cmdline", "", c.name, c.value); a.status != c.write {
				t.Errorf("a profile: %d, want %d", a.status, c.write)
			}
			for _, w := range writes {
				a := r.send(w.method, w.path, w.body, c.name, c.value)
				if a.status != c.write {
					t.Errorf("%s %s: %d, want %d", w.method, w.path, a.status, c.write)
				}
			}
			if a := r.send("POST", "/v1/reload", "", c.name, c.value); a.status != c.write {
				t.Errorf("reload: %d, want %d", a.status, c.write)
			}
		})
	}
	r.refused(r.send("POST", "/v1/reload", "", "Origin", own, "Origin", "null"), 403, `Origin: "null"`)
}
