package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAffinityDefaults(t *testing.T) {
	for text, want := range map[string]*Affinity{
		"{cookie: {name: r}}": {Cookie: &AffinityCookie{Name: "r", Path: "/", HTTPOnly: true, Secure: "auto", SameSite: "lax"}},
		"{cookie: {name: r, path: '', secure: false, same_site: off}}": {Cookie: &AffinityCookie{Name: "r", HTTPOnly: true, Secure: "off", SameSite: "off"}},
		"{route: $cookie_JSESSIONID}":                                  {Route: []Source{{Variable: "cookie_JSESSIONID"}}},
		"{route: [{variable: $cookie_a, after: .}, $query_b, $header_x_c]}": {
			Route: []Source{{Variable: "cookie_a", After: "."}, {Variable: "query_b"}, {Variable: "header_x_c"}},
		},
		"{route: {variable: $cookie_a}}": {Route: []Source{{Variable: "cookie_a"}}},
		"{learn: {create: $upstream_cookie_s, lookup: [$cookie_s, $query_s]}}": {
			Learn: &Learn{
				Create: []Source{{Variable: "upstream_cookie_s"}}, Lookup: []Source{{Variable: "cookie_s"}, {Variable: "query_s"}},
				Timeout: 10 * time.Minute, Size: 100_000,
			},
		},
	} {
		file := strings.Replace(minimal, "api: {", "api: {affinity: "+text+", ", 1)
		c, err := Parse("weir.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Upstreams[0].Affinity); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		loadsAgain(t, "weir.yaml", []byte(file))
	}
}
