package proxy

import (
	"strings"
	"testing"
	"time"
)

func TestRoutesMatchHostThenLongestPath(t *testing.T) {
	named := func(name string) *Upstream { return &Upstream{Name: name} }
	table, err := newTable([]Route{
		{Host: "*", Path: "/", Upstream: named("any")},
		{Host: "*", Path: "/api", Upstream: named("api")},
		{Host: "", Path: "/api/v2/", Upstream: named("api-v2")},
		{Host: "www.example.org", Path: "/only", Upstream: named("host")},
		{Host: "WWW.example.org", Path: "/only/api", Upstream: named("host-api")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ host, path, want string }{
		{"x", "/", "any"},
		{"x", "/api", "api"},
		{"x", "/api/", "api"},
		{"x", "/api/v1", "api"},
		{"x", "/api/v2", "api-v2"},
		{"x", "/api/v2/y", "api-v2"},
		{"x", "/api/v22", "api"},
		{"x", "/apis", "any"},
		{"", "/api", "api"},
		{"Www.Example.ORG", "/only", "host"},
		{"www.example.org", "/only/api/x", "host-api"},
		{"www.example.org", "/onlyx", "any"},
		{"www.example.org", "/api", "api"},
		{strings.Repeat("h", 5000), "/api", "api"},
	} {
		up := table.match([]byte(tt.host), []byte(tt.path))
		if up == nil || up.Name != tt.want {
			t.Errorf("%s%s leads to %v, want %s", tt.host, tt.path, up, tt.want)
		}
	}
	none, err := newTable([]Route{{Host: "a", Path: "/x", Upstream: named("any")}})
	if err != nil {
		t.Fatal(err)
	}
	if up := none.match([]byte("a"), []byte("/")); up != nil {
		t.Errorf("no route leads to %s, want nowhere", up.Name)
	}
}

func TestBadRoutesAreRefused(t *testing.T) {
	good := one(t, "127.0.0.1:1")
	broken := one(t, "127.0.0.1:1")
	broken.Versions = nil
	for name, tt := range map[string]struct {
		routes []Route
		want   string
	}{
		"twice":       {[]Route{{Host: "*", Path: "/", Upstream: good}, {Host: "", Path: "/", Upstream: good}}, "written twice"},
		"no slash":    {[]Route{{Path: "x", Upstream: good}}, "starts with /"},
		"no upstream": {[]Route{{Path: "/"}}, "no upstream"},
		"versions":    {[]Route{{Path: "/", Upstream: broken}}, "1 shares for 0 versions"},
	} {
		if _, err := NewSnapshot(1, tt.routes); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
	if s, err := NewSnapshot(7, nil); err != nil || s.Generation != 7 {
		t.Errorf("no routes: %v, want a snapshot", err)
	}
}

func TestParseRetryOn(t *testing.T) {
	on, err := ParseRetryOn([]string{"connect", "reset", "503"})
	if err != nil || !on.Connect || !on.Reset || on.Timeout || !on.Status.Contains(503) || on.Status.Contains(502) {
		t.Errorf("%+v, %v, want connect, reset and 503 only", on, err)
	}
	for _, bad := range []string{"", "Connect", "5xx", "200", "600"} {
		if _, err := ParseRetryOn([]string{bad}); err == nil {
			t.Errorf("%q was taken, want an error", bad)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	routes := []Route{{Path: "/", Upstream: &Upstream{}}, {Host: "www.example.org", Path: "/api", Upstream: &Upstream{}}}
	table, err := newTable(routes)
	if err != nil {
		b.Fatal(err)
	}
	host, path := []byte("www.example.org"), []byte("/api/x")
	b.ReportAllocs()
	for b.Loop() {
		table.match(host, path)
	}
}

// TestSnapshotPutsDefaultsIn, and leaves alone what was set.
func TestSnapshotPutsDefaultsIn(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	up.Timeouts = Timeouts{Response: time.Minute}
	if _, err := NewSnapshot(1, []Route{{Path: "/", Upstream: up}}); err != nil {
		t.Fatal(err)
	}
	if want := (Timeouts{Connect: 2 * time.Second, Response: time.Minute, Idle: time.Minute}); up.Timeouts != want {
		t.Errorf("%+v, want %+v", up.Timeouts, want)
	}
}
