package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// tracing starts a rig whose endpoint answers with what it got of a trace.
func tracing(t *testing.T, on bool, more ...func(*Clients)) *rig {
	up := one(t, backend(t, func(w http.ResponseWriter, q *http.Request) {
		w.Header()["X-Parent"] = q.Header["Traceparent"]
		w.Header()["X-State"] = q.Header["Tracestate"]
	}))
	return start(t, up, Options{}, append(more, traced(on))...)
}

func traced(on bool) func(*Clients) { return func(p *Clients) { p.Trace = on } }

var newParent = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-00$`)

// A trace goes on as it came; a request without one begins one, which the log
// names.
func TestTrace(t *testing.T) {
	const (
		id    = "0af7651916cd43dd8448eb211c80319c"
		valid = "00-" + id + "-b7ad6b7169203331-01"
		later = "01-" + id + "-b7ad6b7169203331-01-more"
	)
	for _, tt := range []struct {
		name   string
		on     bool
		fields string
		parent string // "": a new one
		state  string
	}{
		{"valid", true, "TraceParent: " + valid + "\r\nTraceState: a=1,b=2", valid, "a=1,b=2"},
		{"a later version", true, "traceparent: " + later, later, ""},
		{"none", true, "X: y", "", ""},
		{"invalid", true, "traceparent: 00-" + strings.ToUpper(id) + "-b7ad6b7169203331-01\r\ntracestate: a=1", "", ""},
		{"two", true, "traceparent: " + valid + "\r\ntraceparent: " + valid, "", ""},
		{"a state alone", true, "tracestate: a=1", "", ""},
		{"off, valid", false, "traceparent: " + valid + "\r\ntracestate: a=1", valid, "a=1"},
		{"off, invalid", false, "traceparent: x\r\ntracestate: a=1", "x", "a=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tracing(t, tt.on)
			lines := logged(t, r)
			c := r.dial(t)
			c.send("GET / HTTP/1.1\r\nHost: a\r\n" + tt.fields + "\r\n\r\n")
			g := c.receive("GET")
			parents, want := g.Header["X-Parent"], id
			if len(parents) != 1 {
				t.Fatalf("the endpoint got %q, want one traceparent", parents)
			}
			switch m := newParent.FindStringSubmatch(parents[0]); {
			case tt.parent != "" && parents[0] != tt.parent:
				t.Errorf("the endpoint got %q, want %q", parents[0], tt.parent)
			case tt.parent == "" && m == nil:
				t.Errorf("the endpoint got %q, want a new one", parents[0])
			case tt.parent == "":
				want = m[1]
			}
			if got := g.Header.Get("X-State"); got != tt.state {
				t.Errorf("the endpoint got the state %q, want %q", got, tt.state)
			}
			if tt.parent == "x" {
				want = ""
			}
			if l := lines(1)[0]; l.TraceID != want {
				t.Errorf("the log has the trace %q, want %q", l.TraceID, want)
			}
		})
	}
	t.Run("off, none", func(t *testing.T) {
		if g := tracing(t, false).dial(t).get("/"); g.Header["X-Parent"] != nil {
			t.Errorf("the endpoint got %q, want nothing", g.Header["X-Parent"])
		}
	})
}

// Each request begins a trace of its own, but all its attempts are in one.
func TestTraceOfAttempts(t *testing.T) {
	parents := make(chan string, 10)
	script := func(answer string) func(net.Conn, *bufio.Reader) {
		return func(nc net.Conn, br *bufio.Reader) {
			for {
				q, err := readRequest(br)
				if err != nil {
					return
				}
				parents <- q.Header.Get("Traceparent")
				io.WriteString(nc, answer)
			}
		}
	}
	const fails = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, script(fails)), rawBackend(t, script(fails))}})
	r := start(t, up, Options{}, traced(true))
	c := r.dial(t)
	seen := map[string]bool{}
	for range 3 {
		c.get("/")
		first, second := receive(t, "an attempt", parents), receive(t, "another", parents)
		if first != second || !newParent.MatchString(first) || seen[first] {
			t.Errorf("attempts with %q and %q, want the same twice, and a new one for each request", first, second)
		}
		seen[first] = true
	}
}

// BenchmarkTrace is what a request without a trace pays.
func BenchmarkTrace(b *testing.B) {
	x := &exchange{c: &conn{policy: policy(traced(true))}}
	b.ReportAllocs()
	for b.Loop() {
		x.trace.parent = nil
		x.traceParent()
	}
}
