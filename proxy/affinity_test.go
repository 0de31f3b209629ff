package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"weir/balancer"
	"weir/health/outcome"
)

// affine is the upstream with affinity; its endpoints have the routes that they get
// where the file gives them none.
func affine(t testing.TB, up *Upstream, o AffinityOptions) *Upstream {
	t.Helper()
	var shares []balancer.Share
	for _, s := range up.Split.Shares() {
		var members []balancer.Endpoint
		for _, e := range s.Group.Endpoints() {
			e.Route = DefaultRoute(e.Address)
			members = append(members, e)
		}
		s.Group = balancer.NewGroup(members, balancer.Balance{}, &balancer.Cursor{})
		shares = append(shares, s)
	}
	next := *up
	var err error
	if next.Split, err = balancer.NewSplit(shares, up.Split.Stable(), &balancer.Sequence{}); err != nil {
		t.Fatal(err)
	}
	if next.Affinity, err = NewAffinity(o); err != nil {
		t.Fatal(err)
	}
	return &next
}

// of are sources whose whole values count.
func of(variables ...string) []AffinitySource {
	out := make([]AffinitySource, len(variables))
	for i, v := range variables {
		out[i].Variable = v
	}
	return out
}

func byCookie() AffinityOptions {
	return AffinityOptions{Cookie: &AffinityCookie{Name: "route", Path: "/"}}
}

// named returns so many backends that answer with their own address.
func named(t testing.TB, n int) []string {
	addresses := make([]string, n)
	for i := range addresses {
		addresses[i] = backend(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		})
	}
	return addresses
}

// browser is a client that keeps cookies.
type browser struct {
	http.Client
	t   testing.TB
	url string
}

func (r *rig) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{Client: http.Client{Jar: jar, Transport: transport}, t: t, url: "http://" + r.addr + "/"}
}

// visit returns who answered, and the cookies of the answer.
func (b *browser) visit(changes ...func(*http.Request)) (by string, given []string) {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.url, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, change := range changes {
		change(req)
	}
	resp, err := b.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		b.t.Fatalf("status %d, %v", resp.StatusCode, err)
	}
	return string(body), resp.Header.Values("Set-Cookie")
}

// stays visits some times and returns the one that answered them all.
func (b *browser) stays() string {
	b.t.Helper()
	first, _ := b.visit()
	for range 4 {
		if by, given := b.visit(); by != first || len(given) > 0 {
			b.t.Fatalf("answered by %s with the cookies %q, want %s as before and none", by, given, first)
		}
	}
	return first
}

func TestCookieBinds(t *testing.T) {
	up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: named(t, 3)}), byCookie())
	r := start(t, up, Options{})
	clients := map[string]int{}
	for range 9 {
		b := r.browser(t)
		first, given := b.visit()
		if want := []string{"route=" + DefaultRoute(first) + "; Path=/"}; !slices.Equal(given, want) {
			t.Fatalf("given %q, want %q", given, want)
		}
		if by := b.stays(); by != first {
			t.Fatalf("answered by %s, want %s, which gave the cookie", by, first)
		}
		clients[first]++
	}
	for a, n := range clients {
		if n != 3 {
			t.Errorf("%s has %d new clients of 9, want 3: those that are bound take no turns", a, n)
		}
	}
}

// TestDefaultRoute: the MD5 that NGINX would give too.
func TestDefaultRoute(t *testing.T) {
	if got := DefaultRoute("127.0.0.1:8081"); got != "df2b80dc43705d28db9be6f29fe58da3" {
		t.Errorf("route %s", got)
	}
}

// TestCookieThatSlides: one that expires is given anew with each answer.
func TestCookieThatSlides(t *testing.T) {
	o := byCookie()
	o.Cookie.Expires = time.Hour
	b := start(t, affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: named(t, 2)}), o), Options{}).browser(t)
	for range 3 {
		by, given := b.visit()
		if want := []string{"route=" + DefaultRoute(by) + "; Path=/; Max-Age=3600"}; !slices.Equal(given, want) {
			t.Errorf("given %q, want %q", given, want)
		}
	}
}

func TestCookieOverTLS(t *testing.T) {
	v := newVault(t)
	r := startTLS(t, v, affine(t, one(t, cannedBackend(t)), byCookie()))
	if g := r.dialTLS(t, v).get("/"); !strings.HasSuffix(g.Header.Get("Set-Cookie"), "; Path=/; Secure") {
		t.Errorf("given %q, want it secure", g.Header.Get("Set-Cookie"))
	}
}

// TestCookieBesideOthers: the endpoint's own cookies and the route's edits leave
// Weir's alone.
func TestCookieBesideOthers(t *testing.T) {
	up := affine(t, one(t, rawBackend(t, answering("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok"))), byCookie())
	r := start(t, up, Options{})
	if g := r.dial(t).get("/"); len(g.Header.Values("Set-Cookie")) != 2 || g.body != "ok" {
		t.Errorf("cookies %q, body %q", g.Header.Values("Set-Cookie"), g.body)
	}
	r.serveRoutes(t, Route{Match: Match{Host: "*", Path: "/"}, Upstream: up, Rewrite: Rewrite{Response: HeaderEdits{Remove: []string{"Set-Cookie"}}}})
	if given := r.dial(t).get("/").Header.Values("Set-Cookie"); len(given) != 1 || !strings.HasPrefix(given[0], "route=") {
		t.Errorf("cookies %q, want only Weir's", given)
	}
}

// TestRebinding: what takes an endpoint out binds its clients elsewhere, for good.
func TestRebinding(t *testing.T) {
	for name, state := range map[string]struct {
		out, back func(l *balancer.Live)
		stays     bool
	}{
		"down":    {out: func(l *balancer.Live) { l.SetAdmin(balancer.Down) }, back: func(l *balancer.Live) { l.SetAdmin(balancer.Up) }},
		"ejected": {out: func(l *balancer.Live) { l.SetEjected(true) }, back: func(l *balancer.Live) { l.SetEjected(false) }},
		"checks":  {out: func(l *balancer.Live) { l.SetCheck(balancer.CheckDown) }, back: func(l *balancer.Live) { l.SetCheck(balancer.CheckUp) }},
		"drain":   {out: func(l *balancer.Live) { l.SetAdmin(balancer.Drain) }, back: func(l *balancer.Live) { l.SetAdmin(balancer.Up) }, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: named(t, 2)}), byCookie())
			r := start(t, up, Options{})
			b := r.browser(t)
			first := b.stays()
			e := up.Versions[0].Endpoints[0]
			if e.Address != first {
				e = up.Versions[0].Endpoints[1]
			}
			state.out(e.Live)
			up.Split.Shares()[0].Group.Rebuild()
			for range 4 {
				if by, _ := r.browser(t).visit(); by == first {
					t.Fatalf("a new client was sent to %s, which takes none", by)
				}
			}
			second := b.visitOnce()
			if (second == first) != state.stays {
				t.Fatalf("answered by %s, bound to %s before, want it to stay: %v", second, first, state.stays)
			}
			state.back(e.Live)
			up.Split.Shares()[0].Group.Rebuild()
			if by := b.stays(); by != second {
				t.Errorf("answered by %s, want %s, where the client was bound to last", by, second)
			}
		})
	}
}

func (b *browser) visitOnce() string {
	b.t.Helper()
	by, _ := b.visit()
	return by
}

// TestRetryRebinds: an endpoint that breaks off is passed over, and who answers has
// the client from there on.
func TestRetryRebinds(t *testing.T) {
	broken := rawBackend(t, func(_ net.Conn, br *bufio.Reader) { readRequest(br) })
	good := named(t, 1)[0]
	up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{broken, good}}), byCookie())
	b := start(t, up, Options{}).browser(t)
	by, given := b.visit(func(req *http.Request) { req.Header.Set("Cookie", "route="+DefaultRoute(broken)) })
	if by != good || len(given) != 1 || !strings.HasPrefix(given[0], "route="+DefaultRoute(good)) {
		t.Errorf("answered by %s with %q, want %s and its route", by, given, good)
	}
	eventually(t, "a later attempt: the client was bound to the broken one", func() bool { return laters(up.Versions[0])[outcome.OK] == 1 })
	if by := b.stays(); by != good {
		t.Errorf("answered by %s, want %s", by, good)
	}
}

// TestStaleRebinds: where a stale connection sends the request to another endpoint,
// that one has the client.
func TestStaleRebinds(t *testing.T) {
	stale := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err != nil {
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale")
		readRequest(br) // the next one gets no answer
	})
	other := named(t, 1)[0]
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{stale, other}})
	counting(t, up, once)
	up = affine(t, up, byCookie())
	second := up.Versions[0].Endpoints[1].Live
	second.SetAdmin(balancer.Down)
	up.Split.Shares()[0].Group.Rebuild()
	b := start(t, up, Options{}).browser(t)
	if by, given := b.visit(); by != "stale" || len(given) != 1 {
		t.Fatalf("first request: %s, cookies %q", by, given)
	}
	second.SetAdmin(balancer.Up)
	by, given := b.visit()
	if by != other {
		t.Fatalf("second request: %s, want %s", by, other)
	}
	if want := DefaultRoute(other); len(given) != 1 || !strings.Contains(given[0], want) {
		t.Errorf("second request: cookies %q, want the route %s", given, want)
	}
}

// TestAffinityWithinAVersion: the split decides as if nobody were bound, and in each
// version a client has its endpoint.
func TestAffinityWithinAVersion(t *testing.T) {
	v1, v2 := named(t, 3), named(t, 3)
	up := affine(t, upstreamOf(t,
		part{name: "v1", weight: 50, addresses: v1},
		part{name: "v2", weight: 50, addresses: v2},
	), byCookie())
	r := start(t, up, Options{})
	seen := map[string]int{}
	for range 4 {
		b := r.browser(t)
		own := map[bool]string{}
		for range 10 {
			by, _ := b.visit()
			in1 := slices.Contains(v1, by)
			if own[in1] == "" {
				own[in1] = by
			} else if own[in1] != by {
				t.Fatalf("answered by %s, and by %s before, in the same version", by, own[in1])
			}
			seen[fmt.Sprint("v1: ", in1)]++
		}
	}
	if n := seen["v1: true"]; n < 18 || n > 22 {
		t.Errorf("v1 had %d requests of 40, want half", n)
	}
}

// TestForgedCookies: a client may send what it likes; it costs little and harms
// nobody.
func TestForgedCookies(t *testing.T) {
	up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: named(t, 2)}), byCookie())
	b := start(t, up, Options{}).browser(t)
	b.Jar = nil
	last := DefaultRoute(up.Versions[0].Endpoints[1].Address)
	for _, cookie := range []string{"route=", "route", "route=~~~", "route=" + strings.Repeat("x~", 5000), "route=" + strings.Repeat("x~", 20) + last, "route=\"a\"; route=b"} {
		if by, given := b.visit(func(req *http.Request) { req.Header.Set("Cookie", cookie) }); len(given) != 1 || given[0] != "route="+DefaultRoute(by)+"; Path=/" {
			t.Errorf("%.20s: given %q by %s, want one good cookie", cookie, given, by)
		}
	}
}

func TestRouteBinds(t *testing.T) {
	addresses := named(t, 3)
	up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: addresses}),
		AffinityOptions{Route: of("cookie_sid", "query_sid", "header_X_Route")})
	b := start(t, up, Options{}).browser(t)
	for _, want := range addresses {
		route := DefaultRoute(want)
		for name, change := range map[string]func(*http.Request){
			"cookie":    func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "SID", Value: route}) },
			"query":     func(r *http.Request) { r.URL.RawQuery = "x=1&sid=" + route },
			"header":    func(r *http.Request) { r.Header.Set("X-Route", route) },
			"the first": func(r *http.Request) { r.URL.RawQuery = "sid=" + route; r.Header.Set("X-Route", "other") },
		} {
			if by, given := b.visit(change); by != want || len(given) > 0 {
				t.Errorf("%s: answered by %s with %q, want %s", name, by, given, want)
			}
		}
	}
	seen := map[string]int{}
	for range 6 {
		by, _ := b.visit(func(r *http.Request) { r.Header.Set("X-Route", "unknown") })
		seen[by]++
	}
	if len(seen) != 3 {
		t.Errorf("with a route that nobody has %v, want all to take turns", seen)
	}
}

// TestWebSocketIsBound: the answer that makes a tunnel gives the cookie as others do,
// and one that comes with it leads to its endpoint.
func TestWebSocketIsBound(t *testing.T) {
	var addresses []string
	for range 3 {
		addresses = append(addresses, backend(t, func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer c.CloseNow()
			c.Write(r.Context(), websocket.MessageText, []byte(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()))
			c.Read(r.Context())
		}))
	}
	r := start(t, affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: addresses}), byCookie()), Options{})
	b := r.browser(t)
	first := ""
	for range 5 {
		c, _, err := websocket.Dial(t.Context(), "ws://"+r.addr+"/ws", &websocket.DialOptions{HTTPClient: &b.Client})
		if err != nil {
			t.Fatal(err)
		}
		_, by, err := c.Read(t.Context())
		c.CloseNow()
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(by)
		}
		if string(by) != first {
			t.Fatalf("answered by %s, want %s, which gave the cookie", by, first)
		}
	}
}

// TestAffinityWithAQueue: who is bound to an endpoint that is full goes elsewhere, and
// waits only when all are.
func TestAffinityWithAQueue(t *testing.T) {
	up := bound(t, affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: named(t, 2)}), byCookie()), 1, Queue{Size: 1, Timeout: 10 * time.Second})
	b := start(t, up, Options{}).browser(t)
	first := b.stays()
	for i, e := range up.Versions[0].Endpoints {
		if e.Address == first {
			eventually(t, "the last visit has left it", func() bool { return up.Split.Take(0, i) })
			defer e.Live.End()
		}
	}
	if by := b.visitOnce(); by == first {
		t.Errorf("answered by %s, which is full", by)
	}
}
