package control

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/config"
	"weir/health/dns"
	"weir/proxy"
)

// balancedFile is a file with these keys of its upstream.
func balancedFile(keys string) string {
	return fmt.Sprintf(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001", {address: "127.0.0.1:3002", node: two}]}}
%s
routes: [{upstream: api}]
`, keys)
}

// TestSlowIsForgottenByFailTimeout: in passive mode nginx what is known of an endpoint's
// pace counts half after its fail_timeout, else after ten seconds.
func TestSlowIsForgottenByFailTimeout(t *testing.T) {
	text := balancedFile("    balance: least_time\n    health: {passive: {mode: nginx, fail_timeout: 60s}}")
	text = strings.Replace(text, "node: two", "fail_timeout: 2s", 1)
	counted, other := parsed(t, text), parsed(t, balancedFile("    balance: least_time"))
	b := newBench(t, Options{Config: counted})
	b.startWriter(t)
	best := func() int {
		g := b.upstream("api").versions[0].group
		for i, took := range []time.Duration{30 * time.Millisecond, 100 * time.Millisecond} {
			g.Balance().Observe(g.Endpoints()[i].Live, took, time.Hour)
		}
		return g.Pick(&balancer.Ask{Now: time.Hour + 7*time.Second}, false)
	}
	if i := best(); i != 1 {
		t.Error("7 s later the slow endpoint has no other chance, its fail_timeout is 2s")
	}
	if _, err := b.Reload(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if i := best(); i != 0 {
		t.Error("7 s later the slow endpoint is preferred although nothing is forgotten before ten")
	}
}

func TestBalanceIsTheFiles(t *testing.T) {
	tests := map[string]balancer.Balance{
		"":                        {},
		"    balance: least_conn": {Algorithm: balancer.LeastConn},
		"    balance: random":     {Algorithm: balancer.Random},
		"    balance: random_two": {Algorithm: balancer.RandomTwo},
		"    balance: random_two\n    random_two: least_time\n    least_time: {until: last_byte}": {Algorithm: balancer.RandomTwo, ByTime: true, LastByte: true},
		"    balance: least_time":                                             {Algorithm: balancer.LeastTime},
		"    balance: least_time\n    least_time: {inflight: on}":             {Algorithm: balancer.LeastTime, Inflight: true},
		"    balance: peak_ewma":                                              {Algorithm: balancer.PeakEWMA},
		"    balance: first":                                                  {Algorithm: balancer.First},
		"    balance: ip_hash":                                                {Algorithm: balancer.IPHash},
		"    balance: hash\n    hash_key: a$query_u":                          {Algorithm: balancer.Hash},
		"    balance: hash\n    hash_key: a$query_u\n    consistent: on":      {Algorithm: balancer.Hash, Consistent: true},
		"    balance: maglev\n    hash_key: a$query_u\n    bounded_load: 1.5": {Algorithm: balancer.Maglev, BoundedLoad: 1.5},
	}
	for keys, want := range tests {
		up := mapped(t, balancedFile(keys)).upstream("api")
		g := up.proxied.Split.Shares()[0].Group
		if d := cmp.Diff(want, g.Balance()); d != "" {
			t.Errorf("%s (-want +got):\n%s", keys, d)
		}
		if nodes := []string{g.Endpoints()[0].Node, g.Endpoints()[1].Node}; !slices.Equal(nodes, []string{"", "two"}) {
			t.Errorf("nodes %q, want that of the second endpoint", nodes)
		}
		if want.Algorithm == balancer.Hash || want.Algorithm == balancer.Maglev {
			if d := cmp.Diff([]proxy.Part{{Text: "a"}, {Variable: "query_u"}}, up.proxied.HashKey); d != "" {
				t.Errorf("%s (-want +got):\n%s", keys, d)
			}
		}
	}
}

// TestAlgorithmsAreAll: what a file may say is what the balancer has.
func TestAlgorithmsAreAll(t *testing.T) {
	seen := map[balancer.Algorithm]string{}
	for word, a := range algorithms {
		if seen[a] != "" {
			t.Errorf("%s and %s are the same", word, seen[a])
		}
		seen[a] = word
		keys := "    balance: " + word
		if word == "hash" || word == "maglev" {
			keys += "\n    hash_key: $target"
		}
		if _, err := config.Parse("weir.yaml", []byte(balancedFile(keys))); err != nil {
			t.Error(err)
		}
	}
	if len(seen) != int(balancer.Maglev)+1 {
		t.Errorf("%d algorithms in files, want all %d", len(seen), balancer.Maglev+1)
	}
}

// TestReloadChangesTheAlgorithm: what lives goes on, and a ring that nothing has
// changed for is not made again.
func TestReloadChangesTheAlgorithm(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.startWriter(t)
	group := func() *balancer.Group { return b.upstream("api").proxied.Split.Shares()[0].Group }
	live := group().Endpoints()[0].Live
	reload := func(change func(*config.Upstream)) {
		t.Helper()
		next := oneUpstream()
		change(&next.Upstreams[0])
		if _, err := b.Reload(t.Context(), next); err != nil {
			t.Fatal(err)
		}
	}
	reload(func(u *config.Upstream) {
		u.Balance = config.Balance{Algorithm: "hash", Consistent: true, HashKey: config.Text{{Variable: "target"}}, BoundedLoad: 1.5}
	})
	if got := group().Balance(); got != (balancer.Balance{Algorithm: balancer.Hash, Consistent: true, BoundedLoad: 1.5}) {
		t.Errorf("the algorithm is %+v after a reload", got)
	}
	if group().Load() == nil || group().Endpoints()[0].Live != live || len(b.upstream("api").proxied.HashKey) != 1 {
		t.Error("the load is not counted, or the endpoint has begun anew, or there is no key")
	}
	reload(func(u *config.Upstream) { u.Balance.Algorithm = "least_conn" })
	if got := group().Balance(); got != (balancer.Balance{Algorithm: balancer.LeastConn}) || group().Load() != nil {
		t.Errorf("the algorithm is %+v after another reload, or its load is still counted", got)
	}
}

// TestNodeIsTheName: hashing knows an address that DNS gave by its name.
func TestNodeIsTheName(t *testing.T) {
	file := config.Endpoint{Address: "api.internal:3001", Resolve: true}
	at := dns.Address{IP: netip.MustParseAddr("10.0.0.1")}
	if p := located(file, nameOf(&file), at); p.node() != "api.internal:3001" || p.Address != "10.0.0.1:3001" {
		t.Errorf("%s is node %q, want its name", p.Address, p.node())
	}
	file.Node = "api"
	if p := located(file, nameOf(&file), at); p.node() != "api" {
		t.Errorf("node %q, want the file's", p.node())
	}
	if p := (place{Endpoint: config.Endpoint{Address: "10.0.0.1:3001"}}); p.node() != "" {
		t.Errorf("node %q of an address, want none", p.node())
	}
}
