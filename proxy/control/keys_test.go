package control

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/config"
	"weir/proxy/internal/testcert"
)

// secureFile writes a file with TLS everywhere into dir and returns its path.
func secureFile(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "weir.yaml")
	write(t, file, `listeners:
  - name: web
    address: "127.0.0.1:8443"
    tls:
      cert: a.pem
      key: a.key
      certificates: [{cert: b.pem, key: b.key}]
      client: {ca: ca.pem}
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    tls: {ca: ca.pem, cert: c.pem, key: c.key}
routes: [{upstream: api}]
`)
	return file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, file string) *config.Config {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// filled puts everything that secureFile names into a new directory.
func filled(t *testing.T) (dir string, ca *testcert.CA) {
	t.Helper()
	dir, ca = t.TempDir(), testcert.NewCA(t)
	write(t, filepath.Join(dir, "ca.pem"), string(ca.PEM))
	ca.Issue(t, "a.test").Write(t, dir, "a")
	ca.Issue(t, "b.test", "*.wild.test").Write(t, dir, "b")
	ca.Issue(t, "weir.client").Write(t, dir, "c")
	return dir, ca
}

// TestKeysFaults: each stands where the file names what is at fault.
func TestKeysFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, dir string, ca *testcert.CA)
		want  string // DIR is the directory
	}{
		{"no certificate", func(_ *testing.T, dir string, _ *testcert.CA) { os.Remove(dir + "/a.pem") },
			"DIR/weir.yaml:5:7: listeners[0].tls.cert: DIR/a.pem: no such file or directory: want a PEM file with a certificate"},
		{"no key", func(_ *testing.T, dir string, _ *testcert.CA) { os.Remove(dir + "/b.key") },
			"DIR/weir.yaml:7:36: listeners[0].tls.certificates[0].key: DIR/b.key: no such file or directory: want the PEM file with the private key"},
		{"not a certificate", func(t *testing.T, dir string, _ *testcert.CA) { write(t, dir+"/a.pem", "x") },
			"DIR/weir.yaml:5:7: listeners[0].tls.cert: DIR/a.pem: no certificate in it: want a PEM file with a certificate"},
		{"the key of another", func(t *testing.T, dir string, ca *testcert.CA) {
			write(t, dir+"/a.key", string(ca.Issue(t, "a.test").Key))
		}, "DIR/weir.yaml:6:7: listeners[0].tls.key: DIR/a.key: private key does not match public key: want the private key of DIR/a.pem"},
		{"no authority", func(t *testing.T, dir string, _ *testcert.CA) { write(t, dir+"/ca.pem", "") },
			"DIR/weir.yaml:8:16: listeners[0].tls.client.ca: DIR/ca.pem: no certificate in it: want a PEM file with certificates of authorities\n" +
				"DIR/weir.yaml:12:11: upstreams.api.tls.ca: DIR/ca.pem: no certificate in it: want a PEM file with certificates of authorities"},
		{"a client certificate without its key", func(_ *testing.T, dir string, _ *testcert.CA) { os.Remove(dir + "/c.key") },
			"DIR/weir.yaml:12:36: upstreams.api.tls.key: DIR/c.key: no such file or directory: want the PEM file with the private key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, ca := filled(t)
			file := secureFile(t, dir)
			tt.spoil(t, dir, ca)
			_, err := Check(mustLoad(t, file))
			if want := strings.ReplaceAll(tt.want, "DIR", dir); err == nil || err.Error() != want {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestKeysWarnings(t *testing.T) {
	dir, ca := filled(t)
	file := secureFile(t, dir)
	if w, err := Check(mustLoad(t, file)); err != nil || len(w) > 0 {
		t.Fatalf("%v, %v; want neither", w, err)
	}
	end := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	ca.IssueUntil(t, end, "a.test").Write(t, dir, "a")
	w, err := Check(mustLoad(t, file))
	want := dir + "/weir.yaml:5:7: listeners[0].tls.cert: " + dir + "/a.pem: expired on " + end.Format(time.RFC3339)
	if err != nil || len(w) != 1 || w[0] != want {
		t.Errorf("%q, %v; want %q", w, err, want)
	}
	text, _ := os.ReadFile(file)
	write(t, file, strings.Replace(string(text), "tls: {ca: ca.pem, cert", "tls: {verify: false, ca: ca.pem, cert", 1))
	if w, err := Check(mustLoad(t, file)); err != nil || len(w) != 2 || !strings.Contains(w[1], "upstreams.api.tls.verify: off") {
		t.Errorf("%q, %v; want a second one about verify", w, err)
	}
}

// TestKeysChoice is by the name in the handshake.
func TestKeysChoice(t *testing.T) {
	dir, ca := filled(t)
	ca.Issue(t, "one.wild.test").Write(t, dir, "b2")
	file := secureFile(t, dir)
	text, _ := os.ReadFile(file)
	write(t, file, strings.Replace(string(text), "{cert: b.pem, key: b.key}", "{cert: b.pem, key: b.key}, {cert: b2.pem, key: b2.key}", 1))
	k, err := loadKeys(mustLoad(t, file), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a.test": "a.test", "b.test": "b.test", "B.TEST": "b.test", "two.wild.test": "b.test", "one.wild.test": "one.wild.test",
		"wild.test": "a.test", "x.two.wild.test": "a.test", "other": "a.test", "": "a.test",
	} {
		got, err := k.listeners["web"].GetCertificate(&tls.ClientHelloInfo{
			ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
		})
		if err != nil || got.Leaf.Subject.CommonName != want {
			t.Errorf("%q gets %v, %v; want %s", name, got.Leaf.Subject.CommonName, err, want)
		}
	}
	if n := len(k.expiries); n != 3 {
		t.Errorf("%d certificates are shown, want 3", n)
	}
}

// TestKeysMinVersion: a listener does not shake hands in an older version.
func TestKeysMinVersion(t *testing.T) {
	dir, _ := filled(t)
	file := secureFile(t, dir)
	text, _ := os.ReadFile(file)
	shake := func(written string, version uint16) error {
		write(t, file, strings.Replace(string(text), "client: {ca: ca.pem}", written, 1))
		k, err := loadKeys(mustLoad(t, file), nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		go tls.Server(b, k.listeners["web"]).Handshake()
		return tls.Client(a, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}).Handshake()
	}
	for _, tt := range []struct {
		written string
		version uint16
		refused bool
	}{
		{"", tls.VersionTLS11, true},
		{"", tls.VersionTLS12, false},
		{"", tls.VersionTLS13, false},
		{`min_version: "1.3"`, tls.VersionTLS12, true},
		{`min_version: "1.3"`, tls.VersionTLS13, false},
	} {
		err := shake(tt.written, tt.version)
		if refused := err != nil && strings.Contains(err.Error(), "protocol version"); refused != tt.refused || err != nil && !refused {
			t.Errorf("%q, %s: %v, want it refused: %v", tt.written, tls.VersionName(tt.version), err, tt.refused)
		}
	}
}

// TestKeysOfUpstreamStay as long as nothing in them is another: connections are
// kept over a reload.
func TestKeysOfUpstreamStay(t *testing.T) {
	dir, ca := filled(t)
	cfg := mustLoad(t, secureFile(t, dir))
	load := func(before *keys) *keys {
		t.Helper()
		k, err := loadKeys(cfg, before, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := load(nil)
	same := load(first)
	if first.of("api") != same.of("api") {
		t.Error("another configuration without a change")
	}
	ca.Issue(t, "weir.client").Write(t, dir, "c")
	if load(same).of("api") == same.of("api") {
		t.Error("the same configuration with another certificate")
	}
}
