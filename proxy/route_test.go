package proxy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// asked is a request as routes see it.
type asked struct {
	Exchange
	host, path, method, query string
	fields                    []Pair
}

func (x *asked) Name() []byte   { return []byte(x.host) }
func (x *asked) Path() []byte   { return []byte(x.path) }
func (x *asked) Method() []byte { return []byte(x.method) }
func (x *asked) Query() []byte  { return []byte(x.query) }
func (x *asked) Header(name string, from int) ([]byte, int) {
	for i := from; i < len(x.fields); i++ {
		if strings.EqualFold(x.fields[i].Name, name) {
			return []byte(x.fields[i].Value), i + 1
		}
	}
	return nil, 0
}

func named(name string) *Upstream { return &Upstream{Name: name} }

// led is the name of the upstream that the request is led to, "" for none.
func (t *table) led(x *asked) string {
	if r := t.match(x); r != nil {
		return r.upstream.Name
	}
	return ""
}

func TestMostSpecificRouteFirst(t *testing.T) {
	table, err := newTable([]Route{
		{Host: "*", Path: "/", Upstream: named("any")},
		{Host: "*", Path: "/api", Upstream: named("api")},
		{Host: "", Path: "/api/v2/", Upstream: named("api-v2")},
		{Host: "", Path: "/a//b", Upstream: named("slashes")},
		{Host: "www.example.org", Path: "/only", Upstream: named("host")},
		{Host: "WWW.example.org", Path: "/only/api", Upstream: named("host-api")},
		{Host: "*.example.org", Path: "/", Upstream: named("wild")},
		{Host: "*.a.example.org", Path: "/wild", Upstream: named("wild-a")},
		{Host: "[::1]", Path: "/", Upstream: named("v6")},
		{Host: "paths", Path: "/x", Upstream: named("prefix")},
		{Host: "paths", Path: "/x/y", Upstream: named("longer")},
		{Host: "paths", Path: "^/x/[0-9]+$", Kind: Regex, Upstream: named("digits")},
		{Host: "paths", Path: "/1", Kind: Regex, Upstream: named("one")},
		{Host: "paths", Path: "/x/1", Kind: Exact, Upstream: named("exact")},
		{Host: "paths", Path: "/x/", Kind: Exact, Upstream: named("exact-slash")},
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
		{"x", "/%61pi", "any"},
		{"x", "/x/../api", "any"},
		{"x", "//api", "any"},
		{"x", "/api%2Fv2", "any"},
		{"x", "/a//b/c", "slashes"},
		{"x", "/a/b", "any"},
		{"", "/api", "api"},
		{"Www.Example.ORG", "/only", "host"},
		{"www.example.org", "/only/api/x", "host-api"},
		{"www.example.org.", "/only/api/x", "host-api"},
		{"www.example.org..", "/only", "any"},
		{"www.example.org", "/onlyx", "wild"},
		{"www.example.org", "/api", "wild"},
		{"b.a.example.org", "/wild", "wild-a"},
		{"c.B.a.example.org.", "/wild/x", "wild-a"},
		{"b.a.example.org", "/other", "wild"},
		{"a.example.org", "/wild", "wild"},
		{"example.org", "/", "any"},
		{".example.org", "/", "any"},
		{"xexample.org", "/", "any"},
		{"example.org.evil", "/", "any"},
		{".", "/", "any"},
		{"[::1]", "/", "v6"},
		{"paths", "/x/1", "exact"},
		{"paths", "/x/2", "digits"},
		{"paths", "/x/12", "digits"},
		{"paths", "/x/1a", "one"},
		{"paths", "/x/2/", "prefix"},
		{"paths", "/x/y/1", "one"},
		{"paths", "/x/y/2", "longer"},
		{"paths", "/x/", "exact-slash"},
		{"paths", "/x", "prefix"},
		{"paths", "/y", "any"},
		{strings.Repeat("h", 5000), "/api", "api"},
		{strings.Repeat(".", 256), "/api", "api"},
		{"x", strings.Repeat("/", 8000), "any"},
	} {
		if got := table.led(&asked{host: tt.host, path: tt.path}); got != tt.want {
			t.Errorf("%s%s leads to %q, want %q", tt.host, tt.path, got, tt.want)
		}
	}
	none, err := newTable([]Route{{Host: "a", Path: "/x", Upstream: named("any")}})
	if err != nil {
		t.Fatal(err)
	}
	if got := none.led(&asked{host: "a", path: "/"}); got != "" {
		t.Errorf("no route leads to %s, want nowhere", got)
	}
}

func TestConditionsOfRoutes(t *testing.T) {
	table, err := newTable([]Route{
		{Path: "/", Upstream: named("rest")},
		{Path: "/", Methods: []string{"GET", "HEAD"}, Upstream: named("read")},
		{Path: "/", Headers: []Pair{{"X-Beta", "1"}}, Upstream: named("beta")},
		{Path: "/", Headers: []Pair{{"X-Beta", "*"}}, Upstream: named("any-beta")},
		{Path: "/", Headers: []Pair{{"X-Beta", "1"}}, Query: []Pair{{"debug", "1"}}, Upstream: named("two")},
		{Path: "/", Query: []Pair{{"empty", ""}}, Upstream: named("empty")},
		{Path: "/", Cookies: []Pair{{"beta", "yes"}}, Upstream: named("cookie")},
		{Path: "/a", Methods: []string{"PUT"}, Upstream: named("put-a")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		in   asked
		want string
	}{
		{asked{method: "POST", path: "/"}, "rest"},
		{asked{method: "GET", path: "/"}, "read"},
		{asked{method: "get", path: "/"}, "rest"},
		{asked{method: "POST", path: "/", fields: []Pair{{"x-BETA", "1"}}}, "beta"},
		{asked{method: "GET", path: "/", fields: []Pair{{"X-Beta", "1"}}}, "read"}, // as many conditions, written first
		{asked{method: "POST", path: "/", fields: []Pair{{"X-Beta", "0"}, {"Y", "1"}, {"X-Beta", "1"}}}, "beta"},
		{asked{method: "POST", path: "/", fields: []Pair{{"X-Beta", "2"}}}, "any-beta"},
		{asked{method: "GET", path: "/", query: "a=b&debug=1", fields: []Pair{{"X-Beta", "1"}}}, "two"},
		{asked{method: "POST", path: "/", query: "debug=%31", fields: []Pair{{"X-Beta", "1"}}}, "beta"},
		{asked{method: "POST", path: "/", query: "&&empty"}, "empty"},
		{asked{method: "POST", path: "/", query: "empty=&x"}, "empty"},
		{asked{method: "POST", path: "/", query: "empty=x"}, "rest"},
		{asked{method: "POST", path: "/", query: "empty==1"}, "rest"},
		{asked{method: "POST", path: "/", fields: []Pair{{"Cookie", "a=b; beta=yes"}}}, "cookie"},
		{asked{method: "POST", path: "/", fields: []Pair{{"Cookie", "a"}, {"cookie", "c=d;beta=yes;"}}}, "cookie"},
		{asked{method: "POST", path: "/", fields: []Pair{{"Cookie", "beta"}}}, "rest"},
		{asked{method: "POST", path: "/", fields: []Pair{{"Cookie", "xbeta=yes; beta=yes2"}}}, "rest"},
		{asked{method: "PUT", path: "/a/b"}, "put-a"},
		{asked{method: "POST", path: "/a/b"}, "rest"}, // a longer prefix that does not want it
	} {
		if got := table.led(&tt.in); got != tt.want {
			t.Errorf("%s %s?%s %v leads to %q, want %q", tt.in.method, tt.in.path, tt.in.query, tt.in.fields, got, tt.want)
		}
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
		"twice":        {[]Route{{Host: "*", Path: "/", Upstream: good}, {Host: "", Path: "/", Upstream: good}}, "written twice"},
		"twice, exact": {[]Route{{Path: "/a/", Kind: Exact, Upstream: good}, {Path: "/a", Kind: Exact, Upstream: good}, {Path: "/a", Kind: Exact, Upstream: good}}, "written twice"},
		"twice, conditions": {[]Route{
			{Path: "/", Methods: []string{"GET", "PUT"}, Headers: []Pair{{"X-A", "1"}, {"X-B", "1"}}, Upstream: good},
			{Path: "/", Methods: []string{"PUT", "GET"}, Headers: []Pair{{"x-b", "1"}, {"x-a", "1"}}, Upstream: good},
		}, "written twice"},
		"expression":  {[]Route{{Path: "(", Kind: Regex, Upstream: good}}, "missing closing"},
		"no slash":    {[]Route{{Path: "x", Upstream: good}}, "starts with /"},
		"no upstream": {[]Route{{Path: "/"}}, "one of upstream"},
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

// BenchmarkMatch looks for the last of so many hosts, and of so many paths.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		hosts := []Route{{Path: "/", Upstream: &Upstream{}}}
		paths := hosts
		for i := range n {
			hosts = append(hosts, Route{Host: fmt.Sprintf("www%d.example.org", i), Path: "/api", Upstream: &Upstream{}})
			paths = append(paths, Route{Path: fmt.Sprintf("/api/v%d", i), Upstream: &Upstream{}})
		}
		host := fmt.Sprintf("www%d.example.org", n-1)
		for name, bench := range map[string]struct {
			routes []Route
			x      benched
		}{
			"any":   {hosts[:1], benched{host: []byte(host), path: []byte("/api/x")}},
			"hosts": {hosts, benched{host: []byte(host), path: []byte("/api/x")}},
			"paths": {paths, benched{host: []byte(host), path: []byte(fmt.Sprintf("/api/v%d/x", n-1))}},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				table, err := newTable(bench.routes)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					table.match(&bench.x)
				}
			})
		}
	}
}

type benched struct {
	Exchange
	host, path []byte
}

func (x *benched) Name() []byte { return x.host }
func (x *benched) Path() []byte { return x.path }

// TestSnapshotPutsDefaultsIn, and leaves alone what was set.
func TestSnapshotPutsDefaultsIn(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	up.Timeouts = Timeouts{Response: time.Minute}
	if _, err := NewSnapshot(1, []Route{{Path: "/", Upstream: up}}); err != nil {
		t.Fatal(err)
	}
	if want := (Timeouts{Connect: 2 * time.Second, Response: time.Minute, Idle: time.Minute, Tunnel: time.Hour}); up.Timeouts != want {
		t.Errorf("%+v, want %+v", up.Timeouts, want)
	}
}
