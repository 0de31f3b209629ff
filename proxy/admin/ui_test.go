package admin

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestDashboardIsServed: the page names its files by what is in them, allows nothing
// but them, and is asked for again; they are kept for ever.
func TestDashboardIsServed(t *testing.T) {
	r := newRig(t, nil)
	page := r.send("GET", "/", "")
	if page.status != http.StatusOK || page.header.Get("Content-Type") != "text/html; charset=utf-8" || page.header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("GET /: %d %v, want a page that is asked for again", page.status, page.header)
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(page.body, "{{") {
		t.Errorf("policy %q, page %s", policy, page.body)
	}
	tag := page.header.Get("ETag")
	if again := r.send("GET", "/", "", "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("GET / with its tag %s: %d, want 304", tag, again.status)
	}

	names := regexp.MustCompile(`(?:href|src)="(/ui/[^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(names) < 5 {
		t.Fatalf("the page names %d files: %s", len(names), page.body)
	}
	for _, m := range names {
		file := r.send("GET", m[1], "")
		if file.status != http.StatusOK || file.body == "" || !strings.Contains(file.header.Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s: %d, %d bytes, %v", m[1], file.status, len(file.body), file.header)
		}
	}
	base := names[0][1][:strings.LastIndexByte(names[0][1], '/')]
	for _, path := range []string{"/ui/0/app.js", "/ui/", base + "/", base + "/index.html", base + "/vendor", base + "/README.md", base + "/vendor/README.md", base + "/package.json", base + "/..%2f..%2fgo.mod", "/app.js"} {
		if got := r.send("GET", path, ""); got.status != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, got.status)
		}
	}
	if got := r.send("POST", "/", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d, want 405", got.status)
	}
}
