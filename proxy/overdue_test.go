package proxy

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

func TestOverdueIsCountedOnceAndAtOnce(t *testing.T) {
	for _, later := range []string{"answered", "timed out", "reset"} {
		t.Run(later, func(t *testing.T) {
			release := make(chan struct{})
			answer := sync.OnceFunc(func() { close(release) })
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				<-release
				switch later {
				case "answered":
					io.WriteString(nc, plainAnswer)
				case "timed out":
					readRequest(br)
				}
			})
			up := one(t, addr)
			up.Live.OverdueAfter.Store(int64(50 * time.Millisecond))
			hints := make(chan struct{}, 10)
			up.Live.Failed = func() { hints <- struct{}{} }
			if later == "timed out" {
				up.Timeouts.Response = 400 * time.Millisecond
			}
			c := start(t, up, Options{}).dial(t)
			t.Cleanup(answer) // before the server is waited for, whatever has failed
			c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
			v := up.Versions[0]
			eventually(t, "counted while it waits", func() bool { return firsts(v)[outcome.Overdue] == 1 })
			<-up.Live.Wake
			<-hints
			answer()
			c.receive("POST")
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			if f := firsts(v); f != [outcome.NumKinds]uint64{outcome.Overdue: 1} {
				t.Errorf("first outcomes %v, want one overdue and nothing else", f)
			}
			counts := v.Endpoints[0].Stats.Counts()
			if counts.FirstFailed != 1 {
				t.Errorf("the endpoint's first failures: %d, want 1", counts.FirstFailed)
			}
			if want := map[string]uint64{"answered": 0, "timed out": 1, "reset": 1}[later]; counts.Failed != want {
				t.Errorf("failures that may eject: %d, want %d", counts.Failed, want)
			}
		})
	}
}

// TestInterimAnswersDoNotKeepAnAttempt: an endpoint that sends 103 and then hangs
// is as overdue as one that sends nothing.
func TestInterimAnswersDoNotKeepAnAttempt(t *testing.T) {
	release := make(chan struct{})
	answer := sync.OnceFunc(func() { close(release) })
	defer answer()
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, "HTTP/1.1 103 Early Hints\r\n\r\n")
			<-release
			io.WriteString(nc, plainAnswer)
		}
	})
	up := one(t, addr)
	up.Live.OverdueAfter.Store(int64(50 * time.Millisecond))
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if g := c.receive("GET"); g.StatusCode != 103 {
		t.Fatalf("first answer %d, want 103", g.StatusCode)
	}
	v := up.Versions[0]
	eventually(t, "overdue", func() bool { return firsts(v)[outcome.Overdue] == 1 })
	answer()
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Errorf("final answer %d, want 200", g.StatusCode)
	}
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f := firsts(v); f != [outcome.NumKinds]uint64{outcome.Overdue: 1} {
		t.Errorf("first outcomes %v, want one overdue", f)
	}
	var totals outcome.Totals
	v.Stats.Totals(&totals)
	if n, p50 := totals.Latency.Count(), totals.Latency.Quantile(0.5); n != 1 || p50 < 50*time.Millisecond {
		t.Errorf("%d first bytes, median after %v, want one, of the final answer", n, p50)
	}
}

// TestPartOfAFinalHeadKeepsAnAttempt: its first byte has come, however slow the rest.
func TestPartOfAFinalHeadKeepsAnAttempt(t *testing.T) {
	release := make(chan struct{})
	answer := sync.OnceFunc(func() { close(release) })
	defer answer()
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			io.WriteString(nc, plainAnswer[:20])
			<-release
			io.WriteString(nc, plainAnswer[20:])
		}
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send(plainGet)
	v := up.Versions[0]
	eventually(t, "the first byte", func() bool {
		var totals outcome.Totals
		v.Stats.Totals(&totals)
		return totals.Latency.Count() == 1
	})
	up.Live.OverdueAfter.Store(1)
	r.scanOverdue()
	answer()
	c.receive("GET")
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f := firsts(v); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
		t.Errorf("first outcomes %v, want one ok", f)
	}
}

// TestUploadIsNotOverdueBeforeItsEnd: the time runs from the last request byte.
func TestUploadIsNotOverdueBeforeItsEnd(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{})
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := br.Peek(1); err != nil {
			return
		}
		close(arrived)
		if _, err := readRequest(br); err == nil {
			<-release
			io.WriteString(nc, plainAnswer)
		}
	})
	up := one(t, addr)
	up.Live.OverdueAfter.Store(1) // at once
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
	<-arrived
	for range 10 {
		r.scanOverdue()
	}
	if f := firsts(up.Versions[0]); f[outcome.Overdue] != 0 {
		t.Error("overdue while the client was still sending")
	}
	c.send("x")
	eventually(t, "overdue", func() bool { return firsts(up.Versions[0])[outcome.Overdue] == 1 })
	close(release)
	if g := c.receive("POST"); g.StatusCode != 200 {
		t.Errorf("status %d, want 200", g.StatusCode)
	}
}

// TestSlotRace has a worker, uploaders and the scan meet at every moment; each attempt must be
// counted once.
func TestSlotRace(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	up.Live.OverdueAfter.Store(1)
	v := up.Versions[0]
	s := &slot{}
	w := &worker{slot: s}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				s.check(sock.Now() + time.Second)
				runtime.Gosched()
			}
		}
	})
	const attempts = 3000
	for i := range attempts {
		a := &w.attempt
		s.begin()
		a.begin(w, &target{up: up}, true)
		if i%2 == 0 {
			a.sent(sock.Now())
			runtime.Gosched() // a moment for the scan
		} else {
			a.willSend()
			var late sync.WaitGroup
			late.Go(func() { a.sentLater(sock.Now()) })
			if i%4 == 1 {
				late.Wait()
			}
			a.answered()
			late.Wait()
		}
		a.record(outcome.OK)
		a.end()
		s.end()
	}
	close(stop)
	wg.Wait()
	f := firsts(v)
	if f[outcome.OK]+f[outcome.Overdue] != attempts {
		t.Errorf("%d ok + %d overdue of %d attempts, want each counted once", f[outcome.OK], f[outcome.Overdue], attempts)
	}
	if f[outcome.Overdue] == 0 || f[outcome.OK] == 0 {
		t.Errorf("%d ok, %d overdue: the race was not run", f[outcome.OK], f[outcome.Overdue])
	}
}
