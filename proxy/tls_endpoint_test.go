package proxy

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"weir/proxy/internal/testcert"
)

// secureBackend is an endpoint on net/http over TLS that counts its connections.
func secureBackend(t testing.TB, config *tls.Config, h http.HandlerFunc) (address string, conns *atomic.Int32) {
	t.Helper()
	ln := listen(t)
	conns = &atomic.Int32{}
	srv := &http.Server{Handler: h, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}}
	var wg sync.WaitGroup
	wg.Go(func() { srv.ServeTLS(ln, "", "") })
	t.Cleanup(func() { srv.Close(); wg.Wait() })
	return ln.Addr().String(), conns
}

// secureEndpoints makes all endpoints of the upstream speak TLS.
func secureEndpoints(up *Upstream, config *tls.Config) *Upstream {
	for _, v := range up.Versions {
		for _, e := range v.Endpoints {
			e.Secure(config)
		}
	}
	return up
}

func serving(t testing.TB, ca *testcert.CA, names ...string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, names...).TLS(t)}}
}

// TestKeepAliveToEndpointOverTLS: the tickets of TLS 1.3 come when they like, and
// cost no connection.
func TestKeepAliveToEndpointOverTLS(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			ca := testcert.NewCA(t)
			config := serving(t, ca, "127.0.0.1")
			config.MinVersion, config.MaxVersion = version, version
			address, conns := secureBackend(t, config, func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, r.Header.Get("X-Forwarded-Proto"))
			})
			r := start(t, secureEndpoints(one(t, address), &tls.Config{RootCAs: ca.Pool()}), Options{})
			c := r.dial(t)
			for range 20 {
				if g := c.get("/"); g.StatusCode != 200 || g.body != "http" {
					t.Fatalf("%d %q, want 200", g.StatusCode, g.body)
				}
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections for 20 requests one after the other, want 1", n)
			}
		})
	}
}

// TestUnaskedAnswerOverTLS: what an endpoint sends behind an answer reaches
// nobody, also when it was read together with the answer.
func TestUnaskedAnswerOverTLS(t *testing.T) {
	ca := testcert.NewCA(t)
	config := serving(t, ca, "127.0.0.1")
	address := rawBackend(t, func(raw net.Conn, _ *bufio.Reader) {
		together := &atOnce{Conn: raw}
		nc := tls.Server(together, config)
		br := bufio.NewReader(nc)
		for {
			req, err := readRequest(br)
			if err != nil {
				return
			}
			together.hold = true
			fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%s", req.URL.Path)
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
			together.flush()
		}
	})
	r := start(t, secureEndpoints(one(t, address), &tls.Config{RootCAs: ca.Pool()}), Options{})
	c := r.dial(t)
	for range 20 {
		if g := c.get("/x"); g.StatusCode != 200 || g.body != "/x" {
			t.Fatalf("%d %q, want what was asked for", g.StatusCode, g.body)
		}
	}
}

// atOnce writes what it holds in one go.
type atOnce struct {
	net.Conn
	hold bool
	held []byte
}

func (a *atOnce) Write(p []byte) (int, error) {
	if !a.hold {
		return a.Conn.Write(p)
	}
	a.held = append(a.held, p...)
	return len(p), nil
}

func (a *atOnce) flush() {
	a.hold = false
	a.Conn.Write(a.held)
	a.held = nil
}

// TestEndpointIsVerified: whoever is not who it should be gets nothing, and the
// client learns nothing of why.
func TestEndpointIsVerified(t *testing.T) {
	ca, other := testcert.NewCA(t), testcert.NewCA(t)
	for _, tt := range []struct {
		name   string
		server *tls.Config
		client *tls.Config
		why    string // in the log; empty: it is served
	}{
		{name: "by its address", server: serving(t, ca, "127.0.0.1"), client: &tls.Config{RootCAs: ca.Pool()}},
		{name: "by a name", server: serving(t, ca, "api.internal"), client: &tls.Config{RootCAs: ca.Pool(), ServerName: "api.internal"}},
		{name: "not at all", server: serving(t, other, "x"), client: &tls.Config{InsecureSkipVerify: true}},
		{name: "an unknown authority", server: serving(t, other, "127.0.0.1"), client: &tls.Config{RootCAs: ca.Pool()}, why: "unknown authority"},
		{name: "another address", server: serving(t, ca, "127.0.0.2"), client: &tls.Config{RootCAs: ca.Pool()}, why: "127.0.0.1"},
		{name: "another name", server: serving(t, ca, "web.internal"), client: &tls.Config{RootCAs: ca.Pool(), ServerName: "api.internal"}, why: "api.internal"},
		{name: "too old", server: &tls.Config{Certificates: serving(t, ca, "127.0.0.1").Certificates, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, client: &tls.Config{RootCAs: ca.Pool()}, why: "version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var served atomic.Int32
			address, _ := secureBackend(t, tt.server, func(http.ResponseWriter, *http.Request) { served.Add(1) })
			var lines syncBuffer
			r := start(t, secureEndpoints(one(t, address), tt.client), Options{Log: zerolog.New(&lines)})
			c := r.dial(t)
			for range 3 {
				c.send("POST / HTTP/1.1\r\nHost: weir.test\r\nContent-Length: 1\r\n\r\nx")
				g := c.receive("POST")
				if tt.why == "" {
					if g.StatusCode != 200 {
						t.Fatalf("%d, want 200", g.StatusCode)
					}
					continue
				}
				if g.StatusCode != 502 || g.Header.Get("X-Weir-Reason") != "upstream_connect" || strings.Contains(g.body, "tls") {
					t.Fatalf("%d %v %q, want 502 upstream_connect", g.StatusCode, g.Header, g.body)
				}
			}
			if tt.why == "" {
				return
			}
			if served.Load() > 0 {
				t.Error("a request got through")
			}
			if got := lines.String(); strings.Count(got, "handshake with an endpoint") != 1 || !strings.Contains(got, tt.why) {
				t.Errorf("the log says %q, want once why: %s", got, tt.why)
			}
		})
	}
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestSlowHandshakeOfEndpoint: TLS is part of the time to connect.
func TestSlowHandshakeOfEndpoint(t *testing.T) {
	up := one(t, rawBackend(t, func(_ net.Conn, br *bufio.Reader) { io.Copy(io.Discard, br) }))
	up.Timeouts.Connect = 100 * time.Millisecond
	r := start(t, secureEndpoints(up, &tls.Config{InsecureSkipVerify: true}), Options{})
	begin := time.Now()
	if g := r.dial(t).get("/"); g.StatusCode != 504 || g.Header.Get("X-Weir-Reason") != "upstream_connect_timeout" {
		t.Errorf("%d %v, want 504 upstream_connect_timeout", g.StatusCode, g.Header)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestClientCertificateForEndpoint, and an endpoint that refuses it, with TLS 1.3
// only after the handshake.
func TestClientCertificateForEndpoint(t *testing.T) {
	ca := testcert.NewCA(t)
	config := serving(t, ca, "127.0.0.1")
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
	address, _ := secureBackend(t, config, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.TLS.PeerCertificates[0].DNSNames[0])
	})
	client := &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{ca.Issue(t, "weir.client").TLS(t)}}
	r := start(t, secureEndpoints(one(t, address), client), Options{})
	if g := r.dial(t).get("/"); g.body != "weir.client" {
		t.Errorf("%d, the endpoint saw %q, want weir.client", g.StatusCode, g.body)
	}
	for name, wrong := range map[string]*tls.Config{
		"none":    {RootCAs: ca.Pool()},
		"unknown": {RootCAs: ca.Pool(), Certificates: []tls.Certificate{testcert.NewCA(t).Issue(t, "weir.client").TLS(t)}},
	} {
		secureEndpoints(r.up, wrong)
		if g := r.dial(t).get("/"); g.StatusCode != 502 {
			t.Errorf("%s: %d, want 502", name, g.StatusCode)
		}
	}
}

// TestEndpointChangesLive: new connections are made as the configuration is now,
// and idle ones that were made otherwise are closed.
func TestEndpointChangesLive(t *testing.T) {
	ca := testcert.NewCA(t)
	address, conns := secureBackend(t, serving(t, ca, "127.0.0.1"), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(50 * time.Millisecond)
		}
	})
	good := &tls.Config{RootCAs: ca.Pool()}
	r := start(t, secureEndpoints(one(t, address), good), Options{})
	c := r.dial(t)
	c.get("/")
	secureEndpoints(r.up, good)
	c.get("/")
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections after a change that is none, want 1", n)
	}
	pool := r.up.Versions[0].Endpoints[0].pool
	eventually(t, "one idle", func() bool { return pool.Idle() == 1 })
	secureEndpoints(r.up, &tls.Config{RootCAs: ca.Pool()})
	if n := pool.Idle(); n != 0 {
		t.Errorf("%d idle after a change, want none", n)
	}
	c.send("GET /slow HTTP/1.1\r\nHost: weir.test\r\n\r\n")
	eventually(t, "a second connection", func() bool { return conns.Load() == 2 })
	secureEndpoints(r.up, nil)
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Errorf("a request under way: %d, want 200", g.StatusCode)
	}
	if g := c.get("/"); g.StatusCode != 400 { // net/http's answer to HTTP in clear
		t.Errorf("in clear: %d, want what the endpoint says to that, 400", g.StatusCode)
	}
}

// TestSessionsWithEndpoint: a second connection costs less.
func TestSessionsWithEndpoint(t *testing.T) {
	ca := testcert.NewCA(t)
	var resumed atomic.Int32
	address, _ := secureBackend(t, serving(t, ca, "127.0.0.1"), func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.DidResume {
			resumed.Add(1)
		}
		w.Header().Set("Connection", "close")
	})
	r := start(t, secureEndpoints(one(t, address), &tls.Config{RootCAs: ca.Pool()}), Options{})
	c := r.dial(t)
	for range 3 {
		c.get("/")
	}
	if n := resumed.Load(); n != 2 {
		t.Errorf("%d of 3 connections resumed, want all but the first", n)
	}
}

// TestCloseWithoutGoodbye: a body that lasts until the close is whole only if TLS
// says so (RFC 9112 §9.8).
func TestCloseWithoutGoodbye(t *testing.T) {
	ca := testcert.NewCA(t)
	config := serving(t, ca, "127.0.0.1")
	for name, goodbye := range map[string]bool{"with": true, "without": false} {
		address := rawBackend(t, func(raw net.Conn, _ *bufio.Reader) {
			nc := tls.Server(raw, config)
			readRequest(bufio.NewReader(nc))
			io.WriteString(nc, "HTTP/1.1 200 OK\r\n\r\nall of it")
			if goodbye {
				nc.CloseWrite()
			}
			raw.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, raw)
		})
		r := start(t, secureEndpoints(one(t, address), &tls.Config{RootCAs: ca.Pool()}), Options{})
		c := r.dial(t)
		c.send(plainGet)
		g, err := c.tryReceive("GET")
		if g.body != "all of it" || (err == nil) != goodbye {
			t.Errorf("%s: %q, %v", name, g.body, err)
		}
	}
}

// TestLargeBodiesToEndpointOverTLS both ways, TLS on both sides.
func TestLargeBodiesToEndpointOverTLS(t *testing.T) {
	v := newVault(t)
	address, _ := secureBackend(t, serving(t, v.ca, "127.0.0.1"), func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		io.Copy(sum, r.Body)
		w.Header().Set("X-Sum", hex.EncodeToString(sum.Sum(nil)))
		w.Header().Set("Trailer", "X-Down")
		sum.Reset()
		out := io.MultiWriter(w, sum)
		for range 200 {
			var b [32 << 10]byte
			rand.Read(b[:])
			out.Write(b[:])
		}
		w.Header().Set("X-Down", hex.EncodeToString(sum.Sum(nil)))
	})
	r := startTLS(t, v, secureEndpoints(one(t, address), &tls.Config{RootCAs: v.ca.Pool()}))
	data := make([]byte, 6<<20)
	rand.Read(data)
	want := sha256.Sum256(data)
	hc := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: v.ca.Pool(), ServerName: "weir.test"}}}
	defer hc.CloseIdleConnections()
	resp, err := hc.Post("https://"+r.addr+"/", "application/octet-stream", io.MultiReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	down := sha256.New()
	if n, err := io.Copy(down, resp.Body); err != nil || n != 200*32<<10 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if got := resp.Header.Get("X-Sum"); got != hex.EncodeToString(want[:]) {
		t.Error("the endpoint got something else")
	}
	if got := resp.Trailer.Get("X-Down"); got != hex.EncodeToString(down.Sum(nil)) {
		t.Errorf("the client got something else (trailer %q)", got)
	}
}
