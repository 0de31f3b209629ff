package dns

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"weir/health/dns/dnstest"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestService(t *testing.T) {
	s := dnstest.Start(t)
	s.Services("_http._tcp.api.internal", 30,
		dnstest.SRV{Priority: 20, Weight: 7, Port: 8081, Target: "c.internal"},
		dnstest.SRV{Priority: 10, Weight: 3, Port: 8080, Target: "b.internal"},
		dnstest.SRV{Priority: 10, Weight: 0, Port: 8080, Target: "a.internal"},
		dnstest.SRV{Priority: 30, Weight: 9, Port: 8082, Target: "gone.internal"},
	)
	s.Addresses("a.internal", 30, "10.0.0.1")
	s.Addresses("b.internal", 7, "10.0.0.2", "2001:db8::2")
	s.Addresses("c.internal", 30, "10.0.0.3")
	o := asking(s.Addr)
	a := foundAt(t, o, http, "10.0.0.1:8080", "10.0.0.2:8080 weight 3", "[2001:db8::2]:8080 weight 3", "10.0.0.3:8081 weight 7 backup")
	if a.TTL != time.Second { // of a host that is not there
		t.Errorf("TTL %v, want the shortest, 1 s", a.TTL)
	}
	s.Services("db.eu.api.internal", 30, dnstest.SRV{Port: 1, Target: "a.internal"})
	foundAt(t, o, Name{Host: "api.internal", Service: "db.eu"}, "10.0.0.1:1")
}

// A host of a service that cannot be looked up keeps the addresses it had.
func TestServiceInPart(t *testing.T) {
	s := dnstest.Start(t)
	s.Services("_http._tcp.api.internal", 30,
		dnstest.SRV{Port: 80, Target: "a.internal"}, dnstest.SRV{Port: 80, Target: "b.internal"})
	s.Addresses("a.internal", 30, "10.0.0.1")
	s.Fails("b.internal", dnsmessage.RCodeServerFailure)
	a := foundAt(t, asking(s.Addr), http, "10.0.0.1:80")
	if a.Err == nil {
		t.Error("no error although a host is lost")
	}
	before := []Address{
		{Host: "a.internal", IP: ip("10.0.0.9"), Port: 80, Weight: 1},
		{Host: "b.internal", IP: ip("10.0.0.2"), Port: 80, Weight: 1},
	}
	if got := texts(a.with(before).Addresses); !slices.Equal(got, []string{"10.0.0.1:80", "10.0.0.2:80"}) {
		t.Errorf("with what was known before: %q", got)
	}
	s.Fails("a.internal", dnsmessage.RCodeServerFailure)
	if a, err := new(Client).Lookup(t.Context(), asking(s.Addr), http); err == nil {
		t.Errorf("every host is lost: %v, want an error", a)
	}
}

// A target "." is how a domain says that it does not give the service.
func TestServiceNotGiven(t *testing.T) {
	s := dnstest.Start(t)
	s.Services("_http._tcp.api.internal", 30, dnstest.SRV{Target: "."})
	foundAt(t, asking(s.Addr), http)
}

func TestRank(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []service
		want []offer
	}{
		{"none", nil, []offer{}},
		{"weights of 0 count as 1", []service{{1, 0, 80, "b"}, {1, 0, 80, "a"}}, []offer{{"a", 80, 1, false}, {"b", 80, 1, false}}},
		{
			"proportions stay, each tier by itself",
			[]service{{1, 60000, 80, "a"}, {1, 30000, 80, "b"}, {1, 1, 80, "c"}, {2, 5, 80, "d"}, {3, 10, 80, "e"}},
			[]offer{{"a", 80, 1000, false}, {"b", 80, 500, false}, {"c", 80, 1, false}, {"d", 80, 5, true}, {"e", 80, 10, true}},
		},
		{"twice is once", []service{{1, 2, 80, "a"}, {1, 9, 80, "a"}, {1, 9, 81, "a"}}, []offer{{"a", 80, 9, false}, {"a", 81, 9, false}}},
		{"no port, no host", []service{{0, 1, 0, "a"}, {0, 1, 80, ""}, {5, 1, 80, "b"}}, []offer{{"b", 80, 1, false}}},
	} {
		if got := rank(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
