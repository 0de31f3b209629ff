package admin

import (
	"strings"
	"testing"

	"weir/proxy/admin/access"
	"weir/proxy/admin/ofrep"
)

const shop = "https://shop.example.com"

// TestPagesOfOtherOrigins: those that are named may ask for flags, and for nothing else.
func TestPagesOfOtherOrigins(t *testing.T) {
	var origins []string
	r := newRig(t, func(o *Options) { o.Flags, o.Origins = fixedFlags(t), func() []string { return origins } })
	page := func(origin string) []string { return []string{"Origin", origin, "Sec-Fetch-Site", "cross-site"} }
	allowed := func(a reply) string { return a.header.Get("Access-Control-Allow-Origin") }

	if a := r.send("POST", bulkPath, ``, page(shop)...); a.status != 403 || allowed(a) != "" {
		t.Errorf("no origins: %d, allowed %q", a.status, allowed(a))
	}
	origins = []string{shop, "http://localhost:3000"}
	a := r.send("POST", bulkPath, ``, page(shop)...)
	if a.status != 200 || allowed(a) != shop || a.header.Get("Access-Control-Expose-Headers") != "ETag, Retry-After" || a.header.Get("Vary") != "Origin" {
		t.Errorf("one of them: %d %v", a.status, a.header)
	}
	if a := r.send("POST", bulkPath, ``, append(page(shop), "If-None-Match", a.header.Get("ETag"))...); a.status != 304 || allowed(a) != shop {
		t.Errorf("not modified: %d, allowed %q", a.status, allowed(a))
	}
	if a := r.send("POST", bulkPath+"/nope", ``, page(shop)...); a.status != 404 || allowed(a) != shop {
		t.Errorf("a page may read what is wrong: %d, allowed %q", a.status, allowed(a))
	}
	for _, origin := range []string{"https://shop.example.com.evil.org", "http://shop.example.com", "null", "https://shop.example.com:444", ""} {
		if a := r.send("POST", bulkPath, ``, page(origin)...); a.status != 403 || allowed(a) != "" {
			t.Errorf("origin %q: %d, allowed %q", origin, a.status, allowed(a))
		}
	}
	for _, path := range []string{"/v1/reload", "/v1/upstreams/api/undo"} {
		if a := r.send("POST", path, `{}`, page(shop)...); a.status != 403 || allowed(a) != "" {
			t.Errorf("%s: %d, allowed %q", path, a.status, allowed(a))
		}
	}
	if a := r.send("GET", "/v1/status", ``, page(shop)...); allowed(a) != "" {
		t.Errorf("status: allowed %q", allowed(a))
	}
	r.refused(r.send("POST", bulkPath, ``, append(page(shop), "Host", "rebound.example")...), 421, "Host")
	origins = []string{"*"}
	if a := r.send("POST", bulkPath, ``, page("https://anybody.example")...); a.status != 200 || allowed(a) != "*" || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("every page: %d %v", a.status, a.header)
	}
}

// TestPreflight: a browser asks first, and says no token then.
func TestPreflight(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "evaluate:"+evaluateToken+"\n"))
	r := newFlagRig(t, func(o *Options) { o.Tokens, o.Origins = ring, func() []string { return []string{shop} } })
	ask := func(path, origin string) reply {
		return r.send("OPTIONS", path, ``, "Origin", origin, "Sec-Fetch-Site", "cross-site", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type,if-none-match,x-api-key")
	}
	for _, path := range []string{bulkPath, bulkPath + "/", checkoutPath, ofrep.EventsPath} {
		a := ask(path, shop)
		if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != shop || !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		for _, name := range []string{"Content-Type", "Authorization", "X-API-Key", "If-None-Match"} {
			if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), name) {
				t.Errorf("%s: %s is not allowed", path, name)
			}
		}
		if a := ask(path, "https://elsewhere.example"); a.status == 204 || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s from elsewhere: %d %v", path, a.status, a.header)
		}
	}
	if a := r.send("POST", bulkPath, ``, "Origin", shop); a.status != 401 || a.header.Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("without a token: %d %v, want 401 that the page can read", a.status, a.header)
	}
}
