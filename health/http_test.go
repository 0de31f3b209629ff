package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
)

// serve answers with h until the test ends and returns the address.
func serve(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// accept hands each connection to f, in a goroutine, and closes it afterwards.
func accept(t *testing.T, f func(net.Conn)) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return ln.Addr().String()
}

func TestHTTPProbe(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	// raw sends an answer as it is, once the request's head is there, and hangs on
	// until the other side closes.
	raw := func(answer string) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, answer)
			io.Copy(io.Discard, c)
		}
	}
	gone := httptest.NewServer(nil)
	closed := gone.Listener.Addr().String()
	gone.Close()

	for _, tc := range []struct {
		name, address string
		status        outcome.StatusSet
		want          string // part of the error; "" passes
	}{
		{"200", serve(t, status(200)), outcome.StatusSet{}, ""},
		{"204", serve(t, status(204)), outcome.StatusSet{}, ""},
		{"404", serve(t, status(404)), outcome.StatusSet{}, "status 404"},
		{"503", serve(t, status(503)), outcome.StatusSet{}, "status 503"},
		{"404 is wanted", serve(t, status(404)), outcome.NewStatusSet([2]int{404, 404}), ""},
		{"200 is not wanted", serve(t, status(200)), outcome.NewStatusSet([2]int{404, 404}), "status 200"},
		{"huge body", serve(t, func(w http.ResponseWriter, _ *http.Request) {
			io.CopyN(w, strings.NewReader(strings.Repeat("x", 1<<20)), 1<<20)
		}), outcome.StatusSet{}, ""},
		{"endless body", accept(t, func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				if _, err := io.WriteString(c, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		}), outcome.StatusSet{}, ""},
		{"interim answers", accept(t, raw("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")), outcome.StatusSet{}, ""},
		{"interim answers for ever", accept(t, raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20_000))), outcome.StatusSet{}, "more than 65536 bytes"},
		{"nobody listens", closed, outcome.StatusSet{}, "refused"},
		{"accepts, never answers", accept(t, raw("")), outcome.StatusSet{}, "no complete answer in time"},
		{"half a head", accept(t, raw("HTTP/1.1 200 OK\r\nServer")), outcome.StatusSet{}, "no complete answer in time"},
		{"a body that does not end", accept(t, raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")), outcome.StatusSet{}, "no complete answer in time"},
		{"truncated body", accept(t, func(c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
		}), outcome.StatusSet{}, "read body"},
		{"closes instead of an answer", accept(t, func(c net.Conn) { c.Read(make([]byte, 4096)) }), outcome.StatusSet{}, "read answer: unexpected EOF"},
		{"no HTTP", accept(t, raw("220 mail.example.org ESMTP\r\n\r\n")), outcome.StatusSet{}, "malformed HTTP"},
		{"huge head", accept(t, raw("HTTP/1.1 200 OK\r\n"+strings.Repeat("A: b\r\n", 20_000)+"\r\n")), outcome.StatusSet{}, "more than 65536 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := NewHTTPProbe(HTTPOptions{Address: tc.address, Path: "/health", Timeout: 500 * time.Millisecond, Status: tc.status})
			began := time.Now()
			err := p.Check(t.Context())
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("Check took %v with a timeout of 500ms", took)
			}
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Check = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestHTTPProbeRequest(t *testing.T) {
	var got *http.Request
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	for path, want := range map[string]string{"/ready?deep=1": "/ready?deep=1", "": "/"} {
		if err := NewHTTPProbe(HTTPOptions{Address: address, Path: path}).Check(t.Context()); err != nil {
			t.Fatalf("path %q: %v", path, err)
		}
		if got.Method != "GET" || got.RequestURI != want || got.Host != address || got.UserAgent() != "weir-health" || !got.Close {
			t.Errorf("path %q: got %s %s, Host %s, User-Agent %s, close %v", path, got.Method, got.RequestURI, got.Host, got.UserAgent(), got.Close)
		}
	}
}

// TestHTTPProbeAsksAsToldTo: as often as it is asked, and without a word of our own.
func TestHTTPProbeAsksAsToldTo(t *testing.T) {
	var got *http.Request
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	p := NewHTTPProbe(HTTPOptions{
		Address: address, Path: "/up", Method: "HEAD", Host: "api.internal:81",
		Headers: http.Header{"User-Agent": {"probe"}, "X-Forwarded-Proto": {"https"}},
	})
	for range 2 {
		if err := p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got.Method != "HEAD" || got.RequestURI != "/up" || got.Host != "api.internal:81" || !got.Close ||
			got.UserAgent() != "probe" || got.Header.Get("X-Forwarded-Proto") != "https" || len(got.Header) != 3 {
			t.Errorf("got %s %s, Host %s, %v", got.Method, got.RequestURI, got.Host, got.Header)
		}
	}
	if err := NewHTTPProbe(HTTPOptions{Address: address, Method: "POST"}).Check(t.Context()); err != nil || got.Method != "POST" || got.ContentLength != 0 {
		t.Errorf("POST: %v, got %s with %d bytes", err, got.Method, got.ContentLength)
	}
}

func TestHTTPProbeDoesNotFollowRedirects(t *testing.T) {
	var followed atomic.Bool
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed.Store(true)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	if err := NewHTTPProbe(HTTPOptions{Address: address, Path: "/"}).Check(t.Context()); err != nil {
		t.Errorf("a 302 with the default statuses: %v, want a pass", err)
	}
	only200 := NewHTTPProbe(HTTPOptions{Address: address, Path: "/", Status: outcome.NewStatusSet([2]int{200, 200})})
	if err := only200.Check(t.Context()); err == nil || err.Error() != "status 302" {
		t.Errorf("a 302 where 200 is wanted: %v, want status 302", err)
	}
	if followed.Load() {
		t.Error("the redirect was followed")
	}
}

func TestHTTPProbeEndsWithItsContext(t *testing.T) {
	connected := make(chan struct{})
	address := accept(t, func(c net.Conn) { close(connected); io.Copy(io.Discard, c) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-connected; cancel() }()
	if err := NewHTTPProbe(HTTPOptions{Address: address}).Check(ctx); err == nil {
		t.Error("Check of a silent endpoint passed after its context was canceled")
	}
}

// TestHTTPProbeOfALinkLocalAddress: its zone is for dialling, and no part of a URL.
func TestHTTPProbeOfALinkLocalAddress(t *testing.T) {
	err := NewHTTPProbe(HTTPOptions{Address: "[fe80::1%nowhere]:1", Path: "/health?deep=1"}).Check(t.Context())
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Errorf("Check = %v, want an attempt to connect", err)
	}
}

func TestHTTPProbeOfABadAddress(t *testing.T) {
	for _, address := range []string{"", "no port", "127.0.0.1:99999999", "%zz:80"} {
		p := NewHTTPProbe(HTTPOptions{Address: address, Timeout: 5 * time.Second})
		if err := p.Check(t.Context()); err == nil {
			t.Errorf("address %q passed", address)
		}
	}
}

// TestHTTPProbeOverTLS: a probe sees the endpoint as requests do.
func TestHTTPProbeOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	known := x509.NewCertPool()
	known.AddCert(srv.Certificate()) // for 127.0.0.1 and example.com
	address := srv.Listener.Addr().String()
	for _, tt := range []struct {
		name string
		tls  *tls.Config
		ok   bool
	}{
		{"by its address", &tls.Config{RootCAs: known}, true},
		{"by a name", &tls.Config{RootCAs: known, ServerName: "example.com"}, true},
		{"by a wrong name", &tls.Config{RootCAs: known, ServerName: "other.test"}, false},
		{"from an unknown authority", &tls.Config{RootCAs: x509.NewCertPool()}, false},
		{"not verified", &tls.Config{InsecureSkipVerify: true}, true},
		{"in clear", nil, false},
	} {
		err := NewHTTPProbe(HTTPOptions{Address: address, TLS: tt.tls, Timeout: 5 * time.Second}).Check(t.Context())
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it passed: %v", tt.name, err, tt.ok)
		}
	}
}

// TestHTTPProbeTellsTheHead of answers that pass, and of no others.
func TestHTTPProbeTellsTheHead(t *testing.T) {
	var status atomic.Int64
	status.Store(200)
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Schema-Range", "41-43")
		w.WriteHeader(int(status.Load()))
	})
	var heard []string
	p := NewHTTPProbe(HTTPOptions{Address: address, Timeout: time.Second, Passed: func(h http.Header) {
		heard = append(heard, h.Get("X-Schema-Range"))
	}})
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	status.Store(503)
	if err := p.Check(t.Context()); err == nil {
		t.Fatal("a 503 passed")
	}
	if len(heard) != 1 || heard[0] != "41-43" {
		t.Errorf("heard %q, want 41-43 once", heard)
	}
}
