//go:build !race

package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"weir/cmd/internal/app/ground"
)

// example writes an example of deploy/ for this Weir, with other addresses: here are
// pairs of one that stands there and one of the test. The files it names are in its
// folder.
func (w *weir) example(name string, here ...string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/examples", name))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(here); i += 2 {
		if !strings.Contains(string(text), here[i]) {
			w.t.Fatalf("%s does not have %s", name, here[i])
		}
	}
	w.writeText(strings.NewReplacer(here...).Replace(string(text)) + fmt.Sprintf("admin: {address: %q}\n", w.admin))
}

// mirror is an endpoint that answers with the head it got, and echoes WebSocket
// messages; c is how it speaks TLS, nil for in clear. Its name is in X-Mirror.
func mirror(t *testing.T, name string, c *tls.Config) (addr string) {
	t.Helper()
	ln := ground.Listen(t)
	addr = ln.Addr().String()
	srv := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echo(rw, r)
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		head, err := httputil.DumpRequest(r, false)
		if err != nil {
			t.Error(err)
		}
		rw.Header().Set("X-Mirror", name)
		rw.Header().Set("Server", name)
		rw.Write(head)
	})}
	if c != nil {
		ln = tls.NewListener(ln, c)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-served })
	return addr
}

func echo(rw http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(rw, r, nil)
	if err != nil {
		return // it has answered
	}
	defer c.CloseNow()
	for {
		kind, msg, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, msg) != nil {
			return
		}
	}
}

// answered is an answer with its body, which is read whole.
type answered struct {
	*http.Response
	body string
}

// has demands a status and lines; those of a mirror's body count too, and one that
// begins with "!" must not be there.
func (a *answered) has(t *testing.T, what string, status int, lines ...string) {
	t.Helper()
	var b strings.Builder
	a.Header.Write(&b)
	all := "\r\n" + b.String() + a.body
	if a.StatusCode != status {
		t.Errorf("%s: %d, want %d: %s", what, a.StatusCode, status, all)
	}
	for _, line := range lines {
		line, not := strings.CutPrefix(line, "!")
		if strings.Contains(all, "\r\n"+line) == not {
			t.Errorf("%s: %q in the answer or at the endpoint: %v, want %v: %s", what, line, !not, not, all)
		}
	}
}

// ask sends one request on a connection of its own; c is how to speak TLS, nil for
// in clear. Lines of the head behind the first are joined as they are.
func ask(t *testing.T, addr string, c *tls.Config, head ...string) *answered {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	if c != nil {
		nc = tls.Client(nc, c)
	}
	method, rest, _ := strings.Cut(head[0], " ")
	io.WriteString(nc, method+" "+rest+" HTTP/1.1\r\n"+strings.Join(head[1:], "\r\n")+"\r\nConnection: close\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(nc), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	return &answered{res, string(body)}
}

// Promise: the example of routes does what its comments say.
func TestRoutesExample(t *testing.T) {
	t.Parallel()
	w := newWeir(t)
	api, beta := mirror(t, "api", nil), mirror(t, "beta", nil)
	w.example("routes.yaml", "127.0.0.1:8080", w.web, "127.0.0.1:3001", api, "127.0.0.1:3002", beta, "10.0.0.0/8", "127.0.0.0/8")
	w.start()
	for _, tt := range []struct {
		head   []string
		status int
		lines  []string
	}{
		{[]string{"GET /x?y", "Host: example.org"}, 200, []string{"X-Mirror: api", "Host: example.org", "!X-Real-Ip: "}},
		{[]string{"GET /x?y=%20", "Host: www.example.org:80"}, 308, []string{"Location: https://example.org/x?y=%20", "X-Weir-Reason: redirect"}},
		{[]string{"GET /", "Host: example.org", "Cookie: a=b; beta=yes"}, 200, []string{"X-Mirror: beta", "Host: " + beta}},
		{[]string{"GET /?debug=no", "Host: example.org", "X-Beta: 1"}, 200, []string{"X-Mirror: beta"}},
		{[]string{"POST /?debug=no", "Host: example.org", "X-Beta: 1", "Content-Length: 0"}, 200, []string{"X-Mirror: api"}},
		{[]string{"GET /api/users?a=/api", "Host: example.org", "Cookie: beta=yes", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"}, 200,
			[]string{"X-Mirror: api", "X-Real-Ip: 192.0.2.7", "X-Forwarded-For: 192.0.2.7, 127.0.0.1", "X-Forwarded-Proto: https", "!Cookie: ", "Cache-Control: no-store", "Vary: X-Beta"}},
		{[]string{"GET /apis", "Host: example.org"}, 200, []string{"X-Mirror: api", "!Cache-Control: "}},
		{[]string{"GET /a/b.php", "Host: example.org"}, 404, []string{"X-Weir-Reason: respond", "Content-Type: text/plain"}},
		{[]string{"GET /ping", "Host: anybody"}, 200, []string{"X-Weir-Reason: respond"}},
		{[]string{"GET /pong", "Host: anybody"}, 404, []string{"X-Weir-Reason: no_route"}},
	} {
		a := ask(t, w.web, nil, tt.head...)
		a.has(t, strings.Join(tt.head, ", "), tt.status, tt.lines...)
		if strings.HasPrefix(tt.head[0], "GET /api/") && !strings.HasPrefix(a.body, "GET /v2/users?a=/api HTTP/1.1\r\n") {
			t.Errorf("the endpoint got %q, want another prefix and the rest as it was", a.body)
		}
	}
}

// Promise: the example of TLS runs with certificates like those it names, on both
// sides.
func TestTLSExample(t *testing.T) {
	t.Parallel()
	w, public, internal, partners := newWeir(t), newAuthority(t), newAuthority(t), newAuthority(t)
	public.issue(w.dir, "site", "site.test")
	public.issue(w.dir, "wildcard", "*.wild.test")
	partners.write(filepath.Join(w.dir, "partners-ca.pem"))
	partners.issue(w.dir, "partner", "partner.test")
	internal.write(filepath.Join(w.dir, "internal-ca.pem"))
	internal.issue(w.dir, "weir", "weir.test")
	internal.issue(w.dir, "api", "api.internal")
	server := internal.shown("", w.dir, "api")
	server.ClientAuth, server.ClientCAs = tls.RequireAndVerifyClientCert, server.RootCAs
	second := ground.FreeAddr(t)
	w.example("tls.yaml", "127.0.0.1:8443", w.web, "127.0.0.1:8444", second, "127.0.0.1:3443", mirror(t, "api", server))
	w.start()

	ask(t, w.web, public.believed("site.test"), "GET /", "Host: site.test").has(t, "the default", 200, "X-Mirror: api", "X-Forwarded-Proto: https")
	ask(t, w.web, public.believed("a.wild.test"), "GET /", "Host: a.wild.test").has(t, "by name", 200, "X-Mirror: api")
	partner := partners.shown("site.test", w.dir, "partner")
	partner.RootCAs = public.believed("").RootCAs
	ask(t, second, partner, "GET /", "Host: site.test").has(t, "a partner", 200, "X-Mirror: api")
	ask(t, second, partner, "GET /", "Host: other.test").has(t, "a partner for another host", 421, "X-Weir-Reason: misdirected")

	stranger, err := tls.Dial("tcp", second, public.believed("site.test"))
	if err == nil { // in TLS 1.3 a client learns with its first read that it is not let in
		defer stranger.Close()
		stranger.SetDeadline(time.Now().Add(patience))
		_, err = stranger.Read(make([]byte, 1))
	}
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("a client without a certificate: %v, want the alert that one is required", err)
	}
	_, stderr, code := w.cli("check", w.file)
	if code != 0 || stderr != "" {
		t.Errorf("weir check exits %d: %s", code, stderr)
	}
}

// Promise: the example that stands for an NGINX does all that its comments say, and
// a WebSocket that is open when Weir is stopped keeps it for the drain and no longer.
func TestNginxServerExample(t *testing.T) {
	t.Parallel()
	w, a := newWeir(t), newAuthority(t)
	a.issue(w.dir, "site", "www.example.org")
	plain := ground.FreeAddr(t)
	logs := filepath.Join(w.dir, "access.log")
	w.example("nginx-server.yaml", `":80"`, `"`+plain+`"`, `":443"`, `"`+w.web+`"`, "127.0.0.1:3001", mirror(t, "app", nil),
		"10.0.0.0/8", "127.0.0.0/8", "/var/log/weir/access.log", logs, "response: 60s", "drain: 1s, response: 60s")
	w.start()
	site := a.believed("www.example.org")

	for _, host := range []string{"www.example.org", "example.org", "other.test"} {
		ask(t, plain, nil, "GET /a?b", "Host: "+host+":80").has(t, "http", 301, "Location: https://"+host+"/a?b")
	}
	ask(t, plain, nil, "GET /.well-known/acme-challenge/x", "Host: other.test").has(t, "a challenge", 200, "X-Mirror: app")
	ask(t, plain, nil, "GET /", "Host: www.example.org", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.7").
		has(t, "https that the load balancer ended", 200, "X-Mirror: app", "X-Forwarded-Proto: https")
	ask(t, w.web, site, "GET /x", "Host: www.example.org", "User-Agent: me").
		has(t, "https", 200, "X-Mirror: app", "Strict-Transport-Security: max-age=63072000", "!Server: app")
	ask(t, w.web, site, "GET /", "Host: example.org").has(t, "the other name", 301, "Location: https://www.example.org/")
	ask(t, w.web, site, "POST /x", "Host: www.example.org", "Content-Length: 2000000").has(t, "a large body", 413, "X-Weir-Reason: body_too_large")
	api := ask(t, w.web, site, "GET /api/v1?q", "Host: www.example.org", "X-Forwarded-For: 192.0.2.7")
	api.has(t, "rewritten", 200, "X-Real-Ip: 192.0.2.7")
	if !strings.HasPrefix(api.body, "GET /v1?q HTTP/1.1\r\n") {
		t.Errorf("the endpoint got %q, want the path without /api", api.body)
	}

	line := `127.0.0.1 - - [`
	w.eventually("the line in the combined format", func() bool {
		return strings.Contains(strings.Join(w.lines("access.log"), "\n"), `] "GET /x HTTP/1.1" 200 `) && strings.HasPrefix(w.lines("access.log")[0], line)
	})
	if err := os.Rename(logs, logs+".1"); err != nil { // as logrotate does
		t.Fatal(err)
	}
	w.signal(syscall.SIGHUP)
	w.eventually("a new file", func() bool { _, err := os.Stat(logs); return err == nil })

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	hc := &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&tls.Dialer{Config: site}).DialContext(ctx, "tcp", w.web)
	}}}
	ws, _, err := websocket.Dial(ctx, "wss://www.example.org/ws", &websocket.DialOptions{HTTPClient: hc})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	says := func(msg string) {
		t.Helper()
		if err := ws.Write(ctx, websocket.MessageText, []byte(msg)); err != nil {
			t.Fatalf("%s: %v", msg, err)
		}
		if _, got, err := ws.Read(ctx); err != nil || string(got) != msg {
			t.Fatalf("%s: %q, %v, want it back", msg, got, err)
		}
	}
	says("open")
	w.signal(syscall.SIGTERM)
	w.eventually("not ready", func() bool { return !ground.IsReady(w.admin) })
	says("in the drain")
	if _, _, err := ws.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("%v, want the WebSocket cut at the end of the drain", err)
	}
	if code := exitCode(w.wait()); code != 3 {
		t.Errorf("exit %d, want 3: a WebSocket was cut off", code)
	}
	if got := strings.Join(w.lines("access.log"), "\n"); !strings.Contains(got, `"GET /ws HTTP/1.1" 101 `) {
		t.Errorf("the new file has %q, want the upgrade", got)
	}
}
