//go:build !race

package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// speaker is an endpoint that answers with its own address. It can be closed.
func speaker(t *testing.T) (addr string, end func()) {
	t.Helper()
	ln := ground.Listen(t)
	addr = ln.Addr().String()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, addr) })}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	end = func() { srv.Close(); <-served }
	t.Cleanup(end)
	return addr, end
}

// regular is a client that keeps cookies.
type regular struct {
	t   *testing.T
	w   *weir
	c   http.Client
	own map[bool]string // who answered it last, by whether that was v1
}

func (w *weir) regular() *regular {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	transport := &http.Transport{}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &regular{t: w.t, w: w, c: http.Client{Jar: jar, Transport: transport}, own: map[bool]string{}}
}

// visit returns who answered, with which version.
func (v *regular) visit() (by, version string) {
	v.t.Helper()
	resp, err := v.c.Get("http://" + v.w.web + "/")
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		v.t.Fatalf("status %d, %v", resp.StatusCode, err)
	}
	return string(body), resp.Header.Get("X-Weir-Version")
}

// stays visits some times; within a version always the same has to answer.
func (v *regular) stays(when string) {
	v.t.Helper()
	for range 6 {
		by, version := v.visit()
		if own := v.own[version == "v1"]; own != "" && own != by {
			v.t.Fatalf("%s: answered by %s, want %s, which has the client in %s", when, by, own, version)
		}
		v.own[version == "v1"] = by
	}
}

// Promise: a client stays on its endpoint within a version, whatever is changed, and
// moves only when that cannot be had.
func TestAffinity(t *testing.T) {
	t.Parallel()
	var v1, v2 []string
	ends := map[string]func(){}
	for range 3 {
		a, end := speaker(t)
		b, _ := speaker(t)
		v1, v2, ends[a] = append(v1, a), append(v2, b), end
	}
	w := newWeir(t)
	file := func(extra string) conf {
		return conf{
			versions: []version{one("v1", 100, v1...), one("v2", 0, v2...)},
			extra:    "affinity: {cookie: {name: weir_route}}\n" + extra,
		}
	}
	w.run(file(""))
	regulars := make([]*regular, 9)
	clients := map[string]int{}
	for i := range regulars {
		regulars[i] = w.regular()
		regulars[i].stays("at first")
		clients[regulars[i].own[true]]++
	}
	if len(clients) != 3 || clients[v1[0]] != 3 || clients[v1[1]] != 3 {
		t.Errorf("clients of the endpoints: %v, want 3 each", clients)
	}
	all := func(when string) {
		t.Helper()
		for _, v := range regulars {
			v.stays(when)
		}
	}
	w.write(file("timeouts: {response: 7s}"))
	w.must("POST", "/v1/reload", "", nil)
	all("after a reload")
	w.split(`{"v1":50,"v2":50}`)
	all("at half and half")
	w.split(`{"v1":0,"v2":100}`)
	all("in the other version")
	w.split(`{"v1":100,"v2":0}`)
	all("back")

	out := v1[0]
	w.must("PATCH", "/v1/upstreams/api/endpoints/"+out, `{"state":"drain"}`, nil)
	all("while one drains")
	for range 6 {
		if by, _ := w.regular().visit(); by == out {
			t.Fatalf("a new client was sent to %s, which drains", by)
		}
	}
	w.must("PATCH", "/v1/upstreams/api/endpoints/"+out, `{"state":"down"}`, nil)
	moved(regulars, out)
	all("without the one that is down")
	w.must("PATCH", "/v1/upstreams/api/endpoints/"+out, `{"state":"up"}`, nil)
	all("where they are now")

	ends[v1[1]]() // without a word
	moved(regulars, v1[1])
	all("without the one that died")
}

// Promise: a rollout moves shares as if nobody were bound, and takes nobody from an
// endpoint within a version.
func TestAffinityThroughARollout(t *testing.T) {
	t.Parallel()
	var v1, v2 []string
	for range 2 {
		a, _ := speaker(t)
		b, _ := speaker(t)
		v1, v2 = append(v1, a), append(v2, b)
	}
	w := newWeir(t)
	w.run(conf{
		versions: []version{one("v1", 100, v1...), one("v2", 0, v2...)},
		extra: "affinity: {cookie: {name: weir_route}}\n" +
			"rollout: {min_requests: 1, steps: [{weight: 25%, pause: true}, {weight: 100%}], bake: 10m}",
	})
	regulars := make([]*regular, 8)
	all := func(when string) {
		t.Helper()
		for _, v := range regulars {
			v.stays(when)
		}
	}
	for i := range regulars {
		regulars[i] = w.regular()
	}
	all("before")
	w.startRollout("v2")
	w.eventually("the first step", func() bool { return w.share("v2") == 0.25 })
	in2 := 0
	for _, v := range regulars {
		for range 10 {
			by, version := v.visit()
			if own := v.own[version == "v1"]; own != "" && own != by {
				t.Fatalf("answered by %s, want %s", by, own)
			}
			if v.own[version == "v1"] = by; version == "v2" {
				in2++
			}
		}
	}
	near(t, "requests of 80 to v2", in2, 20, 3)
	w.does("rollout", "promote", "api", "--full")
	all("in the bake")
	w.does("rollout", "abort", "api")
	all("after the way back")
}

// moved forgets who is bound to an endpoint that is gone.
func moved(regulars []*regular, gone string) {
	for _, v := range regulars {
		if v.own[true] == gone {
			delete(v.own, true)
		}
	}
}

// Promise: a service's own sessions bind, across reloads.
func TestAffinityLearns(t *testing.T) {
	t.Parallel()
	var addresses []string
	for range 3 {
		ln := ground.Listen(t)
		addr := ln.Addr().String()
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("sid"); err != nil {
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: r.Header.Get("X-New")})
			}
			io.WriteString(w, addr)
		})}
		go func() { _ = srv.Serve(ln) }()
		t.Cleanup(func() { srv.Close() })
		addresses = append(addresses, addr)
	}
	w := newWeir(t)
	file := func(size string) conf {
		return conf{
			versions: []version{one("v1", 100, addresses...)},
			extra:    "affinity: {learn: {create: $upstream_cookie_sid, lookup: $cookie_sid, size: " + size + "}}",
		}
	}
	w.run(file("1000"))
	ask := func(sid string) string {
		t.Helper()
		req, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if begun, ok := strings.CutPrefix(sid, "new "); ok {
			req.Header.Set("X-New", begun)
		} else {
			req.AddCookie(&http.Cookie{Name: "sid", Value: sid})
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	sids := []string{"a", "b", "c", "d"}
	var first []string
	for _, sid := range sids {
		first = append(first, ask("new "+sid))
	}
	for i := range 3 {
		if i == 1 {
			w.write(file("2000"))
			w.must("POST", "/v1/reload", "", nil)
		}
		var now []string
		for _, sid := range sids {
			now = append(now, ask(sid))
		}
		if !slices.Equal(now, first) {
			t.Fatalf("answered by %v, want %v, which began the sessions", now, first)
		}
	}
	if m := w.metrics(); !strings.Contains(m, "\nweir_affinity_sessions{upstream=\"api\"} 4\n") {
		t.Error("the metrics do not count 4 sessions")
	}
}

// Promise: a reload changes which connections to endpoints are kept.
func TestKeepaliveReloads(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	file := func(extra string) conf { return conf{versions: []version{one("v1", 100, b.addr)}, extra: extra} }
	w.run(file(""))
	noFailures(t, closedLoop(w.web, 1, 20))
	if n := b.conns.Load(); n != 1 {
		t.Fatalf("%d connections for 20 requests of one client, want 1", n)
	}
	for _, step := range []struct {
		extra string
		want  int64 // connections more for 20 requests
	}{
		{"keepalive: {requests: 5}", 4}, // the one there is has served its time after its next request
		{"keepalive: {idle: 0}", 20},
		{"keepalive: {}", 1},
	} {
		w.write(file(step.extra))
		w.must("POST", "/v1/reload", "", nil)
		before := b.conns.Load()
		noFailures(t, closedLoop(w.web, 1, 20))
		if n := b.conns.Load() - before; n != step.want {
			t.Errorf("%s: %d connections for 20 requests, want %d", step.extra, n, step.want)
		}
	}
}
