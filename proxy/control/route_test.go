package control

import (
	"fmt"
	"path/filepath"
	"testing"

	"weir/config"
	"weir/proxy"
)

// TestEditsAgree: the file and the data plane each have a list of the headers that
// may be edited and of the variables there are. What a file may say must work.
func TestEditsAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	agree := func(what, edits string, e proxy.HeaderEdits) (allowed bool) {
		t.Helper()
		write(t, file, fmt.Sprintf(`listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
routes: [{upstream: api, request_headers: %s}]
`, edits))
		_, refused := config.Load(file)
		_, failed := proxy.NewSnapshot(1, []proxy.Route{{
			Match: proxy.Match{Path: "/"}, Respond: &proxy.Respond{Status: 200}, Rewrite: proxy.Rewrite{Request: e},
		}})
		if (refused == nil) != (failed == nil) {
			t.Errorf("%s: config says %v, proxy %v", what, refused, failed)
		}
		return refused == nil
	}
	names := 0
	for _, name := range []string{
		"X-A", "Cookie", "Authorization", "X-Real-IP", "x-forwarded-port", "X-Forwarded-Prefix", "Server", "Origin",
		"Host", "Content-Length", "transfer-encoding", "Trailer", "Connection", "Keep-Alive", "TE", "Upgrade", "Expect", "HTTP2-Settings",
		"Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Authentication-Info", "Forwarded",
		"X-Forwarded", "X-Forwarded-For", "X-FORWARDED-PROTO", "X-Forwarded-Host", "traceparent", "Tracestate", "X-Weir-Version", "X-Weir-", "X_A", "X.A", "a b",
	} {
		if agree(name, fmt.Sprintf("{remove: [%q]}", name), proxy.HeaderEdits{Remove: []string{name}}) {
			names++
		}
	}
	variables := 0
	for _, name := range append([]string{"upstreams", "client_ip"}, config.LogVariables...) {
		set := []proxy.Header{{Name: "X-A", Value: []proxy.Part{{Variable: name}}}}
		if agree("$"+name, fmt.Sprintf("{set: {X-A: %q}}", "$"+name), proxy.HeaderEdits{Set: set}) {
			variables++
		}
	}
	if names != 8 || variables != 9 {
		t.Errorf("%d of the names and %d variables are allowed, want 8 and 9", names, variables)
	}
}
