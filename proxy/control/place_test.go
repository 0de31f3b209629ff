package control

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"weir/balancer"
	"weir/config"
	"weir/health/dns"
)

// address is one that DNS gave.
func address(at string) dns.Address {
	a := dns.Address{Host: "api.internal", Weight: 1}
	if ap, err := netip.ParseAddrPort(at); err == nil {
		a.IP, a.Port = ap.Addr(), int(ap.Port())
	} else {
		a.IP = netip.MustParseAddr(at)
	}
	return a
}

// known is what DNS has said: of each host, or service.host, its addresses.
func known(said map[string]string) map[dns.Name]dns.State {
	out := map[dns.Name]dns.State{}
	for name, addresses := range said {
		n := dns.Name{Host: name}
		if service, host, ok := strings.Cut(name, "@"); ok {
			n = dns.Name{Host: host, Service: service}
		}
		var s dns.State
		for _, a := range strings.Fields(addresses) {
			s.Addresses = append(s.Addresses, address(a))
		}
		out[n] = s
	}
	return out
}

func named(address string) config.Endpoint {
	return config.Endpoint{Address: address, Weight: 1, Resolve: true}
}

// located are the places as text.
func locatedAt(all []place) string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.Address
		if p.Weight != 1 {
			out[i] += fmt.Sprintf("*%d", p.Weight)
		}
		if p.Backup {
			out[i] += " backup"
		}
		if p.name != "" {
			out[i] += "=" + p.name
		}
	}
	return strings.Join(out, ", ")
}

func TestPlaces(t *testing.T) {
	weighted := named("api.internal:80")
	weighted.Weight = 3
	service := config.Endpoint{Address: "api.internal", Weight: 1, Resolve: true, Service: "http"}
	heavy := service
	heavy.Weight = 9
	srv := known(map[string]string{"http@api.internal": "10.0.0.1:8080 10.0.0.2:8081"})
	s := srv[dns.Name{Host: "api.internal", Service: "http"}]
	s.Addresses[0].Weight, s.Addresses[1].Backup = 5, true
	for _, tt := range []struct {
		name  string
		file  []config.Endpoint
		known map[dns.Name]dns.State
		want  string
	}{
		{"as written", []config.Endpoint{{Address: "a.internal:80", Weight: 1}, {Address: "[::1]:80", Weight: 2}}, nil, "a.internal:80, [::1]:80*2"},
		{"nothing known", []config.Endpoint{named("api.internal:80"), {Address: "10.0.0.1:80", Weight: 1}}, nil, "10.0.0.1:80"},
		{"each address with the full weight", []config.Endpoint{weighted}, known(map[string]string{"api.internal": "10.0.0.1 2001:db8::1"}), "10.0.0.1:80*3=api.internal:80, [2001:db8::1]:80*3=api.internal:80"},
		{"names are the same in capitals", []config.Endpoint{named("API.internal:80")}, known(map[string]string{"api.internal": "10.0.0.1"}), "10.0.0.1:80=API.internal:80"},
		{
			"an address once, the first stands",
			[]config.Endpoint{{Address: "[2001:0db8::1]:80", Weight: 2}, named("a.internal:80"), named("b.internal:80"), named("b.internal:81")},
			known(map[string]string{"a.internal": "2001:db8::1 10.0.0.1", "b.internal": "10.0.0.1"}),
			"[2001:0db8::1]:80*2, 10.0.0.1:80=a.internal:80, 10.0.0.1:81=b.internal:81",
		},
		{"a service", []config.Endpoint{service}, srv, "10.0.0.1:8080*5=api.internal:8080, 10.0.0.2:8081 backup=api.internal:8081"},
		{"the file's weight goes first", []config.Endpoint{heavy}, srv, "10.0.0.1:8080*9=api.internal:8080, 10.0.0.2:8081*9 backup=api.internal:8081"},
	} {
		if got := locatedAt(places(&config.Version{Name: "v1", Endpoints: tt.file}, tt.known)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestLeaving: what DNS no longer gives stays while nothing can take its place.
func TestLeaving(t *testing.T) {
	cfg := &config.Version{Name: "v1", Endpoints: []config.Endpoint{named("api.internal:80"), {Address: "10.9.0.1:80", Weight: 1}}}
	alone := &config.Version{Name: "v1", Endpoints: cfg.Endpoints[:1]}
	other := &config.Version{Name: "v1", Endpoints: []config.Endpoint{named("other.internal:80")}}
	up := func(*balancer.Live) {}
	checking := func(l *balancer.Live) { l.SetCheck(balancer.CheckPending) }
	down := func(l *balancer.Live) { l.SetCheck(balancer.CheckDown) }
	ejected := func(l *balancer.Live) { l.SetEjected(true) }
	drained := func(l *balancer.Live) { l.SetAdmin(balancer.Drain) }
	type states map[string]func(*balancer.Live)
	for _, tt := range []struct {
		name    string
		file    *config.Version
		checked bool
		had     string // addresses of api.internal, all up but for
		but     states
		now     string
		want    string // that stay
	}{
		{"moved, without checks", alone, false, "10.0.0.1", nil, "10.0.0.2", ""},
		{"moved, with checks", alone, true, "10.0.0.1", nil, "10.0.0.2", "10.0.0.1"},
		{"one of several gone", alone, true, "10.0.0.1 10.0.0.2", nil, "10.0.0.2", ""},
		{"one of several replaced", alone, true, "10.0.0.1 10.0.0.2", nil, "10.0.0.2 10.0.0.3", ""},
		{"most of several replaced", alone, true, "10.0.0.1 10.0.0.2 10.0.0.3", nil, "10.0.0.3 10.0.0.4", "10.0.0.1 10.0.0.2"},
		{"most replaced, all checked", alone, true, "10.0.0.1 10.0.0.2 10.0.0.3", nil, "10.0.0.3", ""},
		{"no answer, others there", cfg, false, "10.0.0.1", nil, "", ""},
		{"no answer, others down", cfg, false, "10.0.0.1", states{"10.9.0.1": down}, "", "10.0.0.1"},
		{"no answer, the last", alone, false, "10.0.0.1 10.0.0.2", nil, "", "10.0.0.1 10.0.0.2"},
		{"no answer, the last are down", alone, true, "10.0.0.1 10.0.0.2", states{"10.0.0.1": down}, "", "10.0.0.2"},
		{"no answer, the last is ejected", alone, false, "10.0.0.1", states{"10.0.0.1": ejected}, "", "10.0.0.1"},
		{"no answer, the last is drained", alone, false, "10.0.0.1", states{"10.0.0.1": drained}, "", ""},
		{"the new ones are down", alone, true, "10.0.0.1 10.0.0.2", states{"10.0.0.2": down}, "10.0.0.2", "10.0.0.1"},
		{"the new one is checked still", alone, true, "10.0.0.1 10.0.0.2", states{"10.0.0.2": checking}, "10.0.0.2", "10.0.0.1"},
		{"the new one is drained", alone, true, "10.0.0.1 10.0.0.2", states{"10.0.0.2": drained}, "10.0.0.2", "10.0.0.1"},
		{"another name", other, true, "10.0.0.1", nil, "", ""},
		{"up", alone, true, "10.0.0.1 10.0.0.2", states{"10.0.0.2": up}, "10.0.0.2", ""},
	} {
		before := cfg
		if tt.file != cfg {
			before = alone
		}
		v := resolveVersion(before, balancer.Balance{}, nil, nil, &config.Upstream{}, known(map[string]string{"api.internal": tt.had}))
		for _, e := range v.endpoints {
			host, _, _ := strings.Cut(e.address, ":")
			if set := tt.but[host]; set != nil {
				set(e.live.live)
			}
		}
		now := places(tt.file, known(map[string]string{"api.internal": tt.now}))
		var got []string
		for _, p := range v.leaving(tt.file, now, tt.checked) {
			got = append(got, strings.TrimSuffix(p.Address, ":80"))
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: %q stay, want %s", tt.name, got, tt.want)
		}
	}
}

// TestRenamed: an endpoint that is called otherwise keeps its word and counters, not
// its connections.
func TestRenamed(t *testing.T) {
	byAddress := &config.Version{Name: "v1", Endpoints: []config.Endpoint{{Address: "10.0.0.1:80", Weight: 1}}}
	byName := &config.Version{Name: "v1", Endpoints: []config.Endpoint{named("api.internal:80")}}
	a := resolveVersion(byAddress, balancer.Balance{}, nil, nil, &config.Upstream{}, nil)
	b := resolveVersion(byName, balancer.Balance{}, a, nil, &config.Upstream{}, known(map[string]string{"api.internal": "10.0.0.1"}))
	was, is := a.endpoints[0].live, b.endpoints[0].live
	if is.live != was.live || is.stats != was.stats {
		t.Error("the word or the counters are new ones")
	}
	if is.proxy == was.proxy || is.proxy.Name != "api.internal:80" || is.proxy.Address != "10.0.0.1:80" {
		t.Errorf("the endpoint is %s called %s, want 10.0.0.1:80 called api.internal:80", is.proxy.Address, is.proxy.Name)
	}
	if c := resolveVersion(byName, balancer.Balance{}, b, nil, &config.Upstream{}, known(map[string]string{"api.internal": "10.0.0.1"})); c.endpoints[0].live != is {
		t.Error("an endpoint that stays is a new one")
	}
}
