package health

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const nginxConfig = `
daemon off; pid nginx.pid; worker_processes 1; error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server {
    listen ADDRESS;
    server_tokens off;
    location = /ok { default_type text/html; add_header X-Rack 7; return 200 "Welcome to nginx!\n"; }
    location = /moved { return 302 /elsewhere; }
    location = /down { add_header X-Rack 7 always; return 503 "maintenance\n"; }
    location = /method { if ($request_method != HEAD) { return 405; } return 204; }
    location = /host { if ($host != api.internal) { return 421; } if ($http_x_probe != 1) { return 403; } return 204; }
  }
}
`

// startNginx runs NGINX at the address until the test ends, or stop is called. It is
// skipped where there is none, but not in CI.
func startNginx(t *testing.T, address string) (stop func()) {
	t.Helper()
	path, missing := exec.LookPath("nginx")
	if missing != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(nginxConfig, "ADDRESS", address)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-p", dir, "-c", file, "-e", "stderr")
	var said strings.Builder
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it stops its workers
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("nginx: %v\n%s", err, said.String())
		}
	}
	t.Cleanup(stop)
	return stop
}

func freeAddress(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// TestProbesOfNginx: what a match block of the commercial edition would find, asked of
// the real thing; and a monitor sees it come and go.
func TestProbesOfNginx(t *testing.T) {
	address := freeAddress(t)
	target := probedTarget(0, NewHTTPProbe(HTTPOptions{Address: address, Path: "/ok", Match: Match{Body: BodyRule{Contains: "Welcome"}}}))
	target.Check = CheckOptions{Interval: 10 * time.Millisecond, Timeout: time.Second, Rise: 2, Fall: 2}
	m := NewMonitor(MonitorOptions{})
	m.Set([]Target{target})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	defer func() { cancel(); <-done }()
	await := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); target.Live.Health() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("nginx is %s, want %s", target.Live.Health(), want)
			}
		}
	}
	await("down")
	stop := startNginx(t, address)
	await("up")

	expr := regexp.MustCompile
	header := func(name string, op HeaderOp, value string) Match {
		return Match{Headers: []HeaderRule{{Name: name, Op: op, Value: value}}}
	}
	for _, tc := range []struct {
		name string
		o    HTTPOptions
		want string // part of the error; "" passes
	}{
		{"welcome", HTTPOptions{Path: "/ok", Match: Match{
			Headers: []HeaderRule{{Name: "Content-Type", Op: HeaderIs, Value: "text/html"}, {Name: "X-Rack", Op: HeaderMatches, Expr: expr("^[0-9]$")}},
			Body:    BodyRule{Matches: expr("Welcome to nginx!")},
		}}, ""},
		{"its name", HTTPOptions{Path: "/ok", Match: header("Server", HeaderIs, "nginx")}, ""},
		{"not moved", HTTPOptions{Path: "/moved", Match: header("Location", HeaderAbsent, "")}, "header Location is there"},
		{"moved", HTTPOptions{Path: "/moved", Match: header("Location", HeaderIs, "http://"+address+"/elsewhere")}, ""},
		{"down", HTTPOptions{Path: "/down"}, "status 503"},
		{"a method", HTTPOptions{Path: "/method", Method: "HEAD"}, ""},
		{"another method", HTTPOptions{Path: "/method", Method: "POST"}, "status 405"},
		{"a host and a header", HTTPOptions{Path: "/host", Host: "api.internal", Headers: http.Header{"X-Probe": {"1"}}}, ""},
		{"no host", HTTPOptions{Path: "/host", Headers: http.Header{"X-Probe": {"1"}}}, "status 421"},
		{"no header", HTTPOptions{Path: "/host", Host: "api.internal"}, "status 403"},
	} {
		tc.o.Address, tc.o.Timeout = address, 5*time.Second
		err := NewHTTPProbe(tc.o).Check(t.Context())
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	tcp := TCPOptions{Address: address, Timeout: 5 * time.Second, Send: "GET /ok HTTP/1.0\r\n\r\n", Expect: "Welcome"}
	if err := NewTCPProbe(tcp).Check(t.Context()); err != nil {
		t.Errorf("by TCP: %v", err)
	}

	stop()
	await("down")
}
