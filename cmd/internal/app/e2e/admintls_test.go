//go:build !race

package e2e

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAdminTLS has the API on TLS with client certificates on every address: who shows
// one, who has a token, who has neither, and a certificate that is renewed.
func TestAdminTLS(t *testing.T) {
	t.Parallel()
	b, w, ours, others := newBackend(t), newWeir(t), newAuthority(t), newAuthority(t)
	file := func(name string) string { return filepath.Join(w.dir, name) }
	first := ours.issue(w.dir, "server", "127.0.0.1")
	ours.issue(w.dir, "ann", "ann")
	ours.issue(w.dir, "watch", "watch")
	ours.issue(w.dir, "nobody", "nobody")
	others.issue(w.dir, "foreign", "ann")
	ours.write(file("ca.pem"))
	const token = "operate-0123456789abcdef"
	if err := os.WriteFile(file("tokens"), []byte("operate:"+token+":bot\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("token"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(w.admin, ":")
	w.writeText(strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, b.addr), one("v2", 0, b.addr)}}), "admin: {address: \""+w.admin+"\"}",
		"admin: {address: \":"+port+"\", tokens_file: tokens, tls: {cert: server.pem, key: server.key, client_ca: ca.pem, roles: {ann: operate, watch: view}}}", 1))
	w.launch()
	url := "https://" + w.admin
	weir := func(args ...string) (string, string, int) {
		return w.cli(append(args, "--admin", url, "--ca", file("ca.pem"))...)
	}
	as := func(name string, args ...string) (string, string, int) {
		return weir(append(args, "--cert", file(name+".pem"), "--key", file(name+".key"))...)
	}
	w.eventually("ready without a certificate", func() bool { _, _, code := weir("status", "--ready"); return code == 0 })

	split := []string{"set-weight", "api", "v1=90", "v2=10"}
	if _, stderr, code := as("ann", split...); code != 0 {
		t.Errorf("ann: exit %d, %s", code, stderr)
	}
	if _, stderr, code := weir("set-weight", "api", "v1=80", "v2=20", "--token-file", file("token")); code != 0 {
		t.Errorf("a token: exit %d, %s", code, stderr)
	}
	for name, want := range map[string]string{
		"watch": "role view: want role operate", "nobody": "the client certificate's name has no role here", "foreign": "certificate",
	} {
		if _, stderr, code := as(name, split...); code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q, want 1 and %q", name, code, stderr, want)
		}
	}
	if _, stderr, code := weir(split...); code != 1 || !strings.Contains(stderr, "want a token") {
		t.Errorf("nothing: exit %d, %q", code, stderr)
	}
	if out, stderr, _ := as("watch", "rollout", "history", "api"); !strings.Contains(out, "ann (") || !strings.Contains(out, "bot (") {
		t.Errorf("history has not whose certificate and token it was:\n%s%s", out, stderr)
	}
	if _, _, code := w.cli("status", "--admin", url); code != 1 {
		t.Errorf("an authority that is not believed: exit %d", code)
	}
	if c, err := tls.Dial("tcp", w.admin, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if res, err := plain.Get("http://" + w.admin + "/healthz"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("in clear: %d", res.StatusCode)
		}
	}

	second := ours.issue(w.dir, "server", "127.0.0.1")
	w.eventually("the renewed certificate", func() bool {
		c, err := tls.Dial("tcp", w.admin, ours.believed("127.0.0.1"))
		if err != nil {
			return false
		}
		defer c.Close()
		serial := c.ConnectionState().PeerCertificates[0].SerialNumber
		return serial.Cmp(first.SerialNumber) != 0 && serial.Cmp(second.SerialNumber) == 0
	})

	// An authority that is taken out takes what is open of its certificates with it.
	seen := &http.Client{Transport: &http.Transport{TLSClientConfig: ours.shown("127.0.0.1", w.dir, "watch")}}
	get := func(path string) *http.Response {
		res, err := seen.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	stream := get("/v1/events")
	defer stream.Body.Close()
	kept := get("/v1/config")
	_, _ = io.Copy(io.Discard, kept.Body)
	if kept.Body.Close(); stream.StatusCode != 200 || kept.StatusCode != 200 {
		t.Fatalf("watch: %d and %d", stream.StatusCode, kept.StatusCode)
	}
	others.write(file("ca.pem"))
	if _, err := io.Copy(io.Discard, stream.Body); err != nil {
		t.Errorf("the end of the stream: %v", err)
	}
	kept = get("/v1/config") // on the connection that is there
	if kept.Body.Close(); kept.StatusCode != http.StatusUnauthorized {
		t.Errorf("on a connection that is kept: %d, want 401", kept.StatusCode)
	}
	w.stop()
}
