//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Promise: no request is lost by weight changes, reloads good and bad, endpoints
// added, removed and drained, all at once and under load.
func TestNothingIsLostUnderChurn(t *testing.T) {
	t.Parallel()
	const splits, reloads, drains = 200, 100, 40
	a, b, c, d, e := newBackend(t), newBackend(t), newBackend(t), newBackend(t), newBackend(t)
	all := []*backend{a, b, c, d, e}
	for i, x := range all {
		delay := time.Duration(i+1) * 4 * time.Millisecond // so that changes meet requests in flight
		x.does(func(int, *http.Request) reply { return reply{delay: delay} })
	}
	w := newWeir(t)
	w.run(churned(0, a, b, c, d, e))
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 2, prefix: "churn"})

	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range splits {
			w.split(fmt.Sprintf(`{"v1":%d,"v2":%d}`, 100-i*7%101, i*7%101))
			time.Sleep(25 * time.Millisecond)
		}
	})
	wg.Go(func() {
		for i := range reloads {
			good := churned(i, a, b, c, d, e)
			if i%2 == 0 {
				w.write(good)
				w.must("POST", "/v1/reload", "", nil)
			} else {
				bad := wrong[i/2%len(wrong)]
				w.writeText(strings.Replace(w.yaml(good), bad.old, bad.new, 1))
				if status, p := w.call("POST", "/v1/reload", "", nil); status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, bad.says) {
					t.Errorf("reload of a file with %q for %q: %d %q, want 422 with %q", bad.new, bad.old, status, p.Detail, bad.says)
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	wg.Go(func() {
		for i := range drains {
			x, state := []*backend{b, d}[i/2%2], []string{"drain", "up"}[i%2]
			w.must("PATCH", "/v1/upstreams/api/endpoints/"+x.addr, `{"state":"`+state+`"}`, nil)
			time.Sleep(120 * time.Millisecond)
		}
	})
	wg.Wait()

	shots := l.end()
	noFailures(t, shots)
	postsOnce(t, shots, all...)
	for _, x := range all {
		if x.count() == 0 {
			t.Errorf("endpoint %s got no request: its part of the churn was not tested", x.addr)
		}
	}
}

// wrong are files that cannot be read, understood, checked or applied.
var wrong = []struct{ old, new, says string }{
	{"stable: v1", "stable: v9", "v9"},
	{"expose_version", "expose_versoin", "expose_version"},
	{"upstreams:", "upstreams: [", ""},
	{"v2: {weight: 10,", "v2: {weight: -10,", "-10"},
	{"127.0.0.1", "0.0.0.0", "needs a restart"}, // the listener, which comes first
	{"upstream: api", "upstream: other", "other"},
	{"upstream: api", "when: {flag: new, is: on}, upstream: api", "there are no flags"},
}

// churned is the i-th configuration: c and e come and go.
func churned(i int, a, b, c, d, e *backend) conf {
	first, second := []string{a.addr, b.addr}, []string{d.addr}
	if i%4 < 2 {
		first = append(first, c.addr)
	}
	if i%8 < 4 {
		second = append(second, e.addr)
	}
	return conf{versions: []version{one("v1", 90, first...), one("v2", 10, second...)}}
}

func TestRequestsInFlightOutliveTheirEndpoint(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *weir, slow, other *backend){
		"drained": func(w *weir, slow, _ *backend) {
			w.must("PATCH", "/v1/upstreams/api/endpoints/"+slow.addr, `{"state":"drain"}`, nil)
		},
		"down": func(w *weir, slow, _ *backend) {
			w.must("PATCH", "/v1/upstreams/api/endpoints/"+slow.addr, `{"state":"down"}`, nil)
		},
		"removed": func(w *weir, _, other *backend) {
			w.write(conf{versions: []version{one("v1", 100, other.addr)}})
			w.must("POST", "/v1/reload", "", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			slow, other, w := newBackend(t), newBackend(t), newWeir(t)
			release := make(chan struct{})
			slow.does(func(int, *http.Request) reply { return reply{until: release} })
			w.run(conf{versions: []version{one("v1", 100, slow.addr, other.addr)}})
			w.must("PATCH", "/v1/upstreams/api/endpoints/"+other.addr, `{"state":"drain"}`, nil)

			c := &client{addr: w.web}
			defer c.close()
			slowly := make(chan shot, 1)
			go func() { slowly <- c.do("slow", http.MethodPost, []byte("still here"), time.Now()) }()
			eventually(t, "the request is at the endpoint", func() bool { return slow.count() == 1 })
			w.must("PATCH", "/v1/upstreams/api/endpoints/"+other.addr, `{"state":"up"}`, nil)
			change(w, slow, other)
			for i := range 20 {
				if s := c.do(fmt.Sprint(i), http.MethodGet, nil, time.Now()); !s.ok() || s.backend != other.addr {
					t.Fatalf("request after the endpoint was %s: %v, want 200 from %s", name, s, other.addr)
				}
			}
			close(release)
			if s := receive(t, "the answer to the request in flight", slowly); !s.ok() || s.backend != slow.addr {
				t.Errorf("request in flight on an endpoint that was %s: %v, want 200 from it", name, s)
			}
		})
	}
}
