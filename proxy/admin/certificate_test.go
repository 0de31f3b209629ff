package admin

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/admintest"
	"weir/proxy/admin/api"
	"weir/proxy/admin/audit"
)

// clientsOf are the roles of certificates of an authority.
func clientsOf(a *admintest.Authority, roles map[string]api.Role) *access.Certificates {
	c := access.NewCertificates(roles)
	c.Believe(a.Pool())
	return c
}

// ask asks for a path as a connection would; token "" is none.
func ask(h http.Handler, path, from, token string, state *tls.ConnectionState) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://localhost"+path, nil)
	if r.RemoteAddr, r.TLS = from, state; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestCertificates asks with certificates as a connection has them, beside tokens and
// without.
func TestCertificates(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "view:"+viewToken+"\n"))
	ours := admintest.NewAuthority(t)
	clients := clientsOf(ours, map[string]api.Role{"ann": api.RoleOperate, "watch": api.RoleView})
	ann, unproven := ours.Shown("ann", time.Hour), ours.Shown("ann", time.Hour)
	unproven.VerifiedChains = nil
	for _, c := range []struct {
		what   string
		tokens *access.Keyring
		tls    *tls.ConnectionState
		token  string
		status int
		you    api.You
	}{
		{"a certificate", ring, ann, "", 200, api.You{Author: "cert:ann", Role: api.RoleOperate}},
		{"without a file of tokens", nil, ours.Shown("watch", time.Hour), "", 200, api.You{Author: "cert:watch", Role: api.RoleView}},
		{"no role", ring, ours.Shown("bob", time.Hour), "", 401, api.You{}},
		{"expired on an old connection", ring, ours.Shown("ann", -time.Hour), "", 401, api.You{}},
		{"another authority's", ring, admintest.NewAuthority(t).Shown("ann", time.Hour), "", 401, api.You{}},
		{"not believed", ring, unproven, "", 401, api.You{}},
		{"none", nil, &tls.ConnectionState{}, "", 401, api.You{}},
		{"none, in clear", nil, nil, "", 401, api.You{}},
		{"a token instead", ring, &tls.ConnectionState{}, viewToken, 200, api.You{Role: api.RoleView}},
		{"a token decides", ring, ann, viewToken, 200, api.You{Role: api.RoleView}},
		{"a wrong token is no certificate", ring, ann, "wrong-wrong-wrong", 401, api.You{}},
		{"a token that nobody asks for", nil, ann, "whatever", 200, api.You{Author: "cert:ann", Role: api.RoleOperate}},
	} {
		h := New(Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Tokens: c.tokens, Certificates: clients})
		w := ask(h, "/v1/status", "192.0.2.1:1234", c.token, c.tls)
		var s api.Status
		_ = json.Unmarshal(w.Body.Bytes(), &s) // a refusal has no such thing
		if w.Code != c.status || s.You != c.you {
			t.Errorf("%s: %d, %+v (%s), want %d, %+v", c.what, w.Code, s.You, w.Body, c.status, c.you)
		}
	}
}

// Who is let in by a certificate of an authority, and by a name, that somebody with a
// token of that name is not taken for.
func TestNamesOfCertificates(t *testing.T) {
	ring, ours, log := &access.Keyring{}, admintest.NewAuthority(t), audit.New(audit.Options{})
	ring.Use(tokensOf(t, "operate:"+annToken+":ann\n\noperate:"+operateToken+"\n"))
	h := New(Options{
		Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Tokens: ring, Audit: log,
		Certificates: clientsOf(ours, map[string]api.Role{"ann": api.RoleOperate}),
	})
	for i, c := range []struct {
		token      string
		state      *tls.ConnectionState
		author, by string
	}{
		{annToken, nil, "ann (cert:ann)", "token"},
		{"", ours.Shown("ann", time.Hour), "cert:ann", "certificate"},
		{operateToken, nil, "(cert:ann)", "token of line 3"},
	} {
		r := httptest.NewRequest("POST", "http://localhost/v1/upstreams/api/undo", strings.NewReader(`{"author":"cert:ann"}`))
		r.Header.Set(api.IdempotencyKey, "one-for-all")
		if r.TLS = c.state; c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		list, _, _ := log.Page(0, audit.Of{}, 10)
		if w.Code != 200 || len(list) != i+1 || list[0].Author != c.author || list[0].By != c.by {
			t.Errorf("%d %s: kept %+v, want author %q by %q", w.Code, w.Body, list, c.author, c.by)
		}
	}
}

// A stream ends with the authority of its certificate, and so does what a connection
// that is kept may.
func TestStreamEndsWithItsAuthority(t *testing.T) {
	ours := admintest.NewAuthority(t)
	clients := clientsOf(ours, map[string]api.Role{"ann": api.RoleView})
	state := ours.Shown("ann", time.Hour)
	h := New(Options{
		Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Certificates: clients,
		Heartbeat: time.Hour, // at which a stream looks again anyway
	})
	began, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		r := httptest.NewRequest("GET", "http://localhost/v1/events", nil)
		r.TLS = state
		h.ServeHTTP(&beginning{ResponseWriter: httptest.NewRecorder(), began: sync.OnceFunc(func() { close(began) })}, r)
	}()
	<-began
	clients.Believe(admintest.NewAuthority(t).Pool())
	<-ended
	if w := ask(h, "/v1/status", "192.0.2.1:1", "", state); w.Code != 401 || !strings.Contains(w.Body.String(), "no longer, of an authority that is believed") {
		t.Errorf("on the connection that is kept: %d %s", w.Code, w.Body)
	}
}

// beginning tells when something is sent.
type beginning struct {
	http.ResponseWriter
	began func()
}

func (b *beginning) Flush()                           { b.began() }
func (b *beginning) SetWriteDeadline(time.Time) error { return nil }

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
	ring, ours := &access.Keyring{}, admintest.NewAuthority(t)
	ring.Use(tokensOf(t, "operate:"+operateToken+"\n"))
	h := New(Options{
		Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Tokens: ring,
		Certificates: clientsOf(ours, map[string]api.Role{"ann": api.RoleOperate}),
	})
	shown := ours.Shown("ann", time.Hour)
	const guesser, socket = "192.0.2.1:1234", "@"
	for range 25 {
		ask(h, "/v1/status", guesser, "guess-0123456789", nil)
		ask(h, "/v1/status", socket, "guess-0123456789", nil)
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
		if got := ask(h, "/v1/status", c.from, c.token, c.state).Code; got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
