package control

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/config"
	"weir/proxy"
)

func TestFileToAffinity(t *testing.T) {
	u := mapped(t, everyValue).upstream("api")
	want := proxy.AffinityOptions{Route: []proxy.AffinitySource{}, Cookie: &proxy.AffinityCookie{
		Name: "r", Path: "/p", Domain: "d.test", Expires: time.Hour, Secure: proxy.SecureOn, SameSite: "Strict",
	}}
	if diff := cmp.Diff(want, affinityOptions(u.config.Affinity)); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	e := u.proxied.Split.Shares()[0].Group.Endpoints()
	if u.proxied.Affinity == nil || e[0].Route != proxy.DefaultRoute("127.0.0.1:3001") || e[1].Route != "b" {
		t.Errorf("affinity %v, routes %q and %q, want the default and b", u.proxied.Affinity, e[0].Route, e[1].Route)
	}

	of := func(variable, after string) []proxy.AffinitySource {
		return []proxy.AffinitySource{{Variable: variable, After: after}}
	}
	for text, want := range map[string]proxy.AffinityOptions{
		`{route: [{variable: $cookie_a, after: "."}]}`: {Route: of("cookie_a", ".")},
		"{learn: {create: $upstream_cookie_a, lookup: $cookie_b, timeout: 2m, size: 2000}}": {
			Route: []proxy.AffinitySource{},
			Learn: &proxy.Learn{Create: of("upstream_cookie_a", ""), Lookup: of("cookie_b", ""), Timeout: 2 * time.Minute, Size: 2000},
		},
	} {
		cfg, err := config.Parse("weir.yaml", []byte(strings.Replace(everyValue, "    affinity: {cookie: ", "    affinity: "+text+" # ", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, affinityOptions(cfg.Upstreams[0].Affinity)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	without := mapped(t, strings.Replace(everyValue, "    affinity: ", "    # ", 1)).upstream("api").proxied
	if without.Affinity != nil || without.Split.Shares()[0].Group.Endpoints()[1].Route != "" {
		t.Error("affinity that the file does not have")
	}
}

// TestDrainWithAffinity: an endpoint that drains is kept open for those that are bound
// to it, and closed like any other when nobody is any more.
func TestDrainWithAffinity(t *testing.T) {
	u := mapped(t, everyValue).upstream("api")
	for state, open := range map[balancer.AdminState]bool{balancer.Up: true, balancer.Drain: true, balancer.Down: false} {
		if got := u.keepsOpen(state); got != open {
			t.Errorf("%v with affinity: kept open %v, want %v", state, got, open)
		}
	}
	u = mapped(t, strings.Replace(everyValue, "    affinity: ", "    # ", 1)).upstream("api")
	if u.keepsOpen(balancer.Drain) {
		t.Error("drain without affinity: kept open")
	}
}
