//go:build !race

package proxy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weir/balancer"
	"weir/proxy/flag"
)

// allocFree sends GETs through real sockets; client and backend of the test
// allocate nothing either, so all that AllocsPerRun finds is the proxy's.
func allocFree(t *testing.T, r *rig) {
	t.Helper()
	allocFreeOf(t, r, plainGet)
}

func allocFreeOf(t *testing.T, r *rig, request string) {
	t.Helper()
	once := roundTripsOf(t, r, request)
	for range 1000 { // what is made once is made
		once()
	}
	if n := testing.AllocsPerRun(2000, once); n != 0 {
		t.Errorf("%v allocations per request, want 0", n)
	}
}

func TestAllocFreeGet(t *testing.T) {
	allocFree(t, start(t, one(t, cannedBackend(t)), Options{}))
}

// TestAllocFreeUnsampled: requests that have no span, where others do.
func TestAllocFreeUnsampled(t *testing.T) {
	for name, request := range map[string]string{
		"not in a trace":           plainGet,
		"in one, without the flag": "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, one(t, cannedBackend(t)), Options{})
			r.UseTracing(&Tracing{Sample: 0, Take: func(*Span) { t.Error("a span") }})
			allocFreeOf(t, r, request)
		})
	}
}

// TestAllocFreeWrite: going through the gate costs a write no memory.
func TestAllocFreeWrite(t *testing.T) {
	up := one(t, cannedBackend(t))
	up.Writes.Reads = []Exception{{Method: "POST", Path: "/search"}}
	allocFreeOf(t, start(t, up, Options{}), "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
}

// TestAllocFreeRollout: with a version that is judged, shielded and watched for
// overdue attempts.
func TestAllocFreeRollout(t *testing.T) {
	up := upstreamOf(t,
		part{name: "v1", weight: 90, addresses: []string{cannedBackend(t), cannedBackend(t)}},
		part{name: "v2", weight: 10, addresses: []string{cannedBackend(t)}, shielded: true},
	)
	up.Live.OverdueAfter.Store(int64(time.Second))
	allocFree(t, start(t, up, Options{}))
}

// TestAllocFreePinnedWrites: neither a write, with the cookie that it brings, nor a read
// after one costs memory.
func TestAllocFreePinnedWrites(t *testing.T) {
	for name, request := range map[string]string{
		"a read":                   plainGet,
		"a write":                  "POST / HTTP/1.1\r\nHost: weir.test\r\nContent-Length: 0\r\n\r\n",
		"a read of one who wrote":  fmt.Sprintf("GET / HTTP/1.1\r\nHost: weir.test\r\nCookie: weir_wrote=%d\r\n\r\n", time.Now().Unix()+3600),
		"a read long after it":     "GET / HTTP/1.1\r\nHost: weir.test\r\nCookie: weir_wrote=1700000000\r\n\r\n",
		"a read with another word": "GET / HTTP/1.1\r\nHost: weir.test\r\nCookie: weir_wrote=" + strings.Repeat("a", 100) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamOf(t,
				part{name: "v1", weight: 90, addresses: []string{cannedBackend(t)}},
				part{name: "v2", weight: 10, addresses: []string{cannedBackend(t)}, shielded: true},
			)
			for _, v := range up.Versions {
				v.Apart = &balancer.Load{}
			}
			allocFreeOf(t, start(t, writing(t, up, 1, time.Hour), Options{}), request)
		})
	}
}

// TestAllocFreeCounted: where failures are counted, also while some are.
func TestAllocFreeCounted(t *testing.T) {
	for failed := range 2 {
		up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{cannedBackend(t), cannedBackend(t)}}),
			balancer.FailRule{Max: 2, Timeout: time.Hour})
		for range failed {
			for _, e := range up.Versions[0].Endpoints {
				e.Fails.Failed(time.Now())
			}
		}
		allocFree(t, start(t, up, Options{}))
	}
}

// TestAllocFreeRoutes: conditions, expressions and rewriting cost no memory either.
func TestAllocFreeRoutes(t *testing.T) {
	up := one(t, cannedBackend(t))
	up.Host = HostOfEndpoint
	r := start(t, up, Options{})
	r.serveRoutes(t,
		Route{Match: Match{Host: "*.test", Path: "^/x$", Kind: Regex}, Upstream: up},
		Route{
			Match:    Match{Host: "*.test", Path: "/", Methods: []string{"GET"}, Headers: []Pair{{Name: "Host", Value: "*"}}},
			Upstream: up,
			Rewrite: Rewrite{
				From: "/", To: "/to",
				Request:  HeaderEdits{Set: []Header{header("X-A", "$client", " ", "$endpoint")}, Remove: []string{"X-B"}},
				Response: HeaderEdits{Set: []Header{header("X-A", "$client", " ", "$endpoint")}},
			},
		},
	)
	policy := DefaultClients()
	policy.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	r.Snapshot().Clients = &policy // nobody has read it yet
	allocFree(t, r)
}

// TestAllocFreeFlags: routes that ask flags, upstreams that are told of them, rules over
// cookies, addresses and tokens, a ramp: none costs memory.
func TestAllocFreeFlags(t *testing.T) {
	by, sign := tokens(t, &TokenStats{})
	request := "GET / HTTP/1.1\r\nHost: weir.test\r\nCookie: a=b; plan=silver\r\nX-User: ann\r\nX-Flag-Checkout: on\r\nBaggage: a=1, b=2\r\nAuthorization: Bearer " +
		sign(jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix(), "groups": []string{"beta"}}) + "\r\n\r\n"
	r := start(t, one(t, cannedBackend(t)), Options{})
	set := flagSet(t, checkout)
	sources := map[string]AttributeSource{"plan": {Cookie: "plan"}, "ip": {ClientIP: true}, "targetingKey": {Header: "x-user"}, "groups": {Claim: "groups"}}
	r.flagged(t, FlagsOptions{
		Set: set, Layers: map[string]*flag.Layer{"checkout": {Ramp: &flag.Ramp{To: set.Flag("checkout").Variant("on"), Share: flag.Whole / 2}}},
		Sources: sources, Tokens: by, Headers: []string{"checkout", "inside"}, Baggage: []string{"checkout"},
		Live: map[string]*FlagLive{"checkout": NewFlagLive([]string{"on", "off"}, nil)},
	}, Route{Match: Match{Host: "*", Path: "/", When: &When{Flag: "checkout", Variants: []string{"on"}}}, Upstream: r.up, Version: "v1"})
	allocFreeOf(t, r, request)
}

// TestAllocFreeOwnAnswers: a flood of requests that lead nowhere costs no memory.
func TestAllocFreeOwnAnswers(t *testing.T) {
	for name, routes := range map[string]func(up *Upstream) []Route{
		"404": func(up *Upstream) []Route { return []Route{{Match: Match{Host: "other", Path: "/"}, Upstream: up}} },
		"503": func(up *Upstream) []Route { return []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}} },
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, cannedBackend(t))
			up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down)
			r := start(t, up, Options{})
			r.serveRoutes(t, routes(up)...)
			allocFree(t, r)
		})
	}
}

// TestAllocFreeBounded: a bound that is not reached costs nothing.
func TestAllocFreeBounded(t *testing.T) {
	r := start(t, bound(t, one(t, cannedBackend(t)), 5, Queue{Size: 1, Timeout: 1}), Options{})
	allocFree(t, r)
}

// TestAllocFreeLoggedGet: a line and a new trace for every request cost no memory
// either.
func TestAllocFreeLoggedGet(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, traced(true))
	logged(t, r)
	allocFree(t, r)
}

// TestAllocFreeAffinity: knowing a client's endpoint, giving it a cookie and finding
// its session cost no memory; only a new session does.
func TestAllocFreeAffinity(t *testing.T) {
	for name, o := range map[string]AffinityOptions{
		"a cookie given each time": {Cookie: &AffinityCookie{Name: "route", Path: "/", HTTPOnly: true}},
		"a route":                  {Route: of("cookie_none", "query_x", "header_user_agent")},
		"a session": {Learn: &Learn{
			Create: of("upstream_cookie_none", "header_user_agent"), Lookup: of("cookie_none", "header_user_agent"),
			Timeout: time.Minute, Size: 1000,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamOf(t,
				part{name: "v1", weight: 50, addresses: []string{cannedBackend(t), cannedBackend(t)}},
				part{name: "v2", weight: 50, addresses: []string{cannedBackend(t)}},
			)
			allocFree(t, start(t, affine(t, up, o), Options{}))
		})
	}
}

// TestAllocFreeSticky: knowing users, and giving new ones a key, costs no memory; nor do
// pins.
func TestAllocFreeSticky(t *testing.T) {
	for name, o := range map[string]StickyOptions{"a new cookie each time": stickyCookie(), "a header": {Header: "User-Agent"}, "an address": {IP: true}} {
		t.Run(name, func(t *testing.T) {
			up := sticky(t, upstreamOf(t,
				part{name: "v1", weight: 50, addresses: []string{cannedBackend(t), cannedBackend(t)}},
				part{name: "v2", weight: 50, addresses: []string{cannedBackend(t)}, shielded: true},
			), o, map[string]float64{"v1": 1}, "api-7")
			up.Live.OverdueAfter.Store(int64(time.Second))
			up.Pins = []Pin{{Version: "v2", Cookie: "a", Value: "b"}, {Version: "v2", Header: "user-agent", Value: "other"}}
			allocFree(t, start(t, up, Options{}))
		})
	}
}

// TestAllocFreeAlgorithms: neither a key nor what is told of attempts costs memory.
func TestAllocFreeAlgorithms(t *testing.T) {
	for name, b := range map[string]balancer.Balance{
		"hash":       {Algorithm: balancer.Hash, Consistent: true, BoundedLoad: 1.5},
		"ip_hash":    {Algorithm: balancer.IPHash},
		"least_time": {Algorithm: balancer.LeastTime, LastByte: true, Inflight: true},
		"peak_ewma":  {Algorithm: balancer.PeakEWMA},
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{cannedBackend(t), cannedBackend(t)}})
			up = balancedBy(t, up, b, "$client", "-", "$query_a", "$cookie_b", "$header_host")
			allocFree(t, start(t, up, Options{}))
		})
	}
}

// TestAllocFreeMirror: a request that is not copied costs no memory, and one that is
// takes it from pools.
func TestAllocFreeMirror(t *testing.T) {
	for name, share := range map[string]float64{"hardly any": 1e-9, "all": 1} {
		t.Run(name, func(t *testing.T) {
			up := mirrored(t, cannedBackend(t), cannedBackend(t), func(m *Mirror) { m.Share = share })
			r, _ := startMirrored(t, up)
			allocFree(t, r)
		})
	}
}
