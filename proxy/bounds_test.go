package proxy

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"weir/health/outcome"
)

// silentTwice is an upstream of two endpoints that take requests and never answer.
func silentTwice(t *testing.T) (*Upstream, func() int64) {
	a, b := newFailing(t, "silent"), newFailing(t, "silent")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{a.addr, b.addr}})
	up.Retry.Tries = 10
	return up, func() int64 { return a.count.Load() + b.count.Load() }
}

// TestTryTimeoutMovesOn: an endpoint that does not answer costs a request no more
// than its own time, though the upstream would wait much longer.
func TestTryTimeoutMovesOn(t *testing.T) {
	f := newFailing(t, "silent")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, cannedBackend(t)}})
	up.Retry.TryTimeout = 80 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	begin := time.Now()
	if g := c.get("/"); g.StatusCode != 200 {
		t.Errorf("status %d, want the other endpoint's 200", g.StatusCode)
	}
	if d := time.Since(begin); d < 80*time.Millisecond || d > 3*time.Second {
		t.Errorf("answered after %v, want it soon after the try timeout of 80 ms", d)
	}
	if n := firsts(up.Versions[0])[outcome.Timeout]; n != 1 {
		t.Errorf("outcomes %v, want one timeout", firsts(up.Versions[0]))
	}
}

// TestTryTimeoutIsRetriedOnlyIfAsked, as every other timeout.
func TestTryTimeoutIsRetriedOnlyIfAsked(t *testing.T) {
	up, attempts := silentTwice(t)
	up.Retry.TryTimeout = 30 * time.Millisecond
	up.Retry.On.Timeout = false
	if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode != 504 || g.Header.Get("X-Weir-Reason") != "upstream_timeout" {
		t.Errorf("%d %q, want 504 upstream_timeout", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	if n := attempts(); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

// TestTotalEndsTheWait, and the attempts. That a later one had only the rest of
// the time is not its endpoint's failure.
func TestTotalEndsTheWait(t *testing.T) {
	for name, tt := range map[string]struct {
		try, total time.Duration
		attempts   int64
		later      [outcome.NumKinds]uint64
	}{
		"in the first attempt":  {0, 400 * time.Millisecond, 1, [outcome.NumKinds]uint64{}}, // connecting is a part of it
		"in the second attempt": {400 * time.Millisecond, 800 * time.Millisecond, 2, [outcome.NumKinds]uint64{outcome.Canceled: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			up, attempts := silentTwice(t)
			up.Retry.TryTimeout, up.Timeouts.Total = tt.try, tt.total
			c := start(t, up, Options{}).dial(t)
			begin := time.Now()
			if g := c.get("/"); g.StatusCode != 504 || g.Header.Get("X-Weir-Reason") != "upstream_timeout" {
				t.Errorf("%d %q, want 504 upstream_timeout", g.StatusCode, g.Header.Get("X-Weir-Reason"))
			}
			if d := time.Since(begin); d < tt.total || d > tt.total+3*time.Second {
				t.Errorf("answered after %v, want %v", d, tt.total)
			}
			if n := attempts(); n != tt.attempts {
				t.Errorf("%d attempts, want %d", n, tt.attempts)
			}
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			v := up.Versions[0]
			if firsts(v) != [outcome.NumKinds]uint64{outcome.Timeout: 1} || laters(v) != tt.later {
				t.Errorf("outcomes %v and later %v, want one timeout and later %v", firsts(v), laters(v), tt.later)
			}
			var users outcome.UserTotals
			up.Live.Users.Totals(&users)
			if users.Errors != 1 {
				t.Errorf("users saw %d errors, want 1", users.Errors)
			}
		})
	}
}

// TestTotalStopsRetries of failures that cost no time either.
func TestTotalStopsRetries(t *testing.T) {
	slow := func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			time.Sleep(60 * time.Millisecond) // the time it takes to fail is what this is about
			io.WriteString(nc, "HTTP/1.1 503 Sorry\r\nContent-Length: 4\r\n\r\nfail")
		}
	}
	var addresses []string
	for range 8 {
		addresses = append(addresses, rawBackend(t, slow))
	}
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: addresses})
	up.Retry.Tries, up.Timeouts.Total = 10, 150*time.Millisecond
	if g := start(t, up, Options{}).dial(t).get("/"); g.StatusCode != 504 {
		t.Errorf("%d, want 504: the third attempt was cut", g.StatusCode)
	}
	if n := laters(up.Versions[0]); n[outcome.Error]+n[outcome.Canceled] > 2 {
		t.Errorf("later attempts %v, want no more than there was time for", n)
	}
}

// TestInterimAnswersDoNotExtendTheBounds: each starts the response timeout anew,
// but not the request's time.
func TestInterimAnswersDoNotExtendTheBounds(t *testing.T) {
	for name, set := range map[string]func(*Upstream){
		"try":   func(up *Upstream) { up.Retry.TryTimeout = 120 * time.Millisecond },
		"total": func(up *Upstream) { up.Timeouts.Total = 120 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				for { // until Weir closes
					if _, err := io.WriteString(nc, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			})
			up := one(t, addr)
			set(up)
			c := start(t, up, Options{}).dial(t)
			c.send(plainGet)
			g := c.receive("GET")
			for g.StatusCode == 103 {
				g = c.receive("GET")
			}
			if g.StatusCode != 504 {
				t.Errorf("%d, want 504", g.StatusCode)
			}
		})
	}
}

// TestTryTimeoutLeavesUploadsAlone: the sending of a body is the client's time,
// the total counts it all the same.
func TestTryTimeoutLeavesUploadsAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		try, total time.Duration
		status     int
	}{
		"try":   {100 * time.Millisecond, 0, 200},
		"total": {0, 100 * time.Millisecond, 504},
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, backend(t, hashing))
			up.Retry.TryTimeout, up.Timeouts.Total = tt.try, tt.total
			c := start(t, up, Options{}).dial(t)
			go func() {
				io.WriteString(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
				for range 5 {
					time.Sleep(60 * time.Millisecond)
					io.WriteString(c.Conn, "x")
				}
			}()
			if g := c.receive("POST"); g.StatusCode != tt.status {
				t.Errorf("%d %q, want %d", g.StatusCode, g.body, tt.status)
			}
		})
	}
}

// TestTryTimeoutAfterAnUpload: once the body has gone the endpoint has its time,
// and no more.
func TestTryTimeoutAfterAnUpload(t *testing.T) {
	f := newFailing(t, "silent")
	up := one(t, f.addr)
	up.Retry.TryTimeout = 60 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
	eventually(t, "the upload runs", func() bool { return up.Versions[0].Endpoints[0].Live.Inflight() == 1 })
	time.Sleep(150 * time.Millisecond) // longer than the try may wait for its answer
	c.send("abcde")
	begin := time.Now()
	if g := c.receive("POST"); g.StatusCode != 504 {
		t.Errorf("%d, want 504", g.StatusCode)
	}
	if d := time.Since(begin); d > 3*time.Second {
		t.Errorf("504 after %v, want it soon after the 60 ms", d)
	}
	if n := f.count.Load(); n != 1 {
		t.Errorf("%d whole requests at the endpoint, want 1", n)
	}
}
