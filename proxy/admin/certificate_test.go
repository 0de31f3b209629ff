package admin

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
)

// TestCertificates asks with certificates as a connection has them. Which are believed
// is the business of the listener.
func TestCertificates(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "view:"+viewToken+"\n"))
	roles := map[string]api.Role{"ann": api.RoleOperate, "watch": api.RoleView, "a\x1b[2Jb": api.RoleView, strings.Repeat("x", 80): api.RoleView}
	one := func(name string, valid time.Duration) *tls.ConnectionState {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(valid)}
		return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
	}
	unproven := one("ann", time.Hour)
	unproven.VerifiedChains = nil
	for _, c := range []struct {
		what   string
		tokens *access.Keyring
		roles  map[string]api.Role
		tls    *tls.ConnectionState
		token  string
		status int
		you    api.You
	}{
		{"a certificate", ring, roles, one("ann", time.Hour), "", 200, api.You{Author: "ann", Role: api.RoleOperate}},
		{"without a file of tokens", nil, roles, one("watch", time.Hour), "", 200, api.You{Author: "watch", Role: api.RoleView}},
		{"no roles are written", nil, nil, one("bob", time.Hour), "", 200, api.You{Author: "bob", Role: api.RoleOperate}},
		{"no role", ring, roles, one("bob", time.Hour), "", 401, api.You{}},
		{"expired on an old connection", ring, roles, one("ann", -time.Hour), "", 401, api.You{}},
		{"not believed", ring, roles, unproven, "", 401, api.You{}},
		{"no name", nil, nil, one("", time.Hour), "", 401, api.You{}},
		{"none", nil, roles, &tls.ConnectionState{}, "", 401, api.You{}},
		{"none, in clear", nil, roles, nil, "", 401, api.You{}},
		{"a token instead", ring, roles, &tls.ConnectionState{}, viewToken, 200, api.You{Role: api.RoleView}},
		{"a token decides", ring, roles, one("ann", time.Hour), viewToken, 200, api.You{Role: api.RoleView}},
		{"a wrong token is no certificate", ring, roles, one("ann", time.Hour), "wrong-wrong-wrong", 401, api.You{}},
		{"a token that nobody asks for", nil, roles, one("ann", time.Hour), "whatever", 200, api.You{Author: "ann", Role: api.RoleOperate}},
		{"a name that steers a terminal", nil, roles, one("a\x1b[2Jb", time.Hour), "", 200, api.You{Author: `"a\x1b[2Jb"`, Role: api.RoleView}},
		{"a long name", nil, roles, one(strings.Repeat("x", 80), time.Hour), "", 200, api.You{Author: strings.Repeat("x", 64), Role: api.RoleView}},
	} {
		h := New(Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Tokens: c.tokens, Certificates: CertificateRoles(c.roles)})
		r := httptest.NewRequest("GET", "http://localhost/v1/status", nil)
		r.RemoteAddr = "192.0.2.1:1234"
		if r.TLS = c.tls; c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var s api.Status
		_ = json.Unmarshal(w.Body.Bytes(), &s) // a refusal has no such thing
		if w.Code != c.status || s.You != c.you {
			t.Errorf("%s: %d, %+v (%s), want %d, %+v", c.what, w.Code, s.You, w.Body, c.status, c.you)
		}
	}
}

// On TLS a page of this server is one of https.
func TestOriginOverTLS(t *testing.T) {
	for origin, want := range map[string]int{
		"https://localhost": 200, "https://localhost:443": 200, "http://localhost": 403, "https://localhost:80": 403, "https://evil.example": 403, "null": 403,
	} {
		h := New(Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics})
		r := httptest.NewRequest("POST", "https://localhost/v1/reload", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("Origin %s: %d, want %d", origin, w.Code, want)
		}
	}
}

// An address that is blocked for its wrong tokens may go on with a certificate, and a
// socket without an address is never blocked.
func TestWhoIsNeverBlocked(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "operate:"+operateToken+"\n"))
	h := New(Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Tokens: ring, Certificates: CertificateRoles(nil)})
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "ann"}, NotAfter: time.Now().Add(time.Hour)}
	shown := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf}}}
	ask := func(from, token string, state *tls.ConnectionState) int {
		r := httptest.NewRequest("GET", "http://localhost/v1/status", nil)
		r.RemoteAddr, r.TLS = from, state
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	const guesser, socket = "192.0.2.1:1234", "@"
	for range 25 {
		ask(guesser, "guess-0123456789", nil)
		ask(socket, "guess-0123456789", nil)
	}
	for _, c := range []struct {
		what, from, token string
		state             *tls.ConnectionState
		want              int
	}{
		{"a right token of the guesser", guesser, operateToken, nil, 429},
		{"a certificate of the guesser", guesser, "", shown, 200},
		{"a guess with a certificate", guesser, "guess-0123456789", shown, 429},
		{"a right token by the socket", socket, operateToken, nil, 200},
		{"a right token from elsewhere", "192.0.2.2:1", operateToken, nil, 200},
	} {
		if got := ask(c.from, c.token, c.state); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
