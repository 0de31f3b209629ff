package balancer

import (
	"encoding/json"
	"net/netip"
	"os"
	"testing"
)

// goldenFile is what the real NGINX answered: see TestNGINXAgrees.
const goldenFile = "testdata/nginx.json"

// goldenUpstream is one upstream of NGINX and what it did with some requests.
type goldenUpstream struct {
	Method   string         `json:"method"` // the directive
	Servers  []goldenServer `json:"servers"`
	Requests []goldenAsk    `json:"requests"`
}

type goldenServer struct {
	Address string `json:"address"` // as configured: nobody listens there
	Weight  int    `json:"weight"`
	Down    bool   `json:"down,omitempty"`
}

// goldenAsk is a request and the servers that it was sent to, one after the other.
type goldenAsk struct {
	Key   string   `json:"key,omitempty"`
	IP    string   `json:"ip,omitempty"`
	Tried []string `json:"tried"`
}

// balance is the method as we have it.
func (g *goldenUpstream) balance(t *testing.T) Balance {
	b, ok := map[string]Balance{
		"":                         {},
		"least_conn":               {Algorithm: LeastConn},
		"ip_hash":                  {Algorithm: IPHash},
		"hash $arg_key":            {Algorithm: Hash},
		"hash $arg_key consistent": {Algorithm: Hash, Consistent: true},
	}[g.Method]
	if !ok {
		t.Fatalf("no balance for %q", g.Method)
	}
	return b
}

func (g *goldenUpstream) group(t *testing.T) *Group {
	eps := make([]Endpoint, len(g.Servers))
	for i, s := range g.Servers {
		eps[i] = Endpoint{Address: s.Address, Weight: s.Weight, Live: NewLive(false)}
		if s.Down {
			eps[i].Live.SetAdmin(Down)
		}
	}
	return NewGroup(eps, g.balance(t), &Cursor{})
}

func (a *goldenAsk) ask(t *testing.T) *Ask {
	if a.IP == "" {
		return &Ask{Key: []byte(a.Key)}
	}
	ip, err := netip.ParseAddr(a.IP)
	if err != nil {
		t.Fatal(err)
	}
	key := ip.AsSlice()
	if ip.Is4() {
		key = key[:3]
	}
	return &Ask{Key: key}
}

// TestGolden: the first server of every request is NGINX's, and where a hash decides
// so are those of its retries.
func TestGolden(t *testing.T) {
	for _, g := range readGolden(t) {
		g.check(t)
	}
}

func readGolden(t *testing.T) []goldenUpstream {
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenUpstream
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("%d upstreams in %s: that proves little", len(all), goldenFile)
	}
	return all
}

func (g *goldenUpstream) check(t *testing.T) {
	t.Helper()
	of := g.group(t)
	for n, r := range g.Requests {
		ask := r.ask(t)
		for try, want := range r.Tried {
			i := of.Pick(ask, false)
			if i < 0 {
				t.Errorf("%q over %v: request %d (%+v), attempt %d: %d, want %s", g.Method, g.Servers, n, r, try, i, want)
				break
			}
			if got := of.endpoints[i].Address; got != want {
				t.Errorf("%q over %v: request %d (%+v), attempt %d goes to %s, want %s", g.Method, g.Servers, n, r, try, got, want)
				break
			}
			ask.Tried.Add(of.endpoints[i].Live)
		}
	}
}
