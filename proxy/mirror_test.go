package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
)

// mirrored is an upstream whose stable version is mirrored to v2, which has no share.
func mirrored(t testing.TB, stable, shadow string, changes ...func(*Mirror)) *Upstream {
	t.Helper()
	up := upstreamOf(t,
		part{name: "v1", weight: 1, addresses: []string{stable}},
		part{name: "v2", weight: 0, addresses: []string{shadow}, shielded: true})
	up.Mirror = &Mirror{
		Version: 1, Share: 1, Headers: []string{"content-type"}, Body: true, MaxBody: 100, Timeout: 2 * time.Second,
		Queue: NewMirrorQueue(100, 4), Stats: &MirrorStats{},
	}
	for _, change := range changes {
		change(up.Mirror)
	}
	return up
}

// startMirrored is start with somebody who sends the copies. stop ends that.
func startMirrored(t testing.TB, up *Upstream) (r *rig, stop func()) {
	t.Helper()
	r = start(t, up, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { r.Mirror(ctx, up.Mirror.Queue) })
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return r, stop
}

// became waits until so many copies have come to something, and says to what.
func became(t testing.TB, up *Upstream, copies uint64) MirrorTotals {
	t.Helper()
	var got MirrorTotals
	eventually(t, fmt.Sprintf("%d copies", copies), func() bool {
		got = up.Mirror.Stats.Totals()
		var n uint64
		for _, k := range got.Counts {
			n += k
		}
		return n >= copies
	})
	return got
}

func answerOf(status int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

func TestMirrorCompares(t *testing.T) {
	const html, plain = "Content-Type: text/html\r\n", "Content-Type: text/plain\r\n"
	long, longer := strings.Repeat("x", 100), strings.Repeat("x", 101)
	chunked := "HTTP/1.1 200 X\r\n" + html + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
	for name, tt := range map[string]struct {
		stable, shadow string
		want           Mirrored
		example        string // behind path and version
	}{
		"alike":                        {answerOf(200, html, "hello"), answerOf(200, html+"Date: now\r\nSet-Cookie: a=b\r\n", "hello"), MirrorMatched, ""},
		"framed otherwise":             {answerOf(200, html, "hello"), chunked, MirrorMatched, ""},
		"framed otherwise by stable":   {chunked, answerOf(200, html, "hello"), MirrorMatched, ""},
		"until the close":              {answerOf(200, html, "hello"), "HTTP/1.0 200 X\r\n" + html + "\r\nhello", MirrorMatched, ""},
		"behind interim answers":       {answerOf(200, html, "hello"), "HTTP/1.1 103 Early\r\nContent-Type: x\r\n\r\n" + answerOf(200, html, "hello"), MirrorMatched, ""},
		"as long as may be":            {answerOf(200, html, long), answerOf(200, html, long), MirrorMatched, ""},
		"both too long":                {answerOf(200, html, longer+"a"), answerOf(200, html, longer+"b"), MirrorMatched, ""},
		"one too long":                 {answerOf(200, html, long), answerOf(200, html, longer), MirrorMismatched, "body"},
		"stable's too long":            {answerOf(200, html, longer), answerOf(200, html, long), MirrorMismatched, "body"},
		"another status":               {answerOf(200, html, "hello"), answerOf(404, html, "hello"), MirrorMismatched, "status 404, not 200"},
		"no body":                      {answerOf(200, html, "hello"), answerOf(200, html, ""), MirrorMismatched, "body"},
		"another body":                 {answerOf(200, html, "hello"), answerOf(200, html, "hallo"), MirrorMismatched, "body"},
		"another header":               {answerOf(200, html, "hello"), answerOf(200, plain, "hello"), MirrorMismatched, "header content-type"},
		"the header again":             {answerOf(200, html, "hello"), answerOf(200, html+html, "hello"), MirrorMismatched, "header content-type"},
		"no header":                    {answerOf(200, html, "hello"), answerOf(200, "", "hello"), MirrorMismatched, "header content-type"},
		"an error":                     {answerOf(200, html, "hello"), answerOf(500, html, "hello"), MirrorFailed, "status 500"},
		"no answer":                    {answerOf(200, html, "hello"), "", MirrorFailed, "EOF"},
		"cut short":                    {answerOf(200, html, "hello"), "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhe", MirrorFailed, "EOF"},
		"none that is one":             {answerOf(200, html, "hello"), "SSH-2.0\r\n\r\n", MirrorFailed, "response: bad status line"},
		"an upgrade":                   {answerOf(200, html, "hello"), "HTTP/1.1 101 X\r\n\r\n", MirrorFailed, "response: 101 without an upgrade asked for"},
		"stable alone fails":           {answerOf(500, html, "oops"), answerOf(200, html, "hello"), MirrorStableFailed, ""},
		"both fail":                    {answerOf(500, html, "oops"), answerOf(503, html, "oops!"), MirrorBothFailed, ""},
		"both have no more to say":     {"HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 204 X\r\n\r\n", MirrorMatched, ""},
		"an answer and then some more": {answerOf(200, html, "hello"), answerOf(200, html, "hello") + "HTTP/1.1", MirrorMatched, ""},
	} {
		t.Run(name, func(t *testing.T) {
			up := mirrored(t, rawBackend(t, answeringOnce(tt.stable)), rawBackend(t, answeringOnce(tt.shadow)))
			up.Retry = Retry{Tries: 1}
			r, _ := startMirrored(t, up)
			c := r.dial(t)
			c.send("GET /a?secret=1 HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n")
			if g := c.receive("GET"); len(g.Header["Set-Cookie"]) > 0 {
				t.Errorf("the user got %v", g.Header)
			}
			got := became(t, up, 1)
			var want [NumMirrored]uint64
			want[tt.want] = 1
			if got.Counts != want {
				t.Errorf("%v (%s), want one %s", got.Counts, got.Example, tt.want)
			}
			example := ""
			if tt.example != "" {
				example = "GET /a: v2: " + tt.example + ", trace 0af7651916cd43dd8448eb211c80319c"
			}
			if got.Example != example {
				t.Errorf("example %q, want %q", got.Example, example)
			}
			if unseen := got.Unseen == 1; unseen != (name == "both too long") {
				t.Errorf("%d bodies were not compared", got.Unseen)
			}
		})
	}
}

// answeringOnce answers one request of a connection, and ends it.
func answeringOnce(answer string) func(net.Conn, *bufio.Reader) {
	return func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, answer)
		}
	}
}

// TestMirrorAsksStableAgain where the versions disagree: by then it may be another
// answer, or none.
func TestMirrorAsksStableAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		first, then, shadow string
		want                Mirrored
	}{
		"it has changed":     {"a", "b", "b", MirrorMatched},
		"it always does":     {"a", "b", "c", MirrorUnclear},
		"both fail by now":   {"a", "500", "500", MirrorBothFailed},
		"stable fails alone": {"a", "500", "b", MirrorUnclear},
		"it is the same":     {"a", "a", "b", MirrorMismatched},
		"a failure of its":   {"a", "a", "500", MirrorFailed},
	} {
		t.Run(name, func(t *testing.T) {
			says := func(w http.ResponseWriter, what string) {
				if what == "500" {
					w.WriteHeader(500)
				}
				io.WriteString(w, what)
			}
			var asked atomic.Int64
			up := mirrored(t,
				backend(t, func(w http.ResponseWriter, r *http.Request) {
					if asked.Add(1) == 1 {
						says(w, tt.first)
						return
					}
					if r.Header.Get("X-Weir-Shadow") != "1" {
						t.Error("stable is asked again without a mark")
					}
					says(w, tt.then)
				}),
				backend(t, func(w http.ResponseWriter, _ *http.Request) { says(w, tt.shadow) }))
			r, _ := startMirrored(t, up)
			r.dial(t).get("/")
			got := became(t, up, 1)
			if got.Counts[tt.want] != 1 {
				t.Errorf("%v (%s), want one %s", got.Counts, got.Example, tt.want)
			}
			if v1 := up.Versions[0]; firsts(v1) != [outcome.NumKinds]uint64{outcome.OK: 1} {
				t.Errorf("stable has counted %v", firsts(v1))
			}
		})
	}
}

// TestMirrorInACommonPause: what waited for the same pause is nobody's failure.
func TestMirrorInACommonPause(t *testing.T) {
	const users = 4
	var come sync.WaitGroup
	come.Add(users)
	silent := rawBackend(t, func(nc net.Conn, br *bufio.Reader) { io.Copy(io.Discard, br) })
	up := mirrored(t, backend(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Weir-Shadow") == "" {
			come.Done()
			come.Wait() // the last answers before the pause
		}
	}), silent, func(m *Mirror) { m.Timeout = 500 * time.Millisecond })
	r, _ := startMirrored(t, up)
	for range users {
		r.dial(t).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	if got := became(t, up, users); got.Counts[MirrorFailed] > 1 { // the last is alone
		t.Errorf("%v: want no failure of the candidate's", got.Counts)
	}
}

// TestMirrorSendsWhatStableGot, marked, and once more over the same connection.
func TestMirrorSendsWhatStableGot(t *testing.T) {
	stable, shadow := make(chan *http.Request, 10), make(chan *http.Request, 10)
	up := mirrored(t,
		backend(t, func(_ http.ResponseWriter, r *http.Request) { stable <- r }),
		backend(t, func(_ http.ResponseWriter, r *http.Request) { shadow <- r }))
	r, _ := startMirrored(t, up)
	c := r.dial(t)
	var from string
	for n := range uint64(3) {
		c.send("GET /a?b=c HTTP/1.1\r\nHost: weir.test\r\nCookie: d=e\r\nX-Weir-Shadow: 7\r\nX-Forwarded-For: 6.6.6.6\r\n" +
			"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: x=y\r\n\r\n")
		c.receive("GET")
		a, b := receive(t, "stable's request", stable), receive(t, "the copy", shadow)
		became(t, up, n+1)
		if a.Method != b.Method || a.RequestURI != b.RequestURI || a.Host != b.Host {
			t.Errorf("%s %s of %s was sent as %s %s of %s", a.Method, a.RequestURI, a.Host, b.Method, b.RequestURI, b.Host)
		}
		if shadow, version := b.Header["X-Weir-Shadow"], b.Header.Get("X-Weir-Version"); len(shadow) != 1 || shadow[0] != "1" || version != "v2" {
			t.Errorf("the copy is marked %q and for %q", shadow, version)
		}
		if a.Header["X-Weir-Shadow"] != nil {
			t.Error("stable got a mark that only Weir may set")
		}
		trace := b.Header.Get("Traceparent")
		if len(trace) != 55 || trace[:36] != "00-0af7651916cd43dd8448eb211c80319c-" || trace[36:52] == "b7ad6b7169203331" || trace[52:] != "-01" {
			t.Errorf("the copy is in trace %q", trace)
		}
		for _, name := range []string{"X-Weir-Shadow", "X-Weir-Version", "Traceparent", "Tracestate"} {
			a.Header.Del(name)
			b.Header.Del(name)
		}
		if fmt.Sprint(a.Header) != fmt.Sprint(b.Header) {
			t.Errorf("stable got %v, the copy is %v", a.Header, b.Header)
		}
		if from != "" && b.RemoteAddr != from {
			t.Errorf("a copy came from %s, the one before from %s", b.RemoteAddr, from)
		}
		from = b.RemoteAddr
	}
}

// TestMirrorChooses safe requests only.
func TestMirrorChooses(t *testing.T) {
	var copies atomic.Uint64
	ok := func(http.ResponseWriter, *http.Request) {}
	up := mirrored(t, backend(t, ok), backend(t, func(http.ResponseWriter, *http.Request) { copies.Add(1) }),
		func(m *Mirror) { m.Ignore = []string{"/report"} })
	up.Pins = []Pin{{Version: "v1", Header: "x-pin", Value: "1"}}
	r, _ := startMirrored(t, up)
	for head, want := range map[string]uint64{
		"GET /":                                1,
		"GET /a":                               1,
		"HEAD /":                               1,
		"GET /report":                          0,
		"GET /reports":                         1,
		"GET /report/1":                        0,
		"OPTIONS /":                            0,
		"DELETE /":                             0,
		"POST / Content-Length: 0":             0,
		"GET / Content-Length: 0":              0,
		"GET / If-None-Match: \"a\"":           0,
		"GET / If-Modified-Since: then":        0,
		"GET / If-Range: \"a\"":                0,
		"GET / Range: bytes=0-1":               1,
		"GET / X-Pin: 1":                       0,
		"GET / Upgrade: x|Connection: upgrade": 0,
	} {
		before := up.Mirror.Stats.Totals()
		copies.Store(0)
		c := r.dial(t)
		method, rest, _ := strings.Cut(head, " ")
		path, header, _ := strings.Cut(rest, " ")
		if header != "" {
			header = strings.ReplaceAll(header, "|", "\r\n") + "\r\n"
		}
		c.send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + header + "\r\n")
		c.receive(method)
		c.send("GET /last HTTP/1.1\r\nHost: a\r\n\r\n") // is copied, behind the other
		c.receive("GET")
		became(t, up, before.Pairs()+want+1)
		if got := copies.Load() - 1; got != want {
			t.Errorf("%s: %d copies, want %d", head, got, want)
		}
	}
}

// TestMirrorCountsForNobody: neither users nor versions learn of copies, an endpoint
// that cannot be reached does.
func TestMirrorCountsForNobody(t *testing.T) {
	up := mirrored(t, cannedBackend(t), deadAddress(t), func(m *Mirror) { m.Share = 0.2 })
	r, _ := startMirrored(t, up)
	c := r.dial(t)
	for range 100 {
		if g := c.get("/"); g.StatusCode != 200 {
			t.Fatalf("%d, want stable's answer", g.StatusCode)
		}
	}
	got := became(t, up, 20)
	if want := [NumMirrored]uint64{MirrorFailed: 20}; got.Counts != want {
		t.Errorf("of 100 requests: %v, want 20 failures", got.Counts)
	}
	eventually(t, "100 requests over", func() bool { return up.Live.Users.Requests() == 100 })
	v1, v2 := up.Versions[0], up.Versions[1]
	if firsts(v1) != [outcome.NumKinds]uint64{outcome.OK: 100} || firsts(v2) != [outcome.NumKinds]uint64{} || laters(v2) != [outcome.NumKinds]uint64{} {
		t.Errorf("stable %v, the other %v and later %v", firsts(v1), firsts(v2), laters(v2))
	}
	if n := v2.Endpoints[0].Stats.Counts(); n != (outcome.EndpointCounts{Failed: 20, Consecutive: 20}) {
		t.Errorf("the endpoint has counted %+v", n)
	}
}

// TestMirrorHangs: a version that does not answer costs users nothing.
func TestMirrorHangs(t *testing.T) {
	silent := rawBackend(t, func(nc net.Conn, br *bufio.Reader) { io.Copy(io.Discard, br) })
	up := mirrored(t, cannedBackend(t), silent, func(m *Mirror) { m.Queue = NewMirrorQueue(3, 2); m.Timeout = time.Hour })
	r, stop := startMirrored(t, up)
	c := r.dial(t)
	for range 50 {
		c.get("/")
	}
	got := became(t, up, 45)
	if n := got.Counts[MirrorDropped]; n < 45 || n > 47 {
		t.Errorf("%d copies were dropped, want all but those that wait or are under way", n)
	}
	eventually(t, "two copies under way", func() bool { return up.Mirror.Queue.Waiting() == 3 })
	stop() // does not wait for the hour
	if got := up.Mirror.Stats.Totals(); got.Counts[MirrorCut] != 2 || got.Pairs() != 0 {
		t.Errorf("after the end: %v, want 2 that were ended", got.Counts)
	}
	for range 5 { // nobody sends them any more
		c.get("/")
	}
}

func TestMirrorTimesOut(t *testing.T) {
	silent := rawBackend(t, func(nc net.Conn, br *bufio.Reader) { io.Copy(io.Discard, br) })
	up := mirrored(t, cannedBackend(t), silent, func(m *Mirror) { m.Timeout = 50 * time.Millisecond })
	r, _ := startMirrored(t, up)
	r.dial(t).get("/")
	if got := became(t, up, 1); got.Counts[MirrorFailed] != 1 || got.Example != "GET /: v2: no answer within 50ms" {
		t.Errorf("%v (%s), want a timeout", got.Counts, got.Example)
	}
}

// TestMirrorWithoutEndpoints: there is nobody to ask, which is no failure.
func TestMirrorWithoutEndpoints(t *testing.T) {
	up := mirrored(t, cannedBackend(t), cannedBackend(t))
	up.Versions[1].Endpoints[0].Live.SetEjected(true)
	r, _ := startMirrored(t, up)
	r.dial(t).get("/")
	if got := became(t, up, 1); got.Counts[MirrorDropped] != 1 {
		t.Errorf("%v, want one dropped", got.Counts)
	}
}

// TestMirrorFindsItsConnectionClosed, and asks again on another.
func TestMirrorFindsItsConnectionClosed(t *testing.T) {
	var conns atomic.Int64
	shadow := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		conns.Add(1)
		readRequest(br)
		io.WriteString(nc, plainAnswer)
		readRequest(br) // and leaves without an answer
	})
	up := mirrored(t, cannedBackend(t), shadow)
	r, _ := startMirrored(t, up)
	c := r.dial(t)
	for n := range uint64(3) {
		c.get("/")
		became(t, up, n+1)
	}
	if got := up.Mirror.Stats.Totals(); got.Counts[MirrorMatched] != 3 || conns.Load() != 3 {
		t.Errorf("%v over %d connections, want 3 matches over 3", got.Counts, conns.Load())
	}
}

func TestMirrorIsChecked(t *testing.T) {
	for name, change := range map[string]func(*Mirror){
		"stable":     func(m *Mirror) { m.Version = 0 },
		"no version": func(m *Mirror) { m.Version = 2 },
		"no share":   func(m *Mirror) { m.Share = 0 },
		"too much":   func(m *Mirror) { m.Share = 1.1 },
		"no time":    func(m *Mirror) { m.Timeout = 0 },
		"no queue":   func(m *Mirror) { m.Queue = nil },
		"no stats":   func(m *Mirror) { m.Stats = nil },
		"case":       func(m *Mirror) { m.Headers = []string{"content-type", "X-A"} },
		"path":       func(m *Mirror) { m.Ignore = []string{""} },
		"headers":    func(m *Mirror) { m.Headers = make([]string, maxCompared+1) },
	} {
		up := mirrored(t, "127.0.0.1:1", "127.0.0.1:1", change)
		if _, err := NewSnapshot(1, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
