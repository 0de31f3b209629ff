package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// headOfSize is a request whose head has exactly n bytes, in lines of at most 1000.
func headOfSize(n int) string {
	const begin, end = "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"
	var b strings.Builder
	b.WriteString(begin)
	for rest := n - len(begin) - len(end); rest > 0; {
		line := min(rest, 1000)
		if left := rest - line; left > 0 && left < 10 {
			line -= 10 // the last line needs room for its name
		}
		fmt.Fprintf(&b, "X: %s\r\n", strings.Repeat("a", line-len("X: \r\n")))
		rest -= line
	}
	b.WriteString(end)
	return b.String()
}

// TestHeadLimits: who got what, what the endpoint saw of it, and whether the
// connection serves on.
func TestHeadLimits(t *testing.T) {
	var reached atomic.Int64
	addr := backend(t, func(w http.ResponseWriter, _ *http.Request) { reached.Add(1) })
	get := func(target string, lines int) string {
		return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: a\r\n", lines-1) + "\r\n"
	}
	for _, tt := range []struct {
		name   string
		policy func(*Clients)
		in     string
		status int
		reason string
	}{
		{"head at a small limit", func(p *Clients) { p.Head = 1000 }, headOfSize(1000), 200, ""},
		{"head over it", func(p *Clients) { p.Head = 1000 }, headOfSize(1001), 431, "head_too_large"},
		{"head at the limit of the small buffer", func(p *Clients) { p.Head = smallBuffer }, headOfSize(smallBuffer), 200, ""},
		{"head over it", func(p *Clients) { p.Head = smallBuffer }, headOfSize(smallBuffer + 1), 431, "head_too_large"},
		{"head at the default", nil, headOfSize(headBuffer), 200, ""},
		{"head over it", nil, headOfSize(headBuffer + 1), 431, "head_too_large"},
		{"head at a large limit", func(p *Clients) { p.Head, p.Headers = 200_000, 1000 }, headOfSize(200_000), 200, ""},
		{"head over it", func(p *Clients) { p.Head, p.Headers = 200_000, 1000 }, headOfSize(200_001), 431, "head_too_large"},
		{"headers at the limit", func(p *Clients) { p.Headers = 3 }, get("/", 3), 200, ""},
		{"headers over it", func(p *Clients) { p.Headers = 3 }, get("/", 4), 431, "head_too_large"},
		{"target at the limit", func(p *Clients) { p.Target = 5 }, get("/1234", 1), 200, ""},
		{"target over it", func(p *Clients) { p.Target = 5 }, get("/12345", 1), 414, "target_too_long"},
		{"a line without an end", func(p *Clients) { p.Head, p.Target = 2000, 100 }, "GET /" + strings.Repeat("a", 3000), 414, "target_too_long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reached.Store(0)
			var changes []func(*Clients)
			if tt.policy != nil {
				changes = append(changes, tt.policy)
			}
			r := start(t, one(t, addr), Options{}, changes...)
			c := r.dial(t)
			c.send(tt.in)
			g := c.receive("GET")
			if g.StatusCode != tt.status || g.Header.Get("X-Weir-Reason") != tt.reason {
				t.Errorf("%d %s, want %d %s", g.StatusCode, g.Header.Get("X-Weir-Reason"), tt.status, tt.reason)
			}
			if tt.status != 200 {
				c.closed()
				if n := reached.Load(); n != 0 || r.Rejects()[tt.reason] != 1 {
					t.Errorf("%d requests reached the endpoint, rejects %v, want none and one", n, r.Rejects())
				}
				return
			}
			c.get("/") // in the small buffer again
			if n := reached.Load(); n != 2 {
				t.Errorf("%d requests reached the endpoint, want 2", n)
			}
		})
	}
}

// TestLargeHeadsArriveWhole: byte by byte through every buffer, and with the next
// request right behind.
func TestLargeHeadsArriveWhole(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		n := 0
		for _, v := range r.Header["X"] {
			n += len(v)
		}
		fmt.Fprint(w, n)
	})
	r := start(t, one(t, addr), Options{}, func(p *Clients) { p.Head, p.Headers = 1<<20, 1000 })
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(100, 120_000), 1, 4).Draw(rt, "heads")
		piece := rapid.IntRange(1000, 50_000).Draw(rt, "piece")
		var all strings.Builder
		for _, n := range sizes {
			all.WriteString(headOfSize(n))
		}
		c := r.dial(t)
		defer c.Close()
		go func() {
			for in := all.String(); in != ""; {
				n := min(piece, len(in))
				if _, err := io.WriteString(c.Conn, in[:n]); err != nil {
					return
				}
				in = in[n:]
			}
		}()
		for _, n := range sizes {
			head := headOfSize(n)
			want := fmt.Sprint(strings.Count(head, "a") - 1) // Host: a
			if g := c.receive("GET"); g.StatusCode != 200 || g.body != want {
				rt.Fatalf("head of %d bytes in pieces of %d: %d %q, want 200 %q", n, piece, g.StatusCode, g.body, want)
			}
		}
	})
}

func TestRequestsPerConnection(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.Requests = 3 })
	c := r.dial(t)
	for i := range 3 {
		if g := c.get("/"); g.StatusCode != 200 || g.Close != (i == 2) {
			t.Errorf("request %d: %d, close %v, want the third to close", i+1, g.StatusCode, g.Close)
		}
	}
	c.closed()
	refused := r.dial(t)
	for i := range 3 { // a refused request is one too
		refused.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
		if g := refused.receive("TRACE"); g.StatusCode != 405 || g.Close != (i == 2) {
			t.Errorf("refused request %d: %d, close %v, want the third to close", i+1, g.StatusCode, g.Close)
		}
	}
	refused.closed()
}

func TestConnectionsPerAddress(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.ConnsPerIP = 2 })
	a, b := r.dial(t), r.dial(t)
	a.get("/")
	b.get("/")
	over := r.dial(t)
	if g := over.receive("GET"); g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "too_many_connections" || g.Header.Get("Retry-After") == "" || !g.Close {
		t.Errorf("%d %v, want 503 too_many_connections with Retry-After and close", g.StatusCode, g.Header)
	}
	over.Close()
	a.Close()
	eventually(t, "one has left", func() bool { return r.Connections() == 1 })
	if g := r.dial(t).get("/"); g.StatusCode != 200 {
		t.Errorf("after one has left: %d, want 200", g.StatusCode)
	}
	if n := r.Rejects()["too_many_connections"]; n != 1 {
		t.Errorf("rejects %v, want one", r.Rejects())
	}
}

// TestPolicyOfTheNextRequest: a reload is in force for a connection that is open,
// from its next request on, and knows the connections that came before it.
func TestPolicyOfTheNextRequest(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	c := r.dial(t)
	c.get("/long")
	next, err := NewSnapshot(2, []Route{{Match: Match{Path: "/"}, Upstream: r.up}})
	if err != nil {
		t.Fatal(err)
	}
	next.Clients = policy(func(p *Clients) { p.Target, p.ConnsPerIP = 4, 1 })
	r.Publish(next)
	if g := r.dial(t).receive("GET"); g.StatusCode != 503 {
		t.Errorf("a second connection: %d, want 503", g.StatusCode)
	}
	c.get("/abc")
	if g := c.get("/long"); g.StatusCode != 414 {
		t.Errorf("a target over the new limit: %d, want 414", g.StatusCode)
	}
}

// TestDoor holds the door against a model, with the policy changing all the time.
func TestDoor(t *testing.T) {
	homes := []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"}
	home := func(i int) int { return []int{0, 1, 2, 3, 3, 4}[i] }
	rapid.Check(t, func(rt *rapid.T) {
		var d door
		var inside []int
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			if len(inside) > 0 && rapid.Bool().Draw(rt, "leave") {
				at := rapid.IntRange(0, len(inside)-1).Draw(rt, "who")
				d.leave(netip.MustParseAddr(homes[inside[at]]))
				inside = append(inside[:at], inside[at+1:]...)
				continue
			}
			p := &Clients{Conns: rapid.IntRange(0, 8).Draw(rt, "total"), ConnsPerIP: rapid.IntRange(0, 3).Draw(rt, "per address")}
			who, same := rapid.IntRange(0, len(homes)-1).Draw(rt, "address"), 0
			for _, i := range inside {
				if home(i) == home(who) {
					same++
				}
			}
			var want *reply
			if p.ConnsPerIP > 0 && same >= p.ConnsPerIP {
				want = replyTooManyConns
			}
			if p.Conns > 0 && len(inside) >= p.Conns {
				want = replyOverload
			}
			got := d.enter(netip.MustParseAddr(homes[who]), p)
			if got != want {
				rt.Fatalf("%s beside %v under %+v: %v, want %v", homes[who], inside, p, got, want)
			}
			if got == nil {
				inside = append(inside, who)
			}
		}
		for _, i := range inside {
			d.leave(netip.MustParseAddr(homes[i]))
		}
		if d.mu.inside != 0 || len(d.mu.of) != 0 {
			rt.Fatalf("%d and %v inside when all have left", d.mu.inside, d.mu.of)
		}
	})
}

// TestManyRefusedConnectionsDoNotStay: those that are refused are told, but only
// so many of them may linger.
func TestManyRefusedConnectionsDoNotStay(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.Conns = 1 })
	r.dial(t).get("/")
	r.door.refusing.Add(maxRefusing)
	defer r.door.refusing.Add(-maxRefusing)
	c := r.dial(t)
	if g := c.receive("GET"); g.StatusCode != 503 {
		t.Errorf("%d, want 503", g.StatusCode)
	}
	c.closed() // although this end has not closed
	eventually(t, "the refused one gone", func() bool { return r.Connections() == 1 })
}
