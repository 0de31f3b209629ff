package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/http1"
)

// rig is a server under test with one upstream "api" behind every route.
type rig struct {
	*Server
	addr   string
	up     *Upstream
	dir    string // for files of the server: it is there until that has ended
	panics uint64 // expected at the end of the test
}

// part describes one version of a rig.
type part struct {
	name      string
	weight    float64
	addresses []string
	shielded  bool
}

// upstreamOf builds an upstream whose first part is stable.
func upstreamOf(t testing.TB, parts ...part) *Upstream {
	t.Helper()
	up := &Upstream{
		Name:     "api",
		Timeouts: Timeouts{Connect: time.Second, Response: 5 * time.Second, Idle: 5 * time.Second},
		Errors:   outcome.NewStatusSet([2]int{500, 599}),
		Live: &UpstreamLive{
			Users:        outcome.NewUsers(),
			ShieldBudget: outcome.NewBudget(1000, 1, 1000),
			Wake:         make(chan struct{}, 1),
		},
	}
	up.Retry.Tries = 2
	up.Retry.Budget = outcome.NewBudget(1000, 1, 1000)
	on, err := ParseRetryOn([]string{"connect", "timeout", "reset", "invalid_answer", "502", "503", "504"})
	if err != nil {
		t.Fatal(err)
	}
	up.Retry.On = on
	var shares []balancer.Share
	for _, p := range parts {
		v := &Version{Name: p.name, Stats: outcome.NewVersion(), Shielded: p.shielded, Shield: &ShieldStats{}}
		var members []balancer.Endpoint
		for _, a := range p.addresses {
			e := NewEndpoint(a, balancer.NewLive(false), &outcome.Endpoint{}, EndpointOptions{})
			v.Endpoints = append(v.Endpoints, e)
			members = append(members, balancer.Endpoint{Address: a, Weight: 1, Live: e.Live})
			t.Cleanup(func() { e.Retire(time.Nanosecond) })
		}
		up.Versions = append(up.Versions, v)
		shares = append(shares, balancer.Share{
			Version: p.name, Weight: p.weight, Candidate: p.shielded,
			Group: balancer.NewGroup(members, balancer.Balance{}, &balancer.Cursor{}),
		})
	}
	if up.Split, err = balancer.NewSplit(shares, 0, &balancer.Sequence{}); err != nil {
		t.Fatal(err)
	}
	return up
}

// start serves the upstream on a free port until the test ends. Each change is made
// to the default policy for clients.
func start(t testing.TB, up *Upstream, o Options, changes ...func(*Clients)) *rig {
	t.Helper()
	return startOn(t, listen(t), up, o, changes...)
}

// startOn is start on a listener.
func startOn(t testing.TB, ln net.Listener, up *Upstream, o Options, changes ...func(*Clients)) *rig {
	t.Helper()
	s := New(o)
	snap, err := NewSnapshot(1, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}})
	if err != nil {
		t.Fatal(err)
	}
	snap.Clients = policy(changes...)
	s.Publish(snap)
	r := &rig{Server: s, addr: ln.Addr().String(), up: up, dir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(ln); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	wg.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		end, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer stop()
		if err := s.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		cancel()
		wg.Wait()
		if n := s.Panics(); n != r.panics {
			t.Errorf("%d connections ended in a panic, want %d", n, r.panics)
		}
		if g := &up.Live.Writes; g.Inflight() != 0 || g.State().Waiting != 0 {
			t.Errorf("%d writes in flight and %d waiting after the end", g.Inflight(), g.State().Waiting)
		}
		for reason := range s.Rejects() {
			if !slices.Contains(append(http1.Reasons(), refusals...), reason) {
				t.Errorf("requests were refused for %q, which is not among what is expected", reason)
			}
		}
		for _, v := range up.Versions {
			for _, e := range v.Endpoints {
				if n := e.Live.Inflight(); n != 0 {
					t.Errorf("endpoint %s: %d attempts in flight after the end", e.Address, n)
				}
			}
		}
	})
	return r
}

// policy is the default one with the changes.
func policy(changes ...func(*Clients)) *Clients {
	p := DefaultClients()
	for _, change := range changes {
		change(&p)
	}
	return &p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// backend is an endpoint on net/http.
func backend(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	ln := listen(t)
	srv := &http.Server{Handler: h}
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(ln) })
	t.Cleanup(func() { srv.Close(); wg.Wait() })
	return ln.Addr().String()
}

// rawBackend is an endpoint written by hand: script gets each connection.
func rawBackend(t testing.TB, script func(nc net.Conn, br *bufio.Reader)) string {
	t.Helper()
	ln := listen(t)
	var mu sync.Mutex
	var open []net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, nc)
			mu.Unlock()
			wg.Go(func() {
				defer nc.Close()
				script(nc, bufio.NewReader(nc))
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for _, nc := range open {
			nc.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return ln.Addr().String()
}

// answering returns a script that answers each request with the same bytes.
func answering(answer string) func(net.Conn, *bufio.Reader) {
	return func(nc net.Conn, br *bufio.Reader) {
		for {
			if _, err := readRequest(br); err != nil {
				return
			}
			if _, err := io.WriteString(nc, answer); err != nil {
				return
			}
		}
	}
}

// readRequest reads one request with its body, as it came.
func readRequest(br *bufio.Reader) (*http.Request, error) {
	req, err := http.ReadRequest(br)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return req, nil
}

// client is a raw connection to a rig.
type client struct {
	t testing.TB
	net.Conn
	br *bufio.Reader
}

func (r *rig) dial(t testing.TB) *client {
	t.Helper()
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t: t, Conn: nc, br: bufio.NewReader(nc)}
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// answer is one answer as a client sees it.
type got struct {
	*http.Response
	body string
}

// receive reads one answer to a request with the method.
func (c *client) receive(method string) got {
	c.t.Helper()
	g, err := c.tryReceive(method)
	if err != nil {
		c.t.Fatalf("receive: %v", err)
	}
	return g
}

func (c *client) tryReceive(method string) (got, error) {
	resp, err := http.ReadResponse(c.br, &http.Request{Method: method})
	if err != nil {
		return got{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return got{resp, string(body)}, err
}

// closed checks that nothing more comes and the connection is over.
func (c *client) closed() {
	c.t.Helper()
	if b, err := c.br.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("read %q, %v, want the end of the connection", b, err)
	}
}

// get sends a GET for the path and reads the answer.
func (c *client) get(path string) got {
	c.t.Helper()
	c.send("GET " + path + " HTTP/1.1\r\nHost: weir.test\r\n\r\n")
	return c.receive("GET")
}

// eventually waits until ok, for at most ten seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func firsts(v *Version) [outcome.NumKinds]uint64 {
	var t outcome.Totals
	v.Stats.Totals(&t)
	return t.First
}

func laters(v *Version) [outcome.NumKinds]uint64 {
	var t outcome.Totals
	v.Stats.Totals(&t)
	return t.Later
}

// receive waits for a value, and fails the test when that takes too long.
func receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Second):
		t.Fatalf("not within 5 s: %s", what)
		panic("unreachable")
	}
}
