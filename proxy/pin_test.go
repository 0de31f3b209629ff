package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	number "math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"weir/proxy/internal/sock"
)

// What Weir takes from fasthttp is pinned here and in engine_test.go, and must be
// run on every bump of fasthttp or Go: the key "" of NextProto (plaintext there, TLS
// here) and an accept loop that outlives EMFILE. Its header parser is not used:
// every byte of a head is read by http1, whose tests and fuzzers, with the tables of
// package hostile, stand where pins of that parser would.

// TestPinNextProtoWithTLS pins who gets a TLS connection: the protocol that was
// agreed on, and "" when none was.
func TestPinNextProtoWithTLS(t *testing.T) {
	e := &fasthttp.Server{
		Handler:   func(*fasthttp.RequestCtx) { t.Error("fasthttp has parsed a request") },
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}},
	}
	who := make(chan string, 1)
	for _, key := range []string{"", "http/1.1"} {
		e.NextProto(key, func(nc net.Conn) error {
			var b [1]byte
			nc.Read(b[:])
			who <- key + "|" + string(b[:])
			return nil
		})
	}
	e.TLSConfig.NextProtos = []string{"http/1.1"} // NextProto has put "" there, which is no protocol
	ln := listen(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := e.Serve(tls.NewListener(ln, e.TLSConfig)); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	for _, tt := range []struct {
		offered []string
		want    string
	}{
		{nil, "|G"},
		{[]string{"http/1.1"}, "http/1.1|G"},
		{[]string{"h2", "http/1.1"}, "http/1.1|G"},
	} {
		nc, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: tt.offered})
		if err != nil {
			t.Fatal(err)
		}
		nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		if got := receive(t, "the handler", who); got != tt.want {
			t.Errorf("offered %q: handler and first byte %q, want %q", tt.offered, got, tt.want)
		}
		nc.Close()
	}
	ln.Close()
	wg.Wait()
}

func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: number.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tally counts the calls that become system calls.
type tally struct{ reads, writes atomic.Int64 }

type tallied struct {
	net.Conn
	n *tally
}

func (c *tallied) Read(b []byte) (int, error)  { c.n.reads.Add(1); return c.Conn.Read(b) }
func (c *tallied) Write(b []byte) (int, error) { c.n.writes.Add(1); return c.Conn.Write(b) }

type talliedListener struct {
	net.Listener
	n *tally
}

func (l *talliedListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tallied{nc, l.n}, nil
}

// TestFourCallsPerRequest: a small request is read in one call, written in one,
// and so is its answer. What the runtime adds (reads that find nothing yet) depends
// on the load; make bench counts it on a running proxy.
func TestFourCallsPerRequest(t *testing.T) {
	const requests = 100
	up := one(t, cannedBackend(t))
	r := start(t, up, Options{})
	var client, endpoint tally
	ln := &talliedListener{listen(t), &client}
	go r.Serve(ln)
	to, err := up.Versions[0].Endpoints[0].pool.Dial(t.Context(), time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	to.Reset(&tallied{to.Conn.Conn, &endpoint})
	to.Release(sock.Now(), true)

	c := (&rig{addr: ln.Addr().String()}).dial(t)
	for range requests {
		c.send(plainGet)
		if g := c.receive("GET"); g.body != "hello" {
			t.Fatalf("%d %q", g.StatusCode, g.body)
		}
	}
	c.Close()
	eventually(t, "the end read", func() bool { return client.reads.Load() > requests })
	for name, n := range map[string]*tally{"client": &client, "endpoint": &endpoint} {
		// One read more finds the client's end.
		if reads, writes := n.reads.Load(), n.writes.Load(); reads > requests+1 || writes != requests {
			t.Errorf("%s: %d reads and %d writes for %d requests", name, reads, writes, requests)
		}
	}
}

// TestOldClientsOfEveryAnswer: HTTP/1.0 has no chunks, so what has no length ends
// with the connection; interim answers are not for it.
func TestOldClientsOfEveryAnswer(t *testing.T) {
	const interim = "HTTP/1.1 103 Early Hints\r\n\r\n"
	for name, tt := range map[string]struct {
		answer string
		ends   bool
		want   string
	}{
		"length": {
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false,
			"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
		},
		"chunked": {
			interim + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", false,
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
		},
		"until close": {
			"HTTP/1.0 200 OK\r\n\r\nhello", true,
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := startVillain(t)
			c := start(t, one(t, v.addr), Options{}).dial(t)
			v.says(tt.answer, tt.ends)
			c.send("GET /bad HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
			c.Conn.(*net.TCPConn).CloseWrite()
			if got, err := io.ReadAll(c.br); err != nil || string(got) != tt.want {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
