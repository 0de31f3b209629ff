package routing

import (
	"fmt"
	"strings"
	"testing"
)

func TestMostSpecificRouteFirst(t *testing.T) {
	table := post(t, []named{
		{"any", Match{Host: "*", Path: "/"}},
		{"api", Match{Host: "*", Path: "/api"}},
		{"api-v2", Match{Host: "", Path: "/api/v2/"}},
		{"slashes", Match{Host: "", Path: "/a//b"}},
		{"host", Match{Host: "www.example.org", Path: "/only"}},
		{"host-api", Match{Host: "WWW.example.org", Path: "/only/api"}},
		{"wild", Match{Host: "*.example.org", Path: "/"}},
		{"wild-a", Match{Host: "*.a.example.org", Path: "/wild"}},
		{"v6", Match{Host: "[::1]", Path: "/"}},
		{"prefix", Match{Host: "paths", Path: "/x"}},
		{"longer", Match{Host: "paths", Path: "/x/y"}},
		{"digits", Match{Host: "paths", Path: "^/x/[0-9]+$", Kind: Regex}},
		{"one", Match{Host: "paths", Path: "/1", Kind: Regex}},
		{"exact", Match{Host: "paths", Path: "/x/1", Kind: Exact}},
		{"exact-slash", Match{Host: "paths", Path: "/x/", Kind: Exact}},
	})
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
	none := post(t, []named{{"any", Match{Host: "a", Path: "/x"}}})
	if got := none.led(&asked{host: "a", path: "/"}); got != "" {
		t.Errorf("no route leads to %s, want nowhere", got)
	}
}

// TestRoutesOfAListener: they go before those for all, and where none of them takes the
// request those for all are asked.
func TestRoutesOfAListener(t *testing.T) {
	table := post(t, []named{
		{"all", Match{Path: "/"}},
		{"all-host", Match{Host: "a", Path: "/long/path"}},
		{"all-https", Match{Scheme: "https", Path: "/"}},
		{"web", Match{Listeners: []string{"web"}, Path: "/"}},
		{"web-http", Match{Listeners: []string{"web"}, Scheme: "http", Path: "/x"}},
		{"both", Match{Listeners: []string{"alt", "web"}, Path: "/both"}},
		{"alt", Match{Listeners: []string{"alt"}, Path: "/alt"}},
	})
	for _, tt := range []struct{ listener, scheme, host, path, want string }{
		{"web", "https", "a", "/long/path", "web"},
		{"web", "http", "a", "/x", "web-http"},
		{"web", "https", "a", "/x", "web"},
		{"web", "http", "a", "/both", "both"},
		{"web", "http", "a", "/alt", "web"},
		{"alt", "http", "a", "/alt", "alt"},
		{"alt", "http", "a", "/both", "both"},
		{"alt", "http", "a", "/long/path", "all-host"},
		{"alt", "https", "a", "/x", "all-https"},
		{"other", "http", "b", "/both", "all"},
		{"", "http", "b", "/both", "all"},
	} {
		if got := table.led(&asked{listener: tt.listener, scheme: tt.scheme, host: tt.host, path: tt.path}); got != tt.want {
			t.Errorf("%s: %s://%s%s leads to %q, want %q", tt.listener, tt.scheme, tt.host, tt.path, got, tt.want)
		}
	}
	both := Match{Listeners: []string{"a", "b"}, Path: "/x"}
	if _, err := NewTable([]Match{both, {Path: "/x"}, {Listeners: []string{"b"}, Path: "/x/"}}); err == nil || err.Error() != "route b|*/x/: written twice" {
		t.Errorf("two routes that b has in common: %v", err)
	}
}

func TestConditionsOfRoutes(t *testing.T) {
	table := post(t, []named{
		{"rest", Match{Path: "/"}},
		{"read", Match{Path: "/", Methods: []string{"GET", "HEAD"}}},
		{"beta", Match{Path: "/", Headers: []Pair{{"X-Beta", "1"}}}},
		{"any-beta", Match{Path: "/", Headers: []Pair{{"X-Beta", "*"}}}},
		{"two", Match{Path: "/", Headers: []Pair{{"X-Beta", "1"}}, Query: []Pair{{"debug", "1"}}}},
		{"empty", Match{Path: "/", Query: []Pair{{"empty", ""}}}},
		{"cookie", Match{Path: "/", Cookies: []Pair{{"beta", "yes"}}}},
		{"put-a", Match{Path: "/a", Methods: []string{"PUT"}}},
	})
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
	for name, tt := range map[string]struct {
		routes []Match
		want   string
	}{
		"twice":        {[]Match{{Host: "*", Path: "/"}, {Host: "", Path: "/"}}, "route */: written twice"},
		"twice, exact": {[]Match{{Path: "/a/", Kind: Exact}, {Path: "/a", Kind: Exact}, {Path: "/a", Kind: Exact}}, "route *=/a: written twice"},
		"twice, conditions": {[]Match{
			{Path: "/", Methods: []string{"GET", "PUT"}, Headers: []Pair{{"X-A", "1"}, {"X-B", "1"}}},
			{Path: "/", Methods: []string{"PUT", "GET"}, Headers: []Pair{{"x-b", "1"}, {"x-a", "1"}}},
		}, "route */: written twice"},
		"expression": {[]Match{{Path: "(", Kind: Regex}}, "missing closing"},
		"no slash":   {[]Match{{Path: "x"}}, "starts with /"},
	} {
		if _, err := NewTable(tt.routes); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
}

// BenchmarkFind looks for the last of so many hosts, and of so many paths.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		hosts := []Match{{Path: "/"}}
		paths := hosts
		for i := range n {
			hosts = append(hosts, Match{Host: fmt.Sprintf("www%d.example.org", i), Path: "/api"})
			paths = append(paths, Match{Path: fmt.Sprintf("/api/v%d", i)})
		}
		host := fmt.Sprintf("www%d.example.org", n-1)
		for name, bench := range map[string]struct {
			routes []Match
			x      benched
		}{
			"any":   {hosts[:1], benched{host: []byte(host), path: []byte("/api/x")}},
			"hosts": {hosts, benched{host: []byte(host), path: []byte("/api/x")}},
			"paths": {paths, benched{host: []byte(host), path: fmt.Appendf(nil, "/api/v%d/x", n-1)}},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				table, err := NewTable(bench.routes)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					table.Find(&bench.x)
				}
			})
		}
	}
}

type benched struct {
	Request
	host, path []byte
}

func (x *benched) Name() []byte { return x.host }
func (x *benched) Path() []byte { return x.path }

func TestSchemeGoesFirst(t *testing.T) {
	routes := post(t, []named{
		{"host", Match{Host: "a", Path: "/x"}},
		{"plain", Match{Scheme: "http", Path: "/"}},
		{"known", Match{Scheme: "http", Path: "/.well-known"}},
		{"secure", Match{Scheme: "https", Host: "a", Path: "/y"}},
	})
	for _, tt := range []struct{ scheme, host, path, want string }{
		{"http", "a", "/x", "plain"},
		{"http", "b", "/.well-known/x", "known"},
		{"https", "a", "/x", "host"},
		{"https", "a", "/y", "secure"},
		{"https", "b", "/y", ""},
	} {
		if got := routes.led(&asked{scheme: tt.scheme, host: tt.host, path: tt.path}); got != tt.want {
			t.Errorf("%s://%s%s leads to %q, want %q", tt.scheme, tt.host, tt.path, got, tt.want)
		}
	}
	if _, err := NewTable([]Match{{Scheme: "ftp", Path: "/"}}); err == nil {
		t.Error("the scheme ftp: no error")
	}
}
