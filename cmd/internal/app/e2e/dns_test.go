//go:build !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"weir/health/dns/dnstest"
)

// services says where the service of the test is: at these backends.
func services(s *dnstest.Server, backends ...*backend) {
	var records []dnstest.SRV
	for _, b := range backends {
		_, port, _ := net.SplitHostPort(b.addr)
		n, _ := strconv.Atoi(port)
		records = append(records, dnstest.SRV{Weight: 1, Port: uint16(n), Target: "host.internal"})
	}
	s.Services("_http._tcp.api.internal", 1, records...)
}

// named starts a child whose only version is where DNS says; extra is further YAML
// of the upstream.
func named(t *testing.T, s *dnstest.Server, extra string) *weir {
	t.Helper()
	w := newWeir(t)
	text := w.yaml(conf{versions: []version{one("v1", 100, "x")}, extra: extra})
	text = strings.Replace(text, `endpoints: ["x"]`, `endpoints: [{address: api.internal, resolve: true, service: http}]`, 1)
	w.writeText(fmt.Sprintf("resolver: {addresses: [%q], ipv6: off}\n", s.Addr) + text)
	return w
}

// at waits until the version's endpoints are exactly these backends.
func (w *weir) at(backends ...*backend) {
	w.t.Helper()
	var want []string
	for _, b := range backends {
		want = append(want, b.addr)
	}
	slices.Sort(want)
	w.eventually("endpoints "+strings.Join(want, ", "), func() bool {
		var got []string
		for _, e := range w.upstream().Versions[0].Endpoints {
			got = append(got, e.Address)
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
}

// Promise: endpoints move with DNS and no request is lost, whatever becomes of DNS;
// an endpoint that is new gets nothing before its checks have passed.
func TestEndpointsMoveWithDNS(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]string{
		"checked":     "health: {active: {path: " + healthPath + ", interval: 200ms}}",
		"not checked": "health: {passive: {mode: outlier}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dnstest.Start(t)
			s.Addresses("host.internal", 1, "127.0.0.1")
			a, b, c, sick := newBackend(t), newBackend(t), newBackend(t), newBackend(t)
			services(s, a)
			w := named(t, s, extra)
			w.start()
			w.at(a)
			load := startLoad(t, loadOptions{addr: w.web, rate: 200, postEvery: 5, prefix: "dns"})
			some := func() {
				t.Helper()
				n := load.sofar()
				w.eventually("more answers", func() bool { return load.sofar() >= n+50 })
			}
			some()
			services(s, a, b)
			w.at(a, b)
			w.eventually("requests at the new one", func() bool { return len(b.received()) > 10 })
			services(s, c) // all at once
			w.at(c)
			some()
			before := len(a.received()) + len(b.received())
			some()
			if n := len(a.received()) + len(b.received()); n != before {
				t.Errorf("%d requests at endpoints that are gone", n-before)
			}
			s.Remove("_http._tcp.api.internal") // by mistake
			w.eventually("DNS says that there is nothing", func() bool {
				return strings.Contains(w.metrics(), `weir_name_ok{name="_http._tcp.api.internal",upstream="api",version="v1"} 0`)
			})
			some()
			s.Fails("_http._tcp.api.internal", dnsmessage.RCodeServerFailure)
			some()
			w.at(c)
			if strings.HasPrefix(name, "checked") {
				sick.sick.Store(true)
				services(s, c, sick)
				w.at(c, sick)
				some()
				if n := len(sick.received()); n > 0 {
					t.Errorf("%d requests at an endpoint whose checks have not passed", n)
				}
			}
			noFailures(t, load.end())
			w.stop()
		})
	}
}

// Promise: a process starts without DNS, says so, and serves as soon as there is one.
func TestStartWithoutDNS(t *testing.T) {
	t.Parallel()
	s := dnstest.Start(t)
	s.Do(func(dnstest.Query) *dnsmessage.Message { return nil })
	a := newBackend(t)
	w := named(t, s, "health: {passive: {mode: outlier}}")
	w.start()
	res, err := http.Get("http://" + w.web + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without an endpoint the answer is %d, want 503", res.StatusCode)
	}
	out, _, code := w.cli("status", "api")
	if code != 0 || !strings.Contains(out, "name _http._tcp.api.internal") {
		t.Errorf("weir status exits %d with %q, want it to name what cannot be found", code, out)
	}
	s.Do(nil)
	s.Addresses("host.internal", 1, "127.0.0.1")
	services(s, a)
	w.at(a)
	noFailures(t, closedLoop(w.web, 2, 20))
	w.stop()
}
