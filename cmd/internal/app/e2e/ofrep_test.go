//go:build !race

package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// flagsOfApps are what applications here have decided.
const flagsOfApps = `{"$evaluators": {"internal": {"ends_with": [{"var": "email"}, "@example.com"]}}, "flags": {
  "new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
  "limit": {"state": "ENABLED", "variants": {"low": 10, "high": 12.5}, "defaultVariant": "low", "targeting": {"if": [{"$ref": "internal"}, "high", null]}},
  "title": {"state": "ENABLED", "variants": {"plain": "Hello"}, "defaultVariant": "plain", "metadata": {"owner": "ann"}},
  "theme": {"state": "ENABLED", "variants": {"dark": {"bg": "#000"}}, "defaultVariant": "dark"},
  "old": {"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"},
  "torn": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"var": "which"}}
}}`

const evaluateToken = "evaluate-0123456789abcdef"

// newFlagWeir has flags, and an address of its own for applications, who are asked for a
// token; pages of origins may ask. Its admin API is asked with the operator's token.
func newFlagWeir(t *testing.T, origins string) (w *weir, ofrep string) {
	t.Helper()
	b := newBackend(t)
	w, ofrep = newWeir(t), ground.FreeAddr(t)
	for name, text := range map[string]string{"flags.json": flagsOfApps, "tokens": "operate:" + operatorToken + ":ann\nevaluate:" + evaluateToken + "\n"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := fmt.Sprintf("admin: {address: %q", w.admin)
	text := strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, b.addr)}}), address, address+", tokens_file: tokens", 1)
	w.writeText(text + fmt.Sprintf("flags: {files: [flags.json], context: {headers: {X-Email: email}, static: {env: prod}}, pass: {headers: [new-checkout]}, ofrep: {address: %q, cors_origins: [%s]}}\n", ofrep, origins))
	return w, ofrep
}

const operatorToken = "operate-0123456789abcdef"

// TestOFREP: applications get what users get, changes are in force with the next request
// and heard of at once, and a restart is survived.
func TestOFREP(t *testing.T) {
	t.Parallel()
	w, ofrep := newFlagWeir(t, `"https://shop.example.com"`)
	w.start()
	ask := func(addr, path, body string, headers ...string) (int, http.Header, string) {
		t.Helper()
		req, err := http.NewRequest("POST", "http://"+addr+"/ofrep/v1/evaluate/flags"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", evaluateToken)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header, string(b)
	}
	for _, addr := range []string{w.admin, ofrep} {
		if status, _, body := ask(addr, "/limit", `{"context": {"email": "ann@example.com"}}`); status != 200 || !strings.Contains(body, `"value":12.5`) {
			t.Errorf("by the context: %d %s", status, body)
		}
		if status, _, body := ask(addr, "/limit", `{"context": {"email": "ann@example.com"}}`, "X-Email", "eve@elsewhere.org"); status != 200 || !strings.Contains(body, `"value":10`) {
			t.Errorf("by a header over it: %d %s", status, body)
		}
		if status, _, body := ask(addr, "/nope", ``); status != 404 || !strings.Contains(body, "FLAG_NOT_FOUND") {
			t.Errorf("unknown: %d %s", status, body)
		}
		if status, head, _ := ask(addr, "", ``, "Origin", "https://shop.example.com"); status != 200 || head.Get("Access-Control-Allow-Origin") != "https://shop.example.com" {
			t.Errorf("a page: %d %v", status, head)
		}
	}
	if res, err := http.Get("http://" + ofrep + "/v1/status"); err != nil || res.StatusCode != 404 {
		t.Errorf("status where there are flags only: %v %v", res, err)
	}
	_, head, all := ask(ofrep, "", `{}`)
	tag := head.Get("ETag")
	if status, _, _ := ask(ofrep, "", `{}`, "If-None-Match", tag); status != 304 {
		t.Errorf("nothing has changed: %d", status)
	}
	_, path, _ := strings.Cut(all, `"requestUri":"`)
	path, _, _ = strings.Cut(path, `"`)
	path = strings.ReplaceAll(path, `\u0026`, "&")
	heard := make(chan string, 10)
	listen := func(lastID string) (leave func()) {
		ctx, cancel := context.WithCancel(context.Background())
		req, err := http.NewRequestWithContext(ctx, "GET", "http://"+ofrep+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Last-Event-ID", lastID)
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(err, res)
		}
		go func() {
			defer res.Body.Close()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					heard <- data
				}
			}
		}()
		t.Cleanup(cancel)
		return cancel
	}
	hears := func(when string) (version string) {
		t.Helper()
		select {
		case data := <-heard:
			_, version, _ = strings.Cut(data, `"etag":"`)
			version, _, _ = strings.Cut(version, `"`)
			return version
		case <-time.After(patience):
			t.Fatalf("%s: nothing is heard", when)
		}
		return ""
	}
	leave := listen("")
	for _, c := range []struct{ command, want string }{
		{"disable", `"reason":"DISABLED"`}, {"enable", `"value":true`},
	} {
		w.operate("flag", c.command, "new-checkout")
		if _, _, body := ask(ofrep, "/new-checkout", ``); !strings.Contains(body, c.want) {
			t.Errorf("right after flag %s: %s", c.command, body)
		}
		version := hears(c.command)
		want := map[string]int{"disable": 200, "enable": 304}[c.command] // on again, it is as it was
		if status, _, _ := ask(ofrep, "?flagConfigEtag="+version, `{}`, "If-None-Match", tag); status != want {
			t.Errorf("after flag %s: %d, want %d", c.command, status, want)
		}
	}
	// What is defined otherwise is heard of, too, and so is what a restart brings.
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(strings.Replace(flagsOfApps, "Hello", "Welcome", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	version := hears("other definitions")
	leave()
	w.stop()
	w.start()
	if status, _, _ := ask(ofrep, "", `{}`, "If-None-Match", tag); status != 200 {
		t.Errorf("after the restart, with the first tag: %d", status)
	}
	listen(version)
	w.operate("flag", "set", "new-checkout", "off")
	if got := hears("after the restart"); got == version {
		t.Errorf("the event of a change has the version of before: %s", got)
	}
}

// operate runs the program as the operator, who has a token, and demands that it works.
func (w *weir) operate(args ...string) {
	w.t.Helper()
	file := filepath.Join(w.dir, "operator")
	if err := os.WriteFile(file, []byte(operatorToken+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if _, stderr, code := w.cli(append([]string{"--token-file", file}, args...)...); code != 0 {
		w.t.Fatalf("weir %s: exit %d: %s", strings.Join(args, " "), code, stderr)
	}
}

// TestOFREPOnTLS: its address has a certificate of its own, for which a renewed one is in
// force at once; another address needs a restart.
func TestOFREPOnTLS(t *testing.T) {
	t.Parallel()
	w, ofrep := newFlagWeir(t, `"*"`)
	ours := newAuthority(t)
	first := ours.issue(w.dir, "server", "127.0.0.1")
	text := textOf(t, w.file)
	w.writeText(strings.Replace(text, "cors_origins:", "tls: {cert: server.pem, key: server.key}, cors_origins:", 1))
	w.start()
	shown := func() string {
		t.Helper()
		c, err := tls.Dial("tcp", ofrep, ours.believed("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	if got := shown(); got != first.SerialNumber.String() {
		t.Errorf("certificate %s, want %s", got, first.SerialNumber)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: ours.believed("127.0.0.1"), DisableKeepAlives: true}}
	req, err := http.NewRequest("POST", "https://"+ofrep+"/ofrep/v1/evaluate/flags/title", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+evaluateToken)
	res, err := client.Do(req)
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	res.Body.Close()
	second := ours.issue(w.dir, "server", "127.0.0.1")
	w.eventually("the renewed certificate", func() bool { return shown() == second.SerialNumber.String() })
	w.writeText(strings.Replace(text, ofrep, ground.FreeAddr(t), 1))
	file := filepath.Join(w.dir, "operator")
	if err := os.WriteFile(file, []byte(operatorToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := w.cli("--token-file", file, "reload"); code != 1 || !strings.Contains(stderr, "flags.ofrep: its address or TLS changed, which needs a restart") {
		t.Errorf("another address: exit %d, %s", code, stderr)
	}
}
