//go:build !race

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// secured is a Weir that speaks TLS as site.test, in front of one backend; extra is
// more of listeners[0].tls.
func secured(t *testing.T, extra string) (*authority, *backend, *weir) {
	t.Helper()
	a, b, w := newAuthority(t), newBackend(t), newWeir(t)
	a.issue(w.dir, "site", "site.test")
	a.write(filepath.Join(w.dir, "ca.pem"))
	text := w.yaml(conf{versions: []version{one("v1", 100, b.addr)}})
	inClear := fmt.Sprintf("address: %q}", w.web)
	w.writeText(strings.Replace(text, inClear, strings.TrimSuffix(inClear, "}")+", tls: {cert: site.pem, key: site.key"+extra+"}}", 1))
	w.start()
	return a, b, w
}

// presented is the certificate that a new connection sees; nil: the handshake
// failed.
func presented(addr string, c *tls.Config) *x509.Certificate {
	nc, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", addr, c)
	if err != nil {
		return nil
	}
	defer nc.Close()
	return nc.ConnectionState().PeerCertificates[0]
}

// run runs a program that the tests can do without; it is skipped where it is
// missing, but not in CI.
func run(t *testing.T, stdin, program string, args ...string) (output string, err error) {
	t.Helper()
	path, missing := exec.LookPath(program)
	if missing != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// curl asks for a URL of site.test.
func (w *weir) curl(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	_, port, _ := net.SplitHostPort(w.web)
	return run(t, "", "curl", append([]string{
		"-sS", "--cacert", filepath.Join(w.dir, "ca.pem"), "--resolve", "site.test:" + port + ":127.0.0.1",
		"-o", filepath.Join(w.dir, "body"), "-w", "%{http_code} %{http_version}", "https://site.test:" + port + "/",
	}, args...)...)
}

// openssl says GET to site.test.
func (w *weir) openssl(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	return run(t, "GET / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n", "openssl", append([]string{
		"s_client", "-connect", w.web, "-servername", "site.test", "-CAfile", filepath.Join(w.dir, "ca.pem"),
		"-verify_return_error", "-ign_eof",
	}, args...)...)
}

// Promise: certificates are replaced while requests go on, on kept connections and
// on new ones, and none of them fails; a pair that does not fit changes nothing.
func TestCertificatesRotateUnderLoad(t *testing.T) {
	t.Parallel()
	a, _, w := secured(t, "")
	site := a.believed("site.test")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var shots []shot
	for i := range 4 {
		wg.Go(func() {
			c := &client{addr: w.web, tls: site}
			defer c.close()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				s := c.do(fmt.Sprintf("%d-%d", i, n), http.MethodGet, nil, time.Now())
				mu.Lock()
				shots = append(shots, s)
				mu.Unlock()
				if i%2 == 0 {
					c.close() // half of the users shake hands each time
				}
			}
		})
	}
	end := sync.OnceFunc(func() { close(stop); wg.Wait() })
	defer end()

	for range 3 {
		next := a.issue(w.dir, "site", "site.test")
		w.eventually("the new certificate is shown", func() bool {
			c := presented(w.web, site)
			return c != nil && c.Equal(next)
		})
	}
	last := presented(w.web, site)
	stranger, err := os.ReadFile(filepath.Join(w.dir, "site.key"))
	if err != nil {
		t.Fatal(err)
	}
	a.issue(w.dir, "other", "site.test")
	if err := os.Rename(filepath.Join(w.dir, "other.key"), filepath.Join(w.dir, "site.key")); err != nil {
		t.Fatal(err)
	}
	w.eventually("the refusal of a key that does not fit", func() bool {
		return strings.Contains(w.metrics(), "\nweir_config_reload_success 0\n")
	})
	if now := presented(w.web, site); now == nil || !now.Equal(last) {
		t.Error("a key that does not fit took the certificate away")
	}
	if status, p := w.call("POST", "/v1/reload", "", nil); status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "site.key") {
		t.Errorf("a key that does not fit: %d %q, want 422 with its name", status, p.Detail)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "site.key"), stranger, 0o600); err != nil {
		t.Fatal(err)
	}
	w.eventually("the pair is taken again", func() bool {
		return strings.Contains(w.metrics(), "\nweir_config_reload_success 1\n")
	})
	end()
	noFailures(t, shots)
	if n := dials(shots); n < 20 || len(shots)-n < 20 {
		t.Errorf("%d requests on %d connections: want many of both kinds", len(shots), n)
	}
	if got := w.metrics(); !strings.Contains(got, "weir_certificate_expiry_seconds{") {
		t.Error("no metric says when the certificate expires")
	}
	w.stop()
}

// Promise: what others wrote speaks TLS with Weir.
func TestTLSPeers(t *testing.T) {
	t.Parallel()
	_, _, w := secured(t, "")
	for _, version := range []string{"1.2", "1.3"} {
		t.Run("curl/"+version, func(t *testing.T) {
			if out, err := w.curl(t, "--tlsv"+version, "--tls-max", version); err != nil || out != "200 1.1" {
				t.Errorf("%v: %s, want 200 by HTTP/1.1", err, out)
			}
		})
		t.Run("openssl/"+version, func(t *testing.T) {
			out, err := w.openssl(t, "-tls"+strings.Replace(version, ".", "_", 1))
			if err != nil || !strings.Contains(out, "HTTP/1.1 200 OK") || !strings.Contains(out, "Verify return code: 0 (ok)") {
				t.Errorf("%v: %s, want a verified 200", err, out)
			}
		})
	}
	t.Run("in clear", func(t *testing.T) {
		out, err := run(t, "", "curl", "-sS", "-D", "-", "http://"+w.web+"/")
		if err != nil || !strings.HasPrefix(out, "HTTP/1.1 400 ") || !strings.Contains(out, "X-Weir-Reason: plain_http\r\n") {
			t.Errorf("%v: %s, want 400 plain_http", err, out)
		}
	})
}

// Promise: min_version is the least that is spoken, and without it that is TLS 1.2.
func TestMinVersion(t *testing.T) {
	t.Parallel()
	a, b, w := secured(t, `, min_version: "1.3"`)
	site := a.believed("site.test")
	old := site.Clone()
	old.MaxVersion = tls.VersionTLS12
	if presented(w.web, old) != nil || presented(w.web, site) == nil {
		t.Error("want a client of TLS 1.2 refused and one of 1.3 served")
	}
	t.Run("curl", func(t *testing.T) {
		if out, err := w.curl(t, "--tls-max", "1.2"); exitCode(err) != 35 {
			t.Errorf("%v: %s, want no handshake", err, out)
		}
	})
	t.Run("openssl", func(t *testing.T) {
		if out, err := w.openssl(t, "-tls1_2"); err == nil || !strings.Contains(out, "protocol version") {
			t.Errorf("%v: %s, want the alert for the protocol's version", err, out)
		}
	})
	if n := b.count(); n != 0 {
		t.Errorf("%d requests at the endpoint, want none of those refused", n)
	}

	a, _, w = secured(t, "")
	older := a.believed("site.test")
	older.MinVersion, older.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if presented(w.web, older) != nil || presented(w.web, a.believed("site.test")) == nil {
		t.Error("want a client of TLS 1.1 refused by default")
	}
}
