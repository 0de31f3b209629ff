package health

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTCPProbe(t *testing.T) {
	// redis answers a PING in its own time, as one or in pieces.
	redis := func(pieces ...string) string {
		return accept(t, func(c net.Conn) {
			if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line != "PING\r\n" {
				io.WriteString(c, "-ERR\r\n")
				return
			}
			for _, p := range pieces {
				io.WriteString(c, p)
				time.Sleep(time.Millisecond)
			}
			io.Copy(io.Discard, c)
		})
	}
	silent := accept(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	greets := accept(t, func(c net.Conn) { io.WriteString(c, "220 mail.example.org ESMTP\r\n"); io.Copy(io.Discard, c) })
	leaves := accept(t, func(c net.Conn) { io.WriteString(c, "bye\n") })
	floods := accept(t, func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, strings.Repeat("+", 4096)); err != nil {
				return
			}
		}
	})
	late := accept(t, func(c net.Conn) {
		io.WriteString(c, strings.Repeat("-", maxExpected-2100)+"+PONG")
		io.Copy(io.Discard, c)
	})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()

	for _, tc := range []struct {
		name, address, send, expect string
		want                        string // part of the error; "" passes
	}{
		{"connects", silent, "", "", ""},
		{"nobody listens", gone.Addr().String(), "", "", "refused"},
		{"sends, expects nothing", silent, "QUIT\r\n", "", ""},
		{"greets", greets, "", "220 ", ""},
		{"greets otherwise", leaves, "", "220 ", `no "220 ", but "bye\n": EOF`},
		{"answers", redis("+PONG\r\n"), "PING\r\n", "+PONG", ""},
		{"answers in pieces", redis("+P", "ON", "G\r\n"), "PING\r\n", "+PONG", ""},
		{"answers behind something else", redis("+INFO\r\n", "+PONG\r\n"), "PING\r\n", "+PONG\r\n", ""},
		{"answers something else", redis("-NOAUTH\r\n"), "PING\r\n", "+PONG", `no "+PONG" in time`},
		{"is asked something else", redis("+PONG\r\n"), "GET\r\n", "+PONG", `no "+PONG", but "-ERR\r\n": EOF`},
		{"says nothing", silent, "PING\r\n", "+PONG", `no "+PONG" in time`},
		{"says too much", floods, "", "PONG", `no "PONG" in the first 65536 bytes`},
		{"says it late", late, "", "+PONG", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			timeout := 20 * time.Second // for what comes, on a busy machine
			if strings.HasSuffix(tc.want, "in time") {
				timeout = 500 * time.Millisecond
			}
			began := time.Now()
			err := NewTCPProbe(TCPOptions{Address: tc.address, Timeout: timeout, Send: tc.send, Expect: tc.expect}).Check(t.Context())
			if took := time.Since(began); took > timeout+5*time.Second {
				t.Errorf("Check took %v with a timeout of %v", took, timeout)
			}
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Check = %v, want %q", err, tc.want)
			}
		})
	}
}

// TestTCPProbeOverTLS: the certificate counts, the protocols of the traffic do not.
func TestTCPProbeOverTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil) // for its certificate
	srv.StartTLS()
	defer srv.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: srv.TLS.Certificates, NextProtos: []string{"redis"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 100))
				io.WriteString(c, "+PONG\r\n")
			}()
		}
	}()
	known := x509.NewCertPool()
	known.AddCert(srv.Certificate())
	for _, tt := range []struct {
		name string
		tls  *tls.Config
		ok   bool
	}{
		{"known", &tls.Config{RootCAs: known, NextProtos: []string{"http/1.1"}}, true},
		{"from an unknown authority", &tls.Config{RootCAs: x509.NewCertPool()}, false},
		{"in clear", nil, false},
	} {
		o := TCPOptions{Address: ln.Addr().String(), Timeout: 5 * time.Second, TLS: tt.tls, Send: "PING\r\n", Expect: "+PONG"}
		if err := NewTCPProbe(o).Check(t.Context()); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it passed: %v", tt.name, err, tt.ok)
		}
	}
}
