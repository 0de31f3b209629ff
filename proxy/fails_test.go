package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// counting makes the upstream count failures as NGINX does, each endpoint by the rule.
// What the control plane does elsewhere is done by whoever flips a word.
func counting(t *testing.T, up *Upstream, rule balancer.FailRule) *Upstream {
	t.Helper()
	up.CountFails = true
	for i, v := range up.Versions {
		up.Split.Shares()[i].Strict = true
		for _, e := range v.Endpoints {
			e.Fails = balancer.NewFails(e.Live, time.Now())
			e.Fails.SetRule(rule)
			up.InService++
		}
	}
	up.Live.Flipped = func() {
		for _, s := range up.Split.Shares() {
			s.Group.Rebuild()
		}
	}
	return up
}

// once is max_fails=1 with an outage that no test waits for.
var once = balancer.FailRule{Max: 1, Timeout: time.Hour}

func retryOn(t *testing.T, words ...string) RetryOn {
	t.Helper()
	on, err := ParseRetryOn(words)
	if err != nil {
		t.Fatal(err)
	}
	return on
}

// outs says which endpoints of the first version are out.
func outs(up *Upstream) (out []bool) {
	for _, e := range up.Versions[0].Endpoints {
		out = append(out, e.Live.Ejected())
	}
	return out
}

func request(c *client, method string) got {
	c.t.Helper()
	c.send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
	return c.receive(method)
}

// TestFailsRule4: what ends before the head of an answer counts, although nothing is
// to be repeated, and of a POST too.
func TestFailsRule4(t *testing.T) {
	for how, kind := range map[string]outcome.Kind{
		"refused": outcome.Connect, "reset": outcome.Reset, "closed": outcome.Reset,
		"half a head": outcome.Reset, "bad head": outcome.Reset, "silent": outcome.Timeout,
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(how+" "+method, func(t *testing.T) {
				f := newFailing(t, how)
				good := backend(t, func(http.ResponseWriter, *http.Request) {})
				up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, good}}), once)
				up.Timeouts.Response = 60 * time.Millisecond
				up.Retry.On = RetryOn{}
				c := start(t, up, Options{}).dial(t)
				if g := request(c, method); g.StatusCode < 502 {
					t.Errorf("first answer %d, want 502 or 504: nothing is repeated", g.StatusCode)
				}
				if out := outs(up); !out[0] || out[1] {
					t.Errorf("out: %v, want the first one", out)
				}
				for range 4 {
					if g := request(c, method); g.StatusCode != 200 {
						t.Errorf("%d, want 200 of the other", g.StatusCode)
					}
				}
				// What is counted for verdicts is the same as ever.
				if n := firsts(up.Versions[0])[kind]; n != 1 {
					t.Errorf("outcomes %v, want one %v", firsts(up.Versions[0]), kind)
				}
			})
		}
	}
}

// TestFailsRule4Stale: a connection that the endpoint has closed while it was idle
// takes no try, and counts.
func TestFailsRule4Stale(t *testing.T) {
	oneEach := func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err != nil {
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		readRequest(br) // the next one gets no answer
	}
	spare := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Spare", "yes") })
	for _, tt := range []struct {
		counted, alone bool
		spare          string // of the second request
	}{{false, false, ""}, {true, false, "yes"}, {true, true, ""}} {
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, oneEach), spare}})
		second := up.Versions[0].Endpoints[1].Live
		second.SetAdmin(balancer.Down)
		if tt.counted {
			counting(t, up, once)
		}
		up.Split.Shares()[0].Group.Rebuild()
		up.Retry.Tries = 1
		c := start(t, up, Options{}).dial(t)
		for i, want := range []string{"", tt.spare} {
			if g := c.get("/"); g.StatusCode != 200 || g.Header.Get("X-Spare") != want {
				t.Errorf("%+v: request %d: %d, of the other %q", tt, i, g.StatusCode, g.Header.Get("X-Spare"))
			}
			if !tt.alone {
				second.SetAdmin(balancer.Up)
			}
		}
		if out := outs(up); out[0] != tt.counted || out[1] {
			t.Errorf("%+v: out %v", tt, out)
		}
		eventually(t, "2 ok, of which the last is counted when it has been relayed", func() bool {
			return firsts(up.Versions[0]) == [outcome.NumKinds]uint64{outcome.OK: 2}
		})
		if n := laters(up.Versions[0]); n != [outcome.NumKinds]uint64{} {
			t.Errorf("%+v: later outcomes %v, want none", tt, n)
		}
	}
}

// TestFailsRule4StaleIsOneFailure: one request that finds its connection stale, goes
// nowhere else and fails on a fresh one has failed once.
func TestFailsRule4StaleIsOneFailure(t *testing.T) {
	var served atomic.Bool
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil && !served.Swap(true) {
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			readRequest(br) // gets no answer, as all that come later
		}
	})
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{addr, deadAddress(t)}})
	up.Versions[0].Endpoints[1].Live.SetAdmin(balancer.Down)
	counting(t, up, balancer.FailRule{Max: 2, Timeout: time.Hour})
	up.Split.Shares()[0].Group.Rebuild()
	c := start(t, up, Options{}).dial(t)
	for i, want := range []struct {
		status int
		out    bool
	}{{200, false}, {502, false}, {502, true}} {
		if g := c.get("/"); g.StatusCode != want.status || outs(up)[0] != want.out {
			t.Errorf("request %d: %d, out: %v, want %d and %v", i, g.StatusCode, outs(up)[0], want.status, want.out)
		}
	}
}

// TestFailsRules5And6: a status counts if it is listed, is not 403 or 404, and the
// request could have gone elsewhere.
func TestFailsRules5And6(t *testing.T) {
	for _, tt := range []struct {
		status, tries  int
		method         string
		nonIdempotent  bool
		on             []string
		answer, counts bool // that of the other endpoint; against the first one
	}{
		{503, 2, "GET", false, []string{"503"}, true, true},
		{429, 2, "GET", false, []string{"429"}, true, true},
		{503, 2, "PUT", false, []string{"503"}, true, true},
		{503, 2, "DELETE", false, []string{"503"}, true, true},
		{500, 2, "GET", false, []string{"503"}, false, false},
		{503, 2, "GET", false, nil, false, false},
		{403, 2, "GET", false, []string{"403"}, true, false},
		{404, 2, "GET", false, []string{"404"}, true, false},
		{503, 1, "GET", false, []string{"503"}, false, false}, // the last try
		{503, 2, "POST", false, []string{"503"}, false, false},
		{503, 2, "PATCH", false, []string{"503"}, false, false},
		{503, 2, "POST", true, []string{"503"}, true, true},
	} {
		t.Run(fmt.Sprintf("%d %s %v %d", tt.status, tt.method, tt.on, tt.tries), func(t *testing.T) {
			bad := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) })
			good := backend(t, func(http.ResponseWriter, *http.Request) {})
			up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{bad, good}}), once)
			up.Retry.Tries, up.Retry.NonIdempotent, up.Retry.On = tt.tries, tt.nonIdempotent, retryOn(t, tt.on...)
			up.HoldBody = 1024
			want := tt.status
			if tt.answer {
				want = 200
			}
			if g := request(start(t, up, Options{}).dial(t), tt.method); g.StatusCode != want {
				t.Errorf("answer %d, want %d", g.StatusCode, want)
			}
			if out := outs(up); out[0] != tt.counts || out[1] {
				t.Errorf("out: %v, want the first one: %v", out, tt.counts)
			}
		})
	}
}

// TestFailsRule6Last: the last attempt's answer is the client's and a success. A
// request that is to go on and finds nobody has no endpoint's answer any more.
func TestFailsRule6Last(t *testing.T) {
	var asked atomic.Int64
	bad := func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(503) }
	up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{backend(t, bad), backend(t, bad)}}), once)
	up.Retry.Tries = 10 // no more than there are endpoints
	c := start(t, up, Options{}).dial(t)
	for i, want := range []struct {
		status int
		reason string
		asked  int64
		out    []bool
	}{
		{503, "", 2, []bool{true, false}},
		{502, "no_live_upstreams", 3, []bool{true, true}},
		{502, "no_live_upstreams", 3, []bool{true, true}}, // rule 9: at once
	} {
		g := c.get("/")
		if g.StatusCode != want.status || g.Header.Get("X-Weir-Reason") != want.reason {
			t.Errorf("answer %d: %d %q, want %d %q", i, g.StatusCode, g.Header.Get("X-Weir-Reason"), want.status, want.reason)
		}
		if out := outs(up); asked.Load() != want.asked || out[0] != want.out[0] || out[1] != want.out[1] {
			t.Errorf("after answer %d: %d asked, out %v, want %d and %v", i, asked.Load(), out, want.asked, want.out)
		}
	}
}

// TestFailsRule7: what breaks behind the head does not count, nor does a client that
// leaves.
func TestFailsRule7(t *testing.T) {
	truncated := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
		}
	})
	up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{truncated}}), once)
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if _, err := c.tryReceive("GET"); err == nil {
		t.Error("a truncated body came whole")
	}
	eventually(t, "counted as a reset", func() bool { return firsts(up.Versions[0])[outcome.Reset] == 1 })
	if outs(up)[0] {
		t.Error("a truncated body took the endpoint out")
	}

	came := make(chan struct{})
	silent := rawBackend(t, func(_ net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			close(came)
			br.ReadByte()
		}
	})
	up = counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{silent}}), once)
	c = start(t, up, Options{}).dial(t)
	c.send(plainGet)
	<-came
	c.Close()
	eventually(t, "canceled", func() bool { return firsts(up.Versions[0])[outcome.Canceled] == 1 })
	if outs(up)[0] {
		t.Error("a client that left took the endpoint out")
	}
}

// TestFailsRule3: when the outage is over one request tries the endpoint, the others
// go elsewhere until that one has ended; then it is back.
func TestFailsRule3(t *testing.T) {
	var sick, slow atomic.Bool
	var asked atomic.Int64
	release := make(chan struct{})
	weak := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if slow.Load() {
			<-release
		}
		if sick.Load() {
			w.WriteHeader(503)
		}
	})
	good := backend(t, func(http.ResponseWriter, *http.Request) {})
	up := counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{weak, good}}), balancer.FailRule{Max: 1})
	r := start(t, up, Options{})
	e := up.Versions[0].Endpoints[0]

	sick.Store(true)
	if g := r.dial(t).get("/"); g.StatusCode != 200 || !e.Live.Ejected() {
		t.Fatalf("%d, out: %v, want 200 of the other and the first one out", g.StatusCode, outs(up))
	}
	sick.Store(false)
	slow.Store(true)
	eventually(t, "a trial is due", func() bool {
		_, due := e.Fails.Trial(time.Now())
		return due
	})
	up.Live.Flipped()
	var tried sync.WaitGroup
	tried.Go(func() {
		for asked.Load() < 2 {
			if g := r.dial(t).get("/"); g.StatusCode != 200 {
				t.Errorf("%d, want 200", g.StatusCode)
			}
		}
	})
	eventually(t, "one request tries", func() bool { return asked.Load() == 2 })
	for range 20 {
		if g := r.dial(t).get("/"); g.StatusCode != 200 {
			t.Errorf("%d, want 200 of the other", g.StatusCode)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times while the trial runs, want once", n-1)
	}
	slow.Store(false)
	close(release)
	tried.Wait()
	eventually(t, "back", func() bool { return e.Live.Usable() })
	for range 4 {
		r.dial(t).get("/")
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("asked %d times for 4 requests after its return, want 2", n-2)
	}
}

// TestTrialOfARefusedRetryIsTheNextRequests: a retry that found the endpoint to try, and
// was refused then, leaves it to be tried.
func TestTrialOfARefusedRetryIsTheNextRequests(t *testing.T) {
	bad := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	good := backend(t, func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct {
		why   string
		parts []part
		want  []int
	}{
		{"no budget", []part{{name: "v1", weight: 1, addresses: []string{bad, good}}}, []int{503, 200}},
		// Stable has nobody, and what is found instead is no shield: then it is a retry.
		{"not stable", []part{
			{name: "v1", addresses: []string{deadAddress(t)}},
			{name: "v2", weight: 1, addresses: []string{bad, good}, shielded: true},
		}, []int{200}},
	} {
		up := counting(t, upstreamOf(t, tt.parts...), once)
		if len(tt.parts) == 1 {
			up.Retry.Budget = outcome.NewBudget(0, 0, 0)
		} else {
			up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down)
		}
		over := up.Versions[len(tt.parts)-1].Endpoints[1] // its outage is
		ago := time.Now().Add(-time.Hour)
		over.Fails = balancer.NewFails(over.Live, ago)
		over.Fails.SetRule(balancer.FailRule{Max: 1, Timeout: 10 * time.Second})
		over.Fails.Failed(ago)
		over.Fails.Trial(time.Now())
		up.Live.Flipped()
		c := start(t, up, Options{}).dial(t)
		for i, want := range tt.want {
			if g := c.get("/"); g.StatusCode != want {
				t.Errorf("%s: request %d: %d %s, want %d", tt.why, i, g.StatusCode, g.Header.Get("X-Weir-Reason"), want)
			}
		}
	}
}

// TestBackupTakesOver: backups get requests while no other endpoint can, and are part
// of a group that is not single any more.
func TestBackupTakesOver(t *testing.T) {
	var sick atomic.Bool
	sick.Store(true)
	weak := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		if sick.Load() {
			w.WriteHeader(503)
		}
	})
	spare := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Spare", "yes") })
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{weak, spare}})
	members := up.Split.Shares()[0].Group.Endpoints()
	members[1].Backup = true
	up.Split.Shares()[0].Group.Rebuild()
	counting(t, up, balancer.FailRule{Max: 1})
	c := start(t, up, Options{}).dial(t)
	spares := func(n int) (count int) {
		for range n {
			g := c.get("/")
			if g.StatusCode != 200 {
				t.Errorf("%d, want 200", g.StatusCode)
			}
			if g.Header.Get("X-Spare") != "" {
				count++
			}
		}
		return count
	}
	if n := spares(3); n != 3 {
		t.Errorf("%d of 3 requests went to the backup, want all while the primary fails", n)
	}
	sick.Store(false)
	eventually(t, "a trial is due", func() bool {
		_, due := up.Versions[0].Endpoints[0].Fails.Trial(time.Now())
		return due
	})
	up.Live.Flipped()
	if n := spares(5); n != 0 {
		t.Errorf("%d of 5 requests went to the backup, want none when the primary is back", n)
	}
}

// TestRefusalsAreNGINXs: where nobody can be asked, full endpoints among them, it is 502.
func TestRefusalsAreNGINXs(t *testing.T) {
	for reason, q := range map[string]Queue{"max_conns": {}, "queue_timeout": {Size: 1, Timeout: time.Millisecond}} {
		g := newGate(t)
		up := bound(t, counting(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{g.addr}}), once), 1, q)
		r := start(t, up, Options{})
		first := r.dial(t)
		first.send(plainGet)
		eventually(t, "the endpoint is full", func() bool { return g.inside.Load() == 1 })
		if g := r.dial(t).get("/"); g.StatusCode != 502 || g.Header.Get("X-Weir-Reason") != reason {
			t.Errorf("%d %q, want 502 %q", g.StatusCode, g.Header.Get("X-Weir-Reason"), reason)
		}
		close(g.pass)
		first.receive("GET")
	}
	up := counting(t, one(t, deadAddress(t)), once)
	up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down)
	if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode != 502 || g.Header.Get("X-Weir-Reason") != "no_live_upstreams" {
		t.Errorf("%d %q, want 502 no_live_upstreams", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
}

// TestRetryTimeout: after it no further attempt begins, and one that has begun is not
// cut short.
func TestRetryTimeout(t *testing.T) {
	var asked atomic.Int64
	slow := func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		time.Sleep(30 * time.Millisecond)
		w.WriteHeader(503)
	}
	for timeout, want := range map[time.Duration]int64{0: 2, time.Minute: 2, time.Millisecond: 1} {
		asked.Store(0)
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{backend(t, slow), backend(t, slow)}})
		up.Retry.Timeout = timeout
		if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode != 503 || asked.Load() != want {
			t.Errorf("timeout %v: %d after %d attempts, want 503 after %d", timeout, g.StatusCode, asked.Load(), want)
		}
	}
}

// TestInvalidAnswerIsAWordOfItsOwn: what is no head is not a broken connection.
func TestInvalidAnswerIsAWordOfItsOwn(t *testing.T) {
	for word, want := range map[string]int{"reset": 502, "invalid_answer": 200} {
		f := newFailing(t, "bad head")
		good := backend(t, func(http.ResponseWriter, *http.Request) {})
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, good}})
		up.Retry.On = retryOn(t, word)
		if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode != want {
			t.Errorf("retry on %s: %d, want %d", word, g.StatusCode, want)
		}
	}
}
