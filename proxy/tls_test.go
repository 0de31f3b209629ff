package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/proxy/internal/testcert"
)

// vault is what a TLS listener of a test presents, and what its clients believe.
type vault struct {
	ca     *testcert.CA
	config atomic.Pointer[tls.Config]
}

func newVault(t testing.TB) *vault {
	v := &vault{ca: testcert.NewCA(t)}
	v.config.Store(&tls.Config{
		Certificates: []tls.Certificate{v.ca.Issue(t, "weir.test").TLS(t)},
		NextProtos:   Protocols,
	})
	return v
}

// change sets another configuration.
func (v *vault) change(f func(*tls.Config)) {
	next := v.config.Load().Clone()
	f(next)
	v.config.Store(next)
}

func startTLS(t testing.TB, v *vault, up *Upstream, changes ...func(*Clients)) *rig {
	t.Helper()
	return startOn(t, Secure(listen(t), v.config.Load), up, Options{}, changes...)
}

// dialTLS connects as a client that believes the vault's authority.
func (r *rig) dialTLS(t testing.TB, v *vault, changes ...func(*tls.Config)) *client {
	t.Helper()
	c, err := r.tryDialTLS(t, v, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) tryDialTLS(t testing.TB, v *vault, changes ...func(*tls.Config)) (*client, error) {
	t.Helper()
	config := &tls.Config{RootCAs: v.ca.Pool(), ServerName: "weir.test"}
	for _, change := range changes {
		change(config)
	}
	c := r.dial(t)
	nc := tls.Client(c.Conn, config)
	if err := nc.Handshake(); err != nil {
		return nil, err
	}
	return &client{t: t, Conn: nc, br: bufio.NewReader(nc)}, nil
}

func TestRequestsOverTLS(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			r := startTLS(t, v, one(t, backend(t, func(w http.ResponseWriter, req *http.Request) {
				fmt.Fprintf(w, "%s %s %s", req.Header.Get("X-Forwarded-Proto"), req.Host, req.RequestURI)
			})))
			c := r.dialTLS(t, v, func(o *tls.Config) { o.MaxVersion = version })
			for range 3 {
				if g := c.get("/x"); g.body != "https weir.test /x" {
					t.Errorf("the endpoint saw %q", g.body)
				}
			}
			c.send("GET https://other.test/y HTTP/1.1\r\nHost: weir.test\r\n\r\nGET http://o.test/z HTTP/1.1\r\nHost: weir.test\r\n\r\n")
			if g := c.receive("GET"); g.body != "https other.test /y" {
				t.Errorf("an https target: the endpoint saw %q", g.body)
			}
			if g := c.receive("GET"); g.body != "https o.test /z" {
				t.Errorf("an http target behind it: the endpoint saw %q", g.body)
			}
		})
	}
}

func TestSecureTargetNeedsTLS(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	c := r.dial(t)
	c.send("GET https://weir.test/ HTTP/1.1\r\nHost: weir.test\r\n\r\n")
	if g := c.receive("GET"); g.StatusCode != 400 || g.Header.Get("X-Weir-Reason") != "bad_target" {
		t.Errorf("%d %q, want 400 bad_target", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	c.closed()
}

// TestPlainHTTPOnTLSPort is row 56 of the table of bad inputs.
func TestPlainHTTPOnTLSPort(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, backend(t, func(http.ResponseWriter, *http.Request) { t.Error("a request got through") })))
	lines := logged(t, r)
	size := 0
	for _, method := range []string{"GET", "POST", "PROPFIND", "M-SEARCH", "DELETE"} {
		c := r.dial(t)
		c.send(method + " /secret HTTP/1.1\r\nHost: weir.test\r\nContent-Length: 0\r\n\r\n")
		g := c.receive(method)
		if g.StatusCode != 400 || g.Header.Get("X-Weir-Reason") != "plain_http" || !g.Close || strings.Contains(g.body, "secret") {
			t.Errorf("%s: %d %v, want 400 plain_http and the close", method, g.StatusCode, g.Header)
		}
		size = len(g.body)
		c.closed()
	}
	if n := r.Rejects()["plain_http"]; n != 5 {
		t.Errorf("%d counted, want 5", n)
	}
	for _, l := range lines(5) {
		if l.Status != 400 || l.Reason != "plain_http" || l.Bytes != size {
			t.Errorf("logged %+v, want 400 with %d bytes", l, size)
		}
	}
}

// TestNoTLSAtAll: what is neither TLS nor HTTP is closed without a word in clear.
func TestNoTLSAtAll(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)))
	for _, text := range []string{"\x00\x01\x02\x03\x04\x05", "get / http\r\n", "\r\n\r\n\r\n", "\x16\x03\x01\xff\xff\x00", "G\x00\x00\x00\x00\x00"} {
		c := r.dial(t)
		c.send(text)
		c.Conn.(*net.TCPConn).CloseWrite()
		if b, _ := io.ReadAll(c.br); bytes.Contains(b, []byte("HTTP")) {
			t.Errorf("%q was answered %q", text, b)
		}
	}
	eventually(t, "five failed handshakes", func() bool { return r.Rejects()[reasonHandshake] == 5 })
	if g := r.dialTLS(t, v).get("/"); g.StatusCode != 200 {
		t.Errorf("%d after that, want 200", g.StatusCode)
	}
}

// TestSlowHandshake: it is bounded by the time for a head, and keeps nobody out.
func TestSlowHandshake(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)), func(p *Clients) { p.HeaderTimeout = 300 * time.Millisecond })
	begin := time.Now()
	var slow []*client
	for _, text := range []string{"", "\x16", "\x16\x03\x01\x02\x00\x01"} {
		c := r.dial(t)
		c.send(text)
		slow = append(slow, c)
	}
	if g := r.dialTLS(t, v).get("/"); g.StatusCode != 200 {
		t.Errorf("%d beside them, want 200", g.StatusCode)
	}
	for _, c := range slow {
		if b, _ := io.ReadAll(c.br); bytes.Contains(b, []byte("HTTP")) {
			t.Errorf("answered %q", b)
		}
		if took := time.Since(begin); took < 290*time.Millisecond || took > 5*time.Second {
			t.Errorf("closed after %v, want 300 ms", took)
		}
	}
}

func TestProtocolsOffered(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)))
	for _, tt := range []struct {
		offer []string
		want  string
		fails bool // as NGINX does since 1.21.4 (RFC 7301 §3.2)
	}{
		{offer: nil, want: ""},
		{offer: []string{"http/1.1"}, want: "http/1.1"},
		{offer: []string{"h2", "http/1.1"}, want: "http/1.1"},
		{offer: []string{"h2"}, fails: true},
	} {
		c, err := r.tryDialTLS(t, v, func(o *tls.Config) { o.NextProtos = tt.offer })
		if (err != nil) != tt.fails {
			t.Errorf("%q: %v", tt.offer, err)
		}
		if err != nil {
			continue
		}
		if got := c.Conn.(*tls.Conn).ConnectionState().NegotiatedProtocol; got != tt.want {
			t.Errorf("%q: %q, want %q", tt.offer, got, tt.want)
		}
		if g := c.get("/"); g.StatusCode != 200 {
			t.Errorf("%q: %d, want 200", tt.offer, g.StatusCode)
		}
	}
}

// TestLargeBodiesOverTLS sends them both ways at once, and compares.
func TestLargeBodiesOverTLS(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, backend(t, func(w http.ResponseWriter, req *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		if req.ContentLength > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(req.ContentLength))
		}
		io.Copy(w, req.Body)
	})))
	data := make([]byte, 5<<20)
	rand.Read(data)
	hc := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: v.ca.Pool(), ServerName: "weir.test"}}}
	defer hc.CloseIdleConnections()
	for name, body := range map[string]io.Reader{"length": bytes.NewReader(data), "chunked": io.MultiReader(bytes.NewReader(data))} {
		resp, err := hc.Post("https://"+r.addr+"/", "application/octet-stream", body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v; want the %d that were sent", name, len(got), err, len(data))
		}
	}
}

// TestEndOfAnswerOverTLS: an answer that lasts until the close ends with a goodbye
// when it is whole, and without one when it is not.
func TestEndOfAnswerOverTLS(t *testing.T) {
	for name, whole := range map[string]bool{"whole": true, "cut off": false} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			r := startTLS(t, v, one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				readRequest(br)
				if whole {
					io.WriteString(nc, "HTTP/1.1 200 OK\r\n\r\nall of it")
					return
				}
				io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n")
			})))
			c := r.dialTLS(t, v)
			c.send("GET / HTTP/1.0\r\n\r\n")
			got, err := io.ReadAll(c.br)
			if !strings.HasSuffix(string(got), "\r\n\r\nall of it") || (err == nil) != whole {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestMutualTLS is row 58 beside what certificates clients have.
func TestMutualTLS(t *testing.T) {
	v := newVault(t)
	clients, strangers := testcert.NewCA(t), testcert.NewCA(t)
	v.change(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, clients.Pool() })
	r := startTLS(t, v, one(t, cannedBackend(t)))
	with := func(p testcert.Pair) func(*tls.Config) {
		return func(c *tls.Config) { c.Certificates = []tls.Certificate{p.TLS(t)} }
	}
	known, stranger := with(clients.Issue(t, "user")), with(strangers.Issue(t, "user"))

	refused := func(what string, changes ...func(*tls.Config)) {
		t.Helper()
		c, err := r.tryDialTLS(t, v, changes...)
		if err == nil { // with TLS 1.3 the client learns it at its first read
			c.Conn.Write([]byte("GET / HTTP/1.1\r\nHost: weir.test\r\n\r\n"))
			_, err = c.br.ReadByte()
		}
		if err == nil {
			t.Errorf("%s was let in", what)
		}
	}
	refused("nobody")
	refused("a stranger", stranger)
	if g := r.dialTLS(t, v, known).get("/"); g.StatusCode != 200 {
		t.Errorf("a known client: %d, want 200", g.StatusCode)
	}
	for host, want := range map[string]int{"weir.test": 200, "WEIR.test.:8443": 200, "other.test": 421, "127.0.0.1": 421} {
		c := r.dialTLS(t, v, known)
		c.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
		g := c.receive("GET")
		if g.StatusCode != want || g.Close != (want == 421) {
			t.Errorf("Host %s: %d, close %v; want %d", host, g.StatusCode, g.Close, want)
		}
	}
	c := r.dialTLS(t, v, known, func(c *tls.Config) { c.ServerName, c.InsecureSkipVerify = "", true })
	if g := c.get("/"); g.StatusCode != 200 {
		t.Errorf("without a name in the handshake: %d, want 200", g.StatusCode)
	}

	v.change(func(c *tls.Config) { c.ClientAuth = tls.VerifyClientCertIfGiven })
	if g := r.dialTLS(t, v).get("/"); g.StatusCode != 200 {
		t.Errorf("optional, nobody: %d, want 200", g.StatusCode)
	}
	if g := r.dialTLS(t, v, known).get("/"); g.StatusCode != 200 {
		t.Errorf("optional, a known client: %d, want 200", g.StatusCode)
	}
	refused("optional, a stranger", stranger)
}

// TestListenerChangesLive: connections go on as they began, new ones begin as the
// configuration is now, with or without TLS.
func TestListenerChangesLive(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)))
	old := r.dialTLS(t, v)
	old.get("/")
	next := v.ca.Issue(t, "weir.test").TLS(t)
	v.change(func(c *tls.Config) { c.Certificates = []tls.Certificate{next} })
	now := r.dialTLS(t, v)
	if got := now.Conn.(*tls.Conn).ConnectionState().PeerCertificates[0]; !bytes.Equal(got.Raw, next.Certificate[0]) {
		t.Error("a new connection gets an old certificate")
	}
	v.config.Store(nil)
	for what, c := range map[string]*client{"the old": old, "the new": now, "one in clear": r.dial(t)} {
		if g := c.get("/"); g.StatusCode != 200 {
			t.Errorf("%s: %d, want 200", what, g.StatusCode)
		}
	}
}

// TestSessionsAreResumed also after the configuration is another one.
func TestSessionsAreResumed(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)))
	cache := tls.NewLRUClientSessionCache(1)
	for i := range 3 {
		c := r.dialTLS(t, v, func(o *tls.Config) { o.ClientSessionCache = cache })
		c.get("/")
		if got := c.Conn.(*tls.Conn).ConnectionState().DidResume; got != (i > 0) {
			t.Errorf("connection %d resumed: %v", i, got)
		}
		v.change(func(*tls.Config) {})
	}
}

// TestStrangersAreNotResumed pins what the library sees to: a session that began
// under an authority which is believed no more lets nobody in.
func TestStrangersAreNotResumed(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			before, now := testcert.NewCA(t), testcert.NewCA(t)
			believe := func(ca *testcert.CA) {
				v.change(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool() })
			}
			believe(before)
			r := startTLS(t, v, one(t, cannedBackend(t)))
			cache, shown := tls.NewLRUClientSessionCache(1), before.Issue(t, "user").TLS(t)
			dial := func() (*client, error) {
				return r.tryDialTLS(t, v, func(c *tls.Config) {
					c.ClientSessionCache, c.Certificates, c.MaxVersion = cache, []tls.Certificate{shown}, version
				})
			}
			for i := range 2 {
				c, err := dial()
				if err != nil {
					t.Fatal(err)
				}
				c.get("/")
				if got := c.Conn.(*tls.Conn).ConnectionState().DidResume; got != (i > 0) {
					t.Errorf("connection %d resumed: %v", i, got)
				}
			}
			believe(now)
			c, err := dial()
			if err == nil { // with TLS 1.3 the client learns it at its first read
				c.send(plainGet)
				_, err = c.br.ReadByte()
			}
			if err == nil {
				t.Error("a client of the authority before was let in")
			}
		})
	}
}

// TestDrainOverTLS: who waits is told goodbye, who shakes hands is served.
func TestDrainOverTLS(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, one(t, cannedBackend(t)))
	idle := r.dialTLS(t, v)
	idle.get("/")
	half := r.dial(t)
	eventually(t, "two connections", func() bool { return r.Connections() == 2 })
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- r.Shutdown(ctx)
	}()
	if _, err := idle.br.ReadByte(); err != io.EOF {
		t.Errorf("the idle one reads %v, want EOF after a goodbye", err)
	}
	nc := tls.Client(half.Conn, &tls.Config{RootCAs: v.ca.Pool(), ServerName: "weir.test"})
	c := &client{t: t, Conn: nc, br: bufio.NewReader(nc)}
	if g := c.get("/"); g.StatusCode != 200 || !g.Close {
		t.Errorf("the new one: %d, close %v; want 200 and the close", g.StatusCode, g.Close)
	}
	c.Close()
	if err := receive(t, "the end of the drain", done); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestHardCloseOverTLS: neither a silent client nor one in its handshake holds it up.
func TestHardCloseOverTLS(t *testing.T) {
	v := newVault(t)
	held := make(chan struct{})
	r := startTLS(t, v, one(t, backend(t, func(w http.ResponseWriter, _ *http.Request) {
		http.NewResponseController(w).Flush()
		<-held
	})))
	defer close(held)
	c := r.dialTLS(t, v)
	c.send(plainGet)
	c.br.ReadByte()
	r.dial(t)
	eventually(t, "two connections", func() bool { return r.Connections() == 2 })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v, want the deadline: a request was cut", err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}
