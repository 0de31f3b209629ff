package control

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/config"
	"weir/health/dns"
)

// zone is what DNS says, in a bubble.
type zone struct {
	mu    sync.Mutex
	names map[dns.Name]dns.State
	asked dns.Options
}

// newZone has what known makes of the same.
func newZone(said map[string]string) *zone { return &zone{names: known(said)} }

func (z *zone) says(name, addresses string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for n, s := range known(map[string]string{name: addresses}) {
		z.names[n] = s
	}
}

func (z *zone) fails(host string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.names[dns.Name{Host: host}] = dns.State{Err: errors.New("SERVFAIL")}
}

func (z *zone) lookup(_ context.Context, o dns.Options, n dns.Name) (dns.Answer, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = o
	s := z.names[n]
	return dns.Answer{Addresses: s.Addresses, TTL: 10 * time.Second}, s.Err
}

const namedFile = `
listeners: [{name: web, address: "127.0.0.1:8080"}]
resolver: {addresses: [10.0.0.53], timeout: 7s, valid: 8s, ipv6: off}
upstreams:
  api:
    versions:
      v1: {endpoints: [{address: "api.internal:3001", resolve: true, weight: 2, max_conns: 5}]}
routes: [{upstream: api}]
`

func parsed(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("weir.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// inZone runs f with everything started on the file, after the first round.
func inZone(t *testing.T, text string, z *zone, f func(*testing.T, *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: parsed(t, text), Lookup: z.lookup})
		b.startAll(t)
		<-b.FirstRound()
		synctest.Wait()
		b.emitted()
		f(t, b)
	})
}

// at demands the addresses of a version in the latest snapshot.
func (b *bench) at(t *testing.T, version, want string) {
	t.Helper()
	synctest.Wait()
	if got := strings.Join(b.upstream("api").version(version).addresses(), " "); got != want {
		t.Errorf("%s is at %s, want %s", version, got, want)
	}
	_, s := b.published()
	if s.Generation != b.current.Load().generation {
		t.Errorf("generation %d serves, want %d", s.Generation, b.current.Load().generation)
	}
}

func TestFileToResolver(t *testing.T) {
	z := newZone(map[string]string{"api.internal": "10.0.0.1"})
	text := strings.Replace(namedFile, "ipv6: off", "ipv6: off, nxdomain: keep", 1)
	inZone(t, text, z, func(t *testing.T, b *bench) {
		want := dns.Options{Servers: []string{"10.0.0.53:53"}, Timeout: 7 * time.Second, Valid: 8 * time.Second, IPv4: true, Keep: true}
		if diff := cmp.Diff(want, z.asked); diff != "" {
			t.Errorf("resolver (-want +got):\n%s", diff)
		}
		e := b.upstream("api").proxied.Split.Shares()[0].Group.Endpoints()
		if len(e) != 1 || e[0].Address != "10.0.0.1:3001" || e[0].Weight != 2 || e[0].MaxConns != 5 || e[0].Backup {
			t.Errorf("endpoints %+v, want 10.0.0.1:3001 of weight 2 with room for 5", e)
		}
		if p := b.upstream("api").proxied.Versions[0].Endpoints[0]; p.Name != "api.internal:3001" {
			t.Errorf("the endpoint is called %s", p.Name)
		}
	})
}

func TestBackupsOfServices(t *testing.T) {
	z := newZone(map[string]string{"http@api.internal": "10.0.0.1:80 10.0.0.2:81"})
	z.names[dns.Name{Host: "api.internal", Service: "http"}].Addresses[1].Backup = true
	text := strings.Replace(namedFile, `"api.internal:3001", resolve: true`, `api.internal, resolve: true, service: http`, 1)
	inZone(t, text, z, func(t *testing.T, b *bench) {
		b.at(t, "v1", "10.0.0.1:80 10.0.0.2:81")
		if e := b.upstream("api").proxied.Split.Shares()[0].Group.Endpoints(); e[0].Backup || !e[1].Backup {
			t.Errorf("backups: %v and %v, want the second alone", e[0].Backup, e[1].Backup)
		}
	})
}

func TestEndpointsFollowDNS(t *testing.T) {
	z := newZone(map[string]string{"api.internal": "10.0.0.1 10.0.0.2"})
	inZone(t, namedFile, z, func(t *testing.T, b *bench) {
		b.at(t, "v1", "10.0.0.1:3001 10.0.0.2:3001")
		kept := b.upstream("api").versions[0].endpoints[1].live
		z.says("api.internal", "10.0.0.2 10.0.0.3")
		time.Sleep(8 * time.Second) // valid
		b.at(t, "v1", "10.0.0.2:3001 10.0.0.3:3001")
		if b.upstream("api").versions[0].endpoints[0].live != kept {
			t.Error("an endpoint that stays is a new one")
		}
		events := b.emitted()
		if len(events) != 1 || events[0].Kind != EventResolve || events[0].Version != "v1" || events[0].Reason != "DNS gives 10.0.0.3:3001, no longer 10.0.0.1:3001" {
			t.Errorf("events %+v, want one that says what has moved", events)
		}
		n, _ := b.published()
		time.Sleep(time.Minute)
		synctest.Wait()
		if now, _ := b.published(); now != n {
			t.Errorf("%d generations more although nothing moved", now-n)
		}
	})
}

// TestLastAnswerStays: failures change nothing, and an answer without addresses does
// not take away the last endpoints there are.
func TestLastAnswerStays(t *testing.T) {
	text := strings.Replace(namedFile, "endpoints: [", `endpoints: ["10.9.0.1:80", `, 1)
	z := newZone(map[string]string{"api.internal": "10.0.0.1"})
	inZone(t, text, z, func(t *testing.T, b *bench) {
		z.fails("api.internal")
		time.Sleep(time.Minute)
		b.at(t, "v1", "10.9.0.1:80 10.0.0.1:3001")
		if n := b.upstream("api").names(0); len(n) != 1 || n[0].Error != "SERVFAIL" || len(n[0].Addresses) != 1 {
			t.Errorf("names %+v, want the failure and the address", n)
		}
		z.says("api.internal", "")
		time.Sleep(time.Minute)
		b.at(t, "v1", "10.9.0.1:80")
	})
	z.says("api.internal", "10.0.0.1")
	inZone(t, namedFile, z, func(t *testing.T, b *bench) {
		z.says("api.internal", "")
		time.Sleep(time.Minute)
		b.at(t, "v1", "10.0.0.1:3001")
		u, err := b.Upstream("api")
		if err != nil || u.Versions[0].Names[0].Error != "there is no such name, or it has no addresses" {
			t.Errorf("names %+v, %v", u.Versions[0].Names, err)
		}
		// It goes when its checks say so, and comes back with DNS.
		b.upstream("api").versions[0].endpoints[0].live.live.SetCheck(balancer.CheckDown)
		b.flips.note("api")
		time.Sleep(time.Second)
		b.at(t, "v1", "")
		z.says("api.internal", "10.0.0.2")
		time.Sleep(10 * time.Second)
		b.at(t, "v1", "10.0.0.2:3001")
	})
}

// TestStartWithoutDNS: a name that cannot be found keeps nothing from starting, and
// has endpoints as soon as it can.
func TestStartWithoutDNS(t *testing.T) {
	z := newZone(nil)
	z.fails("api.internal")
	inZone(t, namedFile, z, func(t *testing.T, b *bench) {
		b.at(t, "v1", "")
		n := b.upstream("api").names(0)
		if len(n) != 1 || n[0].Error != "SERVFAIL" || n[0].Name != "api.internal" {
			t.Errorf("names %+v, want the failure", n)
		}
		if _, err := b.Upstream("api"); err != nil {
			t.Error(err)
		}
		b.Metrics()
		z.says("api.internal", "10.0.0.1")
		time.Sleep(10 * time.Second)
		b.at(t, "v1", "10.0.0.1:3001")
	})
}

// TestReloadAndNames: a reload keeps what is known, and has endpoints for a new name
// in its first generation, before the listeners of the old ones are done.
func TestReloadAndNames(t *testing.T) {
	z := newZone(map[string]string{"api.internal": "10.0.0.1", "new.internal": "10.0.0.9"})
	inZone(t, namedFile, z, func(t *testing.T, b *bench) {
		z.fails("api.internal")
		if _, err := b.Reload(t.Context(), parsed(t, strings.Replace(namedFile, "weight: 2", "weight: 3", 1))); err != nil {
			t.Fatal(err)
		}
		b.at(t, "v1", "10.0.0.1:3001")
		n, _ := b.published()
		if _, err := b.Reload(t.Context(), parsed(t, strings.Replace(namedFile, "api.internal", "new.internal", 1))); err != nil {
			t.Fatal(err)
		}
		b.at(t, "v1", "10.0.0.9:3001")
		if now, s := b.published(); now != n+1 {
			t.Errorf("%d generations, the last is %d, want one: that with the new endpoint", now-n, s.Generation)
		}
		if len(b.names.States()) != 1 {
			t.Errorf("known: %v, want the new name alone", b.names.States())
		}
	})
}

// TestOverrideOutlivesAnswers: what an operator has taken out is out when DNS gives it
// again, and after a reload.
func TestOverrideOutlivesAnswers(t *testing.T) {
	z := newZone(map[string]string{"api.internal": "10.0.0.1 10.0.0.2"})
	inZone(t, namedFile, z, func(t *testing.T, b *bench) {
		drain := "drain"
		if _, err := b.SetEndpoint(t.Context(), "api", "10.0.0.2:3001", EndpointPatch{State: &drain}, Meta{}); err != nil {
			t.Fatal(err)
		}
		z.says("api.internal", "10.0.0.1")
		time.Sleep(10 * time.Second)
		b.at(t, "v1", "10.0.0.1:3001")
		if _, err := b.Reload(t.Context(), parsed(t, strings.Replace(namedFile, "weight: 2", "weight: 3", 1))); err != nil {
			t.Fatal(err)
		}
		z.says("api.internal", "10.0.0.1 10.0.0.2")
		time.Sleep(10 * time.Second)
		b.at(t, "v1", "10.0.0.1:3001 10.0.0.2:3001")
		if a := b.upstream("api").versions[0].endpoints[1].live.live.Admin(); a != balancer.Drain {
			t.Errorf("the endpoint is %v, want drain", a)
		}
	})
}

// TestFailuresCountAmongSeveral: in passive mode nginx an endpoint that is alone stays
// in, and is not alone any more when DNS gives a second one.
func TestFailuresCountAmongSeveral(t *testing.T) {
	text := strings.Replace(namedFile, "    versions:", "    health: {passive: {mode: nginx, max_fails: 2}}\n    versions:", 1)
	z := newZone(map[string]string{"api.internal": "10.0.0.1"})
	inZone(t, text, z, func(t *testing.T, b *bench) {
		rule := func(i int) int { return b.upstream("api").versions[0].endpoints[i].fails.Max }
		if n := rule(0); n != 0 {
			t.Errorf("alone: out after %d failures, want never", n)
		}
		first := b.upstream("api").versions[0].endpoints[0].live
		z.says("api.internal", "10.0.0.1 10.0.0.2")
		time.Sleep(10 * time.Second)
		b.at(t, "v1", "10.0.0.1:3001 10.0.0.2:3001")
		if rule(0) != 2 || rule(1) != 2 || first.fails.SetRule(b.upstream("api").versions[0].endpoints[0].fails) {
			t.Errorf("two: out after %d and %d failures, want 2", rule(0), rule(1))
		}
	})
}

// TestCheckedByName: an endpoint that DNS gave is asked at its address and by its name.
func TestCheckedByName(t *testing.T) {
	var host, server string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { host = r.Host }))
	s.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		server = h.ServerName
		return nil, nil
	}}
	s.StartTLS()
	defer s.Close()
	address := s.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	trust := &tls.Config{InsecureSkipVerify: true}
	for _, tt := range []struct {
		name, host string
		secure     *tls.Config
		want       [2]string // Host, name of the certificate
	}{
		{"api.internal:" + port, "", trust, [2]string{"api.internal:" + port, "api.internal"}},
		{"api.internal:" + port, "www.example.org", trust, [2]string{"www.example.org", "api.internal"}},
		{"api.internal:" + port, "", &tls.Config{InsecureSkipVerify: true, ServerName: "other.internal"}, [2]string{"api.internal:" + port, "other.internal"}},
		{"", "", trust, [2]string{address, ""}},
	} {
		a := &config.ActiveCheck{Path: "/", Host: tt.host, Timeout: 5 * time.Second}
		if err := newChecks(a, tt.secure).probe(address, tt.name, nil).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{host, server}; got != tt.want {
			t.Errorf("%q: asked for %q, want %q", tt.name, got, tt.want)
		}
	}
}
