package control

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weir/config"
)

// checkedFile is a file with one endpoint, its active check and more of the upstream.
func checkedFile(address, active, more string) string {
	return fmt.Sprintf(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    versions: {v1: {endpoints: ["%s"]}}
    health: {active: %s}
    %s
routes: [{upstream: api}]
`, address, active, more)
}

// TestChecksAskAsConfigured: each key reaches the endpoint, or what is read of its answer.
func TestChecksAskAsConfigured(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Asked", fmt.Sprint(r.Method, " ", r.Host, " ", r.Header.Get("X-Probe"), " ", r.TLS != nil))
		io.WriteString(w, "all ok")
	}
	plain := httptest.NewServer(http.HandlerFunc(answer))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(answer))
	defer secure.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	address := plain.Listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	asked := func(method, host, probe string, tls bool) string {
		return fmt.Sprintf(`path: /, match: {headers: ["X-Asked = %s %s %s %v"]}`, method, host, probe, tls)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	for _, tt := range []struct {
		name, address, active, more string
		ok                          bool
	}{
		{"method, Host and header", address, asked("POST", "api.internal", "7", false) + `, method: POST, host: api.internal, headers: {X-Probe: "7"}`, "", true},
		{"another header", address, asked("GET", address, "7", false) + `, headers: {X-Probe: "8"}`, "", false},
		{"another port", "127.0.0.1:1", asked("GET", address, "", false) + ", port: " + port, "", true},
		{"as the traffic: TLS", secure.Listener.Addr().String(), asked("GET", secure.Listener.Addr().String(), "", true), "tls: {verify: off}", true},
		{"as the traffic: in clear", secure.Listener.Addr().String(), "path: /", "", false},
		{"in clear, unlike the traffic", address, asked("GET", address, "", false) + ", tls: off", "tls: {verify: off}", true},
		{"TLS, unlike the traffic: an unknown authority", secure.Listener.Addr().String(), "path: /, tls: on", "", false},
		{"!=", address, `path: /, match: {headers: ["X-Asked != b"]}`, "", true},
		{"!= fails", address, fmt.Sprintf(`path: /, match: {headers: ["X-Asked != GET %s  false"]}`, address), "", false},
		{"~", address, `path: /, match: {headers: ["X-Asked ~ ^GET"]}`, "", true},
		{"~ fails", address, `path: /, match: {headers: ["X-Asked ~ ^HEAD"]}`, "", false},
		{"!~", address, `path: /, match: {headers: ["X-Asked !~ ^HEAD"]}`, "", true},
		{"!~ fails", address, `path: /, match: {headers: ["X-Asked !~ ^GET"]}`, "", false},
		{"there", address, `path: /, match: {headers: [X-Asked]}`, "", true},
		{"there fails", address, `path: /, match: {headers: [X-None]}`, "", false},
		{"not there", address, `path: /, match: {headers: ["!X-None"]}`, "", true},
		{"not there fails", address, `path: /, match: {headers: ["!X-Asked"]}`, "", false},
		{"body", address, `path: /, match: {body: {contains: ok, matches: ^all, not_matches: down}}`, "", true},
		{"body: contains", address, `path: /, match: {body: {contains: OK}}`, "", false},
		{"body: matches", address, `path: /, match: {body: {matches: ^ok}}`, "", false},
		{"body: not_matches", address, `path: /, match: {body: {not_matches: ok}}`, "", false},
		{"body: limit", address, `path: /, match: {body: {contains: ok, limit: 5}}`, "", false},
		{"tcp", silent.Addr().String(), "tcp: {}", "", true},
		{"tcp: nobody listens", "127.0.0.1:1", "tcp: {}", "", false},
		{"tcp: another port", "127.0.0.1:1", "tcp: {}, port: " + port, "", true},
		{"tcp: word and answer", address, `tcp: {send: "GET / HTTP/1.0\r\n\r\n", expect: " 200 OK"}`, "", true},
		{"tcp: another answer", address, `tcp: {send: "GET / HTTP/1.0\r\n\r\n", expect: " 404 "}`, "", false},
	} {
		b := mapped(t, checkedFile(tt.address, "{"+tt.active+"}", tt.more))
		err := b.targets(b.current.Load())[0].Probe.Check(t.Context())
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it passed: %v", tt.name, err, tt.ok)
		}
	}
}

func TestMandatoryChecks(t *testing.T) {
	for active, want := range map[string]string{"{path: /}": "checking", "{path: /, mandatory: off}": "up"} {
		b := mapped(t, checkedFile("127.0.0.1:1", active, ""))
		if got := b.upstream("api").version("v1").endpoints[0].live.live.Health(); got != want {
			t.Errorf("with %s a new endpoint is %s, want %s", active, got, want)
		}
	}
}

// TestReloadOfMatchRules: rules that change apply to the next check, and what was
// found by the others is kept until then.
func TestReloadOfMatchRules(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "all ok") }))
	defer s.Close()
	file := func(interval, contains string) *config.Config {
		cfg, err := config.Parse("weir.yaml", []byte(checkedFile(s.Listener.Addr().String(),
			"{path: /, interval: "+interval+", rise: 2, fall: 2, match: {body: {contains: "+contains+"}}}", "")))
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	b := newBench(t, Options{Config: file("10ms", "ok")})
	b.startAll(t)
	live := b.upstream("api").version("v1").endpoints[0].live.live
	await := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); live.Health() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the endpoint is %s, want %s", live.Health(), want)
			}
		}
	}
	reload := func(interval, contains string) {
		t.Helper()
		if _, err := b.Reload(t.Context(), file(interval, contains)); err != nil {
			t.Fatal(err)
		}
	}
	await("up")
	reload("10ms", "OK")
	await("down")
	reload("1h", "ok") // no check any more
	if live != b.upstream("api").version("v1").endpoints[0].live.live || live.Health() != "down" {
		t.Errorf("the endpoint is %s when other rules have just been applied, want down", live.Health())
	}
	reload("10ms", "ok")
	await("up")
}

func TestChecksSayWhatFailed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	b := mapped(t, checkedFile(s.Listener.Addr().String(), `{path: /, match: {headers: ["X-A ~ ^b"]}}`, ""))
	err := b.targets(b.current.Load())[0].Probe.Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "X-A") {
		t.Errorf("Check = %v, want it to name the header", err)
	}
}
