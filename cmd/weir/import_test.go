package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/config"
)

const nginxConf = `events {}
http {
    upstream api { server 127.0.0.1:3001 weight=90; server 127.0.0.1:3002 weight=10; }
    server { listen 8080; location / { proxy_pass http://api; gzip on; } }
}
`

func writeConf(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestImport(t *testing.T) {
	f := newFakeAdmin(t)
	conf := writeConf(t, nginxConf)
	out := filepath.Join(t.TempDir(), "weir.yaml")

	// To a file: it loads, and the report is what is said.
	stdout, stderr, code := f.weir("import", "nginx", conf, "-o", out)
	if code != 0 || stderr != "" || !strings.Contains(stdout, conf+":4:63: gzip on: there is no compression at this hop") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, err := config.Load(out); err != nil {
		t.Error(err)
	}

	// To standard output: with the report as comments, it loads as well.
	stdout, stderr, code = f.weir("import", "nginx", conf)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "# refused:\n#   "+conf) {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, err := config.Parse("weir.yaml", []byte(stdout)); err != nil {
		t.Error(err)
	}

	stdout, _, code = f.weir("import", "nginx", conf, "-o", out, "--json", "--versions", "--nginx-version", "1.22")
	var report struct{ Honoured, Refused int }
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 || report.Honoured == 0 || report.Refused != 1 {
		t.Errorf("exit %d, %v, report %+v", code, err, report)
	}
	cfg, err := config.Load(out)
	if err != nil || len(cfg.Upstreams[0].Versions) != 2 {
		t.Errorf("--versions: %v, %+v", err, cfg)
	}
}

func TestImportRefuses(t *testing.T) {
	f := newFakeAdmin(t)
	out := filepath.Join(t.TempDir(), "weir.yaml")
	for _, c := range []struct {
		name, text, want string
		args             []string
	}{
		{"a directive that decides", strings.Replace(nginxConf, "gzip on;", "auth_basic x;", 1), ":4:63: auth_basic x: refused: ", nil},
		{"strict", nginxConf, ":4:63: gzip on: refused: ", []string{"--strict"}},
		{"a weight of 0", strings.Replace(nginxConf, "=10", "=0", 1), ":3:53: server 127.0.0.1:3002 weight=0: ", nil},
		{"syntax", nginxConf + "}", ":6:1: } without a block", nil},
		{"an unknown variable", strings.Replace(nginxConf, "//api", "//$api", 1), ":4:40: proxy_pass http://$api: refused: ", nil},
	} {
		conf := writeConf(t, c.text)
		for _, args := range [][]string{{"-o", out}, nil} {
			_, stderr, code := f.weir(append(append([]string{"import", "nginx", conf}, c.args...), args...)...)
			if code != 1 || !strings.Contains(stderr, conf+c.want) {
				t.Errorf("%s: exit %d, stderr %q, want 1 and %q", c.name, code, stderr, c.want)
			}
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written all the same")
	}
	for _, args := range [][]string{
		{"import"}, {"import", "nginx"}, {"import", "apache", "x"}, {"import", "nginx", "x", "--nginx-version", "new"},
		{"import", "nginx", "x", "--json"}, {"run", "-c", "x", "--nginx", "y"}, {"run", "--nginx", "y", "--nginx-version", "1"},
	} {
		if _, stderr, code := f.weir(args...); code != 2 || stderr == "" {
			t.Errorf("%q: exit %d, stderr %q, want 2", args, code, stderr)
		}
	}
	if _, stderr, code := f.weir("run", "--nginx", "none.conf"); code != 1 || !strings.Contains(stderr, "none.conf") {
		t.Errorf("run without a file: exit %d, stderr %q", code, stderr)
	}
}
