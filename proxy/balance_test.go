package proxy

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/balancer"
	"weir/proxy/internal/sock"
)

// balancedBy gives an upstream another algorithm, with the key of its requests.
func balancedBy(t testing.TB, up *Upstream, b balancer.Balance, key ...string) *Upstream {
	t.Helper()
	var shares []balancer.Share
	for _, s := range up.Split.Shares() {
		s.Group = balancer.NewGroup(s.Group.Endpoints(), b, &balancer.Cursor{})
		shares = append(shares, s)
	}
	split, err := balancer.NewSplit(shares, up.Split.Stable(), &balancer.Sequence{})
	if err != nil {
		t.Fatal(err)
	}
	next := *up
	next.Split, next.HashKey = split, text(key...)
	return &next
}

// calling returns backends that say who they are.
func calling(t testing.TB, names ...string) (addresses []string) {
	for _, name := range names {
		addresses = append(addresses, backend(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Me", name)
		}))
	}
	return addresses
}

// asked returns who answers a request with these header lines.
func asked(c *client, target string, lines ...string) string {
	c.send("GET " + target + " HTTP/1.1\r\n" + strings.Join(append(lines, "Host: h.test"), "\r\n") + "\r\n\r\n")
	return c.receive("GET").Header.Get("X-Me")
}

// TestKeysGoByTheRequest: the same key goes to the same endpoint, on every connection,
// and different keys go everywhere.
func TestKeysGoByTheRequest(t *testing.T) {
	tests := []struct {
		name   string
		b      balancer.Balance
		key    []string
		target string // %d is another key
		line   string
	}{
		{"hash of the target", balancer.Balance{Algorithm: balancer.Hash}, []string{"$target"}, "/x?n=%d", "X: y"},
		{"hash of a parameter", balancer.Balance{Algorithm: balancer.Hash, Consistent: true}, []string{"$query_user"}, "/x?user=%d", "X: y"},
		{"ring by a cookie", balancer.Balance{Algorithm: balancer.Hash, Consistent: true}, []string{"$cookie_sid"}, "/", "Cookie: a=b; sid=%d"},
		{"maglev by a header", balancer.Balance{Algorithm: balancer.Maglev, BoundedLoad: 2}, []string{"$host", "/", "$header_x_user"}, "/", "X-User: %d"},
		{"the client's address", balancer.Balance{Algorithm: balancer.IPHash}, nil, "/", "X-Forwarded-For: 10.0.%d.7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := balancedBy(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: calling(t, "a", "b", "c")}), tt.b, tt.key...)
			r := start(t, up, Options{}, func(p *Clients) { p.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
			home := map[int]string{}
			seen := map[string]int{}
			for range 3 {
				c := r.dial(t)
				for key := range 40 {
					of := func(s string) string {
						if strings.Contains(s, "%d") {
							return fmt.Sprintf(s, key)
						}
						return s
					}
					got := asked(c, of(tt.target), of(tt.line))
					if home[key] == "" {
						home[key] = got
						seen[got]++
					}
					if got != home[key] {
						t.Fatalf("key %d went to %s, and before to %s", key, got, home[key])
					}
				}
			}
			if len(seen) != 3 {
				t.Errorf("40 keys went to %v, want to all three", seen)
			}
		})
	}
}

// TestHostsInCapitalsAreNoOtherKey: names of hosts are compared without case.
func TestHostsInCapitalsAreNoOtherKey(t *testing.T) {
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: calling(t, "a", "b", "c")})
	r := start(t, balancedBy(t, up, balancer.Balance{Algorithm: balancer.Hash, Consistent: true}, "$host"), Options{})
	c := r.dial(t)
	to := func(host string) string {
		c.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
		return c.receive("GET").Header.Get("X-Me")
	}
	for i := range 20 {
		if a, b := to(fmt.Sprintf("h%d.test", i)), to(fmt.Sprintf("H%d.Test:80", i)); a != b {
			t.Errorf("host %d goes to %s, in capitals to %s", i, a, b)
		}
	}
}

// TestRetriesOfKeys: a key whose endpoint fails goes on to another one.
func TestRetriesOfKeys(t *testing.T) {
	dead := listen(t)
	dead.Close()
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: append(calling(t, "a", "b"), dead.Addr().String())})
	r := start(t, balancedBy(t, up, balancer.Balance{Algorithm: balancer.Maglev}, "$target"), Options{})
	c := r.dial(t)
	for i := range 50 {
		if got := asked(c, fmt.Sprintf("/%d", i)); got == "" {
			t.Fatalf("request %d was not answered by an endpoint that lives", i)
		}
	}
}

// TestTimesAreObserved: algorithms that go by time send what they can to the quick
// endpoint, whatever they go by.
func TestTimesAreObserved(t *testing.T) {
	for name, b := range map[string]balancer.Balance{
		"least_time":           {Algorithm: balancer.LeastTime},
		"least_time last_byte": {Algorithm: balancer.LeastTime, LastByte: true},
		"least_time inflight":  {Algorithm: balancer.LeastTime, Inflight: true},
		"random_two":           {Algorithm: balancer.RandomTwo, ByTime: true, LastByte: true, Inflight: true},
		"peak_ewma":            {Algorithm: balancer.PeakEWMA},
	} {
		t.Run(name, func(t *testing.T) {
			slow := backend(t, func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(60 * time.Millisecond) // what makes it slow, not a wait for something
				w.Header().Set("X-Me", "slow")
			})
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: append(calling(t, "fast"), slow)})
			r := start(t, balancedBy(t, up, b), Options{})
			c := r.dial(t)
			got := map[string]int{}
			for range 60 {
				got[asked(c, "/")]++
			}
			if got["slow"] == 0 || got["slow"] > 10 || got["fast"] != 60-got["slow"] {
				t.Errorf("answers %v, want few of the slow one, which has to be found out", got)
			}
		})
	}
}

// TestNothingStaysCounted: what algorithms count of attempts is nothing when all are
// over, however they ended.
func TestNothingStaysCounted(t *testing.T) {
	for name, b := range map[string]balancer.Balance{
		"bounded load": {Algorithm: balancer.Hash, BoundedLoad: 1.1},
		"inflight":     {Algorithm: balancer.LeastTime, LastByte: true, Inflight: true},
	} {
		t.Run(name, func(t *testing.T) {
			reset := rawBackend(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo little"))
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: append(calling(t, "a"), reset)})
			r := start(t, balancedBy(t, up, b, "$target"), Options{})
			var all sync.WaitGroup
			for n := range 4 {
				all.Go(func() {
					for i := range 20 {
						resp, err := http.Get(fmt.Sprintf("http://%s/%d/%d", r.addr, n, i))
						if err == nil {
							resp.Body.Close()
						}
					}
				})
			}
			all.Wait()
			http.DefaultClient.CloseIdleConnections()
			g := r.Snapshot().upstreams[0].Split.Shares()[0].Group
			eventually(t, "nothing counted", func() bool { return g.Load().Inflight() == 0 && allTakeTurns(g) })
		})
	}
}

// allTakeTurns reports whether the endpoints will be like a new one in an hour, when
// what was measured is forgotten: one at which an attempt still waits would get nothing.
func allTakeTurns(g *balancer.Group) bool {
	all := append(slices.Clone(g.Endpoints()), balancer.Endpoint{Address: "new", Weight: 1, Live: balancer.NewLive(false)})
	beside := balancer.NewGroup(all, g.Balance(), &balancer.Cursor{})
	picked := map[int]bool{}
	for range all {
		picked[beside.Pick(&balancer.Ask{Now: sock.Now() + time.Hour}, false)] = true
	}
	return len(picked) == len(all)
}

func TestNetworkOfAnAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77":        "\xc0\x00\x02",
		"::ffff:192.0.2.77": "\xc0\x00\x02",
		"2001:db8::1":       "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
	} {
		if got := string(appendNetwork(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("%s: % x, want % x", in, got, want)
		}
	}
	if got := string(appendNetwork(nil, netip.Addr{})); got != "\x00\x00\x00" {
		t.Errorf("no address: % x, want zeros", got)
	}
}
