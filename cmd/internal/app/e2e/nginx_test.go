//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Promise: weir run --nginx serves what NGINX's file says, and follows the files it
// includes.
func TestRunNginx(t *testing.T) {
	t.Parallel()
	w := newWeir(t)
	one, two := newBackend(t), newBackend(t)
	included := filepath.Join(w.dir, "servers.conf")
	servers := func(addr string) {
		t.Helper()
		if err := os.WriteFile(included, fmt.Appendf(nil, "server %s;\n", addr), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	servers(one.addr)
	w.file = filepath.Join(w.dir, "nginx.conf")
	w.writeText(fmt.Sprintf(`events {}
http {
    upstream api { include servers.conf; }
    server {
        listen %s;
        location /api/ { proxy_pass http://api/; proxy_set_header Host $http_host; }
        location /gone { return 410; }
    }
}
`, w.web))
	w.args = []string{"run", "--nginx", w.file, "--admin-address", w.admin, "--state", filepath.Join(w.dir, "state")}
	w.start()

	get := func(path string) (status int, backend string) {
		t.Helper()
		resp, err := http.Get("http://" + w.web + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("X-Backend")
	}
	if status, backend := get("/api/x"); status != http.StatusOK || backend != one.addr {
		t.Errorf("/api/x: %d from %s, want 200 from %s", status, backend, one.addr)
	}
	if status, _ := get("/gone/for/ever"); status != http.StatusGone {
		t.Errorf("/gone/for/ever: %d, want 410", status)
	}
	servers(two.addr)
	w.eventually("the included file is followed", func() bool {
		_, backend := get("/api/x")
		return backend == two.addr
	})

	// A file that cannot be served changes nothing.
	servers(two.addr + " weight=0")
	if status, p := w.call("POST", "/v1/reload", "", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("reload with weight=0: %d %+v, want 422", status, p)
	}
	if _, backend := get("/api/x"); backend != two.addr {
		t.Errorf("after a refused reload: from %s, want %s", backend, two.addr)
	}
	w.stop()

	// The same as a file of Weir's own is one that check takes.
	servers(two.addr)
	out := filepath.Join(w.dir, "imported.yaml")
	if said, err := exec.Command(w.bin, "import", "nginx", w.file, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("weir import: %v\n%s", err, said)
	}
	if said, err := exec.Command(w.bin, "check", out).CombinedOutput(); err != nil {
		t.Errorf("weir check: %v\n%s", err, said)
	}
}
