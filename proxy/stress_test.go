package proxy

import (
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestManyClientsChangesAndFaults mixes what otherwise is tested alone: methods
// and framings, an endpoint that breaks connections, generations published all
// the time, endpoints retired and restored. Users of GET see no error, a POST
// reaches endpoints at most once, and every request is counted once.
func TestManyClientsChangesAndFaults(t *testing.T) {
	var seen sync.Map // POST ids at the endpoints
	var twice atomic.Int64
	serve := func(faulty bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if id := r.Header.Get("X-Id"); id != "" {
				if _, again := seen.LoadOrStore(id, true); again {
					twice.Add(1)
				}
			}
			if faulty && rand.Intn(3) == 0 {
				nc, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					nc.(*net.TCPConn).SetLinger(0)
					nc.Close()
				}
				return
			}
			hashing(w, r)
		}
	}
	good, other, faulty := backend(t, serve(false)), backend(t, serve(false)), backend(t, serve(true))
	up := upstreamOf(t,
		part{name: "v1", weight: 80, addresses: []string{good, other}},
		part{name: "v2", weight: 20, addresses: []string{faulty}, shielded: true})
	up.Retry.Tries = 3
	r := start(t, up, Options{})

	stop := make(chan struct{})
	var changes, clients sync.WaitGroup
	changes.Go(func() {
		for generation := uint64(2); ; generation++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			next := *up
			snap, err := NewSnapshot(generation, []Route{{Match: Match{Path: "/"}, Upstream: &next}})
			if err != nil {
				t.Error(err)
				return
			}
			r.Publish(snap)
			e := up.Versions[0].Endpoints[generation%2]
			e.Retire(time.Minute)
			e.Restore()
		}
	})
	var requests atomic.Int64
	for id := range 12 {
		rng := rand.New(rand.NewSource(int64(id)))
		clients.Go(func() {
			c := r.dial(t)
			for i := range 150 {
				requests.Add(1)
				body := noise(rng.Intn(3) * rng.Intn(20_000))
				method, head := "GET", ""
				if rng.Intn(2) == 0 {
					method, head = "POST", fmt.Sprintf("X-Id: %d-%d\r\n", id, i)
				}
				framing, framed := fmt.Sprintf("Content-Length: %d\r\n", len(body)), string(body)
				if rng.Intn(2) == 0 {
					framing, framed = "Transfer-Encoding: chunked\r\n", chunks(body)
				}
				if method == "GET" {
					framing, framed, body = "", "", nil
				}
				whole := method + " / HTTP/1.1\r\nHost: a\r\n" + head + framing + "\r\n" + framed
				cut := min(len(whole), 1+rng.Intn(30_000))
				io.WriteString(c.Conn, whole[:cut])
				go io.WriteString(c.Conn, whole[cut:])
				g, err := c.tryReceive(method)
				switch {
				case err == nil && g.StatusCode == 200 && g.body == hashed(body):
				case method == "POST" && (err != nil || g.StatusCode >= 500):
					c.Close() // the faulty endpoint had it
					c = r.dial(t)
				default:
					t.Errorf("%s with %q and %d bytes: %d %q, %v", method, framing, len(body), g.StatusCode, g.body, err)
					return
				}
				if g.Response != nil && g.Close {
					c.Close()
					c = r.dial(t)
				}
			}
			c.Close()
		})
	}
	clients.Wait()
	close(stop)
	changes.Wait()
	if n := twice.Load(); n != 0 {
		t.Errorf("%d POSTs reached an endpoint twice", n)
	}
	sent := uint64(requests.Load())
	eventually(t, "every request counted", func() bool { return up.Live.Users.Requests() == sent })
	var first uint64
	for _, v := range up.Versions {
		for _, n := range firsts(v) {
			first += n
		}
	}
	if first != sent {
		t.Errorf("%d first attempts for %d requests, want as many", first, sent)
	}
	if n := firsts(up.Versions[0]); n[outcome.OK] == 0 || firsts(up.Versions[1])[outcome.Reset] == 0 {
		t.Errorf("outcomes %v and %v: the faults were not met", n, firsts(up.Versions[1]))
	}
}
