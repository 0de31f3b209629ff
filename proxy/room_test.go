package proxy

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// bound gives the endpoints of an upstream a bound and the upstream a queue.
func bound(t testing.TB, up *Upstream, most int, q Queue) *Upstream {
	t.Helper()
	var shares []balancer.Share
	for _, s := range up.Split.Shares() {
		var members []balancer.Endpoint
		for _, e := range s.Group.Endpoints() {
			e.MaxConns = most
			members = append(members, e)
		}
		s.Group = balancer.NewGroup(members, balancer.Balance{}, &balancer.Cursor{})
		shares = append(shares, s)
	}
	split, err := balancer.NewSplit(shares, up.Split.Stable(), &balancer.Sequence{})
	if err != nil {
		t.Fatal(err)
	}
	next := *up
	next.Split, next.Queue = split, q
	if next.Live.Queue == nil {
		next.Live.Queue = &balancer.Queue{}
	}
	return &next
}

// gate is a backend that holds every request until it is let go.
type gate struct {
	addr    string
	inside  atomic.Int64
	most    atomic.Int64 // that were ever inside
	reached atomic.Int64
	pass    chan struct{}
}

func newGate(t testing.TB) *gate {
	g := &gate{pass: make(chan struct{})}
	g.addr = backend(t, func(w http.ResponseWriter, r *http.Request) {
		n := g.inside.Add(1)
		defer g.inside.Add(-1)
		for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
		}
		g.reached.Add(1)
		select {
		case <-g.pass:
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
		fmt.Fprint(w, r.URL.Path)
	})
	return g
}

// refusedFor checks one of Weir's own answers for want of room.
func refusedFor(t *testing.T, g got, reason string) {
	t.Helper()
	if g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != reason || g.Header.Get("Retry-After") == "" || g.Close {
		t.Errorf("%d %v, want 503 %s with Retry-After on a connection that stays", g.StatusCode, g.Header, reason)
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

func TestMaxConnsWithoutAQueue(t *testing.T) {
	at := newGate(t)
	up := bound(t, one(t, at.addr), 1, Queue{})
	r := start(t, up, Options{})
	a, b := r.dial(t), r.dial(t)
	a.send(get("/a"))
	eventually(t, "one in flight", func() bool { return at.inside.Load() == 1 })
	refusedFor(t, b.get("/b"), "max_conns")
	at.pass <- struct{}{}
	if g := a.receive("GET"); g.body != "/a" {
		t.Errorf("%d %q, want the answer", g.StatusCode, g.body)
	}
	eventually(t, "it is over", func() bool { return up.Versions[0].Endpoints[0].Live.Inflight() == 0 })
	b.send(get("/b")) // the same connection goes on
	at.pass <- struct{}{}
	if g := b.receive("GET"); g.body != "/b" {
		t.Errorf("%d %q, want the answer", g.StatusCode, g.body)
	}
	if n := at.reached.Load(); n != 2 || at.most.Load() != 1 {
		t.Errorf("%d requests reached the endpoint, %d at once, want 2 one by one", n, at.most.Load())
	}
	eventually(t, "3 requests over", func() bool { return up.Live.Users.Requests() == 3 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 2} {
		t.Errorf("outcomes %v: want nothing for the one that found no room", f)
	}
	if n := r.Rejects()["max_conns"]; n != 1 {
		t.Errorf("rejects %v, want one max_conns", r.Rejects())
	}
}

// TestQueue: first come first served, the one too many is refused at once, and
// whoever waits too long gets an answer that is nobody's failure.
func TestQueue(t *testing.T) {
	at := newGate(t)
	up := bound(t, one(t, at.addr), 1, Queue{Size: 2, Timeout: time.Minute})
	r := start(t, up, Options{})
	clients := make([]*client, 4)
	for i := range clients {
		clients[i] = r.dial(t)
	}
	clients[0].send(get("/0"))
	eventually(t, "one in flight", func() bool { return at.inside.Load() == 1 })
	for i := 1; i <= 2; i++ {
		clients[i].send(get(fmt.Sprint("/", i)))
		eventually(t, "it waits", func() bool { return up.Live.Queue.Len() == i })
	}
	refusedFor(t, clients[3].get("/3"), "queue_full")
	for i := range 3 {
		at.pass <- struct{}{}
		if g := clients[i].receive("GET"); g.body != fmt.Sprint("/", i) {
			t.Errorf("client %d: %d %q, want its answer", i, g.StatusCode, g.body)
		}
	}
	if at.most.Load() != 1 || up.Live.Queue.Len() != 0 {
		t.Errorf("%d at once and %d waiting, want one by one and nobody", at.most.Load(), up.Live.Queue.Len())
	}
}

func TestQueueTimeout(t *testing.T) {
	at := newGate(t)
	up := bound(t, one(t, at.addr), 1, Queue{Size: 2, Timeout: 30 * time.Millisecond})
	r := start(t, up, Options{})
	a, b := r.dial(t), r.dial(t)
	a.send(get("/a"))
	eventually(t, "one in flight", func() bool { return at.inside.Load() == 1 })
	refusedFor(t, b.get("/b"), "queue_timeout")
	if up.Live.Queue.Len() != 0 {
		t.Error("the one that gave up still has its place")
	}
	at.pass <- struct{}{}
	a.receive("GET")
	eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
		t.Errorf("outcomes %v: want nothing for the one that waited in vain", f)
	}
	if n := up.Versions[0].Endpoints[0].Stats.Counts(); n.First != 1 || n.FirstFailed != 0 {
		t.Errorf("endpoint %+v, want nothing against it", n)
	}
}

// TestQueuedRequestsFollowTheSnapshot: version and endpoint are those of the
// moment at which the request leaves the queue.
func TestQueuedRequestsFollowTheSnapshot(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, r *rig, up *Upstream){
		"a trip": func(_ *testing.T, _ *rig, up *Upstream) { up.Split.Shares()[1].Trip.Set() },
		"another split": func(t *testing.T, r *rig, up *Upstream) {
			shares := append([]balancer.Share(nil), up.Split.Shares()...)
			shares[0].Weight, shares[1].Weight = 1, 0
			next := *up
			var err error
			if next.Split, err = balancer.NewSplit(shares, 0, &balancer.Sequence{}); err != nil {
				t.Fatal(err)
			}
			publish(t, r, &next)
		},
		"a raised bound": func(t *testing.T, r *rig, up *Upstream) { publish(t, r, bound(t, up, 2, up.Queue)) },
		"no bound":       func(t *testing.T, r *rig, up *Upstream) { publish(t, r, bound(t, up, 0, Queue{})) },
		"no endpoint": func(_ *testing.T, _ *rig, up *Upstream) {
			for _, v := range up.Versions {
				v.Endpoints[0].Live.SetAdmin(balancer.Down)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			stable, candidate := newGate(t), newGate(t)
			close(stable.pass)
			up := upstreamOf(t,
				part{name: "v1", weight: 0, addresses: []string{stable.addr}},
				part{name: "v2", weight: 1, addresses: []string{candidate.addr}})
			up.Split.Shares()[1].Trip = &balancer.Trip{}
			up = bound(t, up, 1, Queue{Size: 5, Timeout: time.Minute})
			r := start(t, up, Options{})
			a, b := r.dial(t), r.dial(t)
			a.send(get("/a"))
			eventually(t, "one in flight", func() bool { return candidate.inside.Load() == 1 })
			b.send(get("/b"))
			eventually(t, "one waits", func() bool { return up.Live.Queue.Len() == 1 })
			change(t, r, up)
			switch name {
			case "a raised bound", "no bound":
				eventually(t, "both in flight", func() bool { return candidate.inside.Load() == 2 })
				close(candidate.pass)
				b.receive("GET")
			case "no endpoint":
				if g := b.receive("GET"); g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "no_endpoint" {
					t.Errorf("%d %v, want 503 no_endpoint", g.StatusCode, g.Header)
				}
				close(candidate.pass)
			default:
				if g := b.receive("GET"); g.StatusCode != 200 || stable.reached.Load() != 1 {
					t.Errorf("%d, stable had %d, want it there", g.StatusCode, stable.reached.Load())
				}
				close(candidate.pass)
			}
			a.receive("GET")
			if n := up.Live.Queue.Len(); n != 0 {
				t.Errorf("%d wait after all is answered", n)
			}
		})
	}
}

// TestQueuedRequestsHaveTheKeyOfTheSnapshot: what an upstream knows its requests by may
// be another thing when one leaves the queue than when it came.
func TestQueuedRequestsHaveTheKeyOfTheSnapshot(t *testing.T) {
	for name, most := range map[string]int{"a raised bound": 5, "no bound": 0, "the same bound": 1} {
		t.Run(name, func(t *testing.T) {
			gates := []*gate{newGate(t), newGate(t)}
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{gates[0].addr, gates[1].addr}})
			by := func(key string, most int) *Upstream {
				next := bound(t, up, most, Queue{Size: 5, Timeout: time.Minute})
				return balancedBy(t, next, balancer.Balance{Algorithm: balancer.Hash}, "$query_"+key)
			}
			before := by("a", 1)
			home := func(key string) int {
				return before.Split.Shares()[0].Group.Pick(&balancer.Ask{Key: []byte(key)}, false)
			}
			keys := [2]string{}
			for i := 0; keys[0] == "" || keys[1] == ""; i++ {
				keys[home(fmt.Sprint(i))] = fmt.Sprint(i)
			}
			r := start(t, before, Options{})
			clients := []*client{r.dial(t), r.dial(t), r.dial(t)}
			for i := range gates {
				clients[i].send(get("/?a=" + keys[i]))
				eventually(t, "one in flight at each", func() bool { return gates[i].inside.Load() == 1 })
			}
			clients[2].send(get("/?a=" + keys[0] + "&b=" + keys[1]))
			eventually(t, "one waits", func() bool { return up.Live.Queue.Len() == 1 })
			publish(t, r, by("b", most))
			if most == 1 {
				gates[1].pass <- struct{}{}
			}
			eventually(t, "it has left the queue", func() bool { return gates[0].reached.Load()+gates[1].reached.Load() == 3 })
			if n := gates[1].reached.Load(); n != 2 {
				t.Errorf("%d requests at the endpoint of the new key, want 2", n)
			}
			for _, g := range gates {
				close(g.pass)
			}
			for _, c := range clients {
				c.receive("GET")
			}
		})
	}
}

func publish(t *testing.T, r *rig, up *Upstream) {
	t.Helper()
	snap, err := NewSnapshot(r.Snapshot().Generation+1, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}})
	if err != nil {
		t.Fatal(err)
	}
	r.Publish(snap)
}

// TestRetriesRespectTheBound: a retry that finds no room is none, it waits for
// nothing and goes to no other version.
func TestRetriesRespectTheBound(t *testing.T) {
	for _, shielded := range []bool{false, true} {
		t.Run(fmt.Sprint("shielded ", shielded), func(t *testing.T) {
			f, at := newFailing(t, "reset"), newGate(t)
			parts := []part{{name: "v1", weight: 1, addresses: []string{f.addr, at.addr}}}
			if shielded {
				parts = []part{
					{name: "v1", weight: 0, addresses: []string{at.addr}},
					{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true},
				}
			}
			up := bound(t, upstreamOf(t, parts...), 1, Queue{Size: 1, Timeout: time.Minute})
			r := start(t, up, Options{})
			busy := up.Versions[0].Endpoints[len(up.Versions[0].Endpoints)-1].Live
			busy.Begin()
			defer busy.End()
			if g := r.dial(t).get("/"); g.StatusCode != 502 {
				t.Errorf("%d, want the failure as it is", g.StatusCode)
			}
			if n := at.reached.Load(); n != 0 {
				t.Errorf("%d requests reached the full endpoint", n)
			}
		})
	}
}

// TestMaxConnsIsNeverExceeded, whatever is published meanwhile and whoever fails,
// and nobody is forgotten in the queue.
func TestMaxConnsIsNeverExceeded(t *testing.T) {
	const most = 3
	var over atomic.Int64
	serve := func(faulty bool) http.HandlerFunc {
		var inside atomic.Int64
		return func(w http.ResponseWriter, _ *http.Request) {
			if inside.Add(1) > most {
				over.Add(1)
			}
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
			inside.Add(-1)
			if faulty && rand.IntN(3) == 0 {
				w.WriteHeader(503)
			}
		}
	}
	up := upstreamOf(t,
		part{name: "v1", weight: 80, addresses: []string{backend(t, serve(false)), backend(t, serve(false))}},
		part{name: "v2", weight: 20, addresses: []string{backend(t, serve(true))}, shielded: true})
	q := Queue{Size: 10, Timeout: 10 * time.Second}
	up = bound(t, up, most, q)
	r := start(t, up, Options{})
	stop := make(chan struct{})
	var changes, clients sync.WaitGroup
	changes.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
			publish(t, r, bound(t, up, most, q))
			l := up.Versions[0].Endpoints[rand.IntN(2)].Live
			l.SetEjected(true)
			time.Sleep(time.Millisecond)
			l.SetEjected(false)
		}
	})
	var served, full atomic.Int64
	for range 30 {
		clients.Go(func() {
			c := r.dial(t)
			for range 60 {
				switch g := c.get("/"); {
				case g.StatusCode == 200:
					served.Add(1)
				case g.Header.Get("X-Weir-Reason") == "queue_full":
					full.Add(1)
				case g.StatusCode != 503:
					t.Errorf("%d %v", g.StatusCode, g.Header)
				}
			}
			c.Close()
		})
	}
	clients.Wait()
	close(stop)
	changes.Wait()
	if n := over.Load(); n != 0 {
		t.Errorf("an endpoint had more than %d requests in flight %d times", most, n)
	}
	if served.Load() == 0 || full.Load() == 0 || up.Live.Queue.Len() != 0 {
		t.Errorf("%d served, %d found the queue full, %d wait: want some, some and nobody", served.Load(), full.Load(), up.Live.Queue.Len())
	}
}

// TestClientThatLeavesTheQueue frees its place at once.
func TestClientThatLeavesTheQueue(t *testing.T) {
	onlyLinux(t)
	at := newGate(t)
	up := bound(t, one(t, at.addr), 1, Queue{Size: 1, Timeout: time.Minute})
	r := start(t, up, Options{})
	a, b := r.dial(t), r.dial(t)
	a.send(get("/a"))
	eventually(t, "one in flight", func() bool { return at.inside.Load() == 1 })
	b.send(get("/b"))
	eventually(t, "one waits", func() bool { return up.Live.Queue.Len() == 1 })
	b.Close()
	eventually(t, "nobody waits", func() bool { return up.Live.Queue.Len() == 0 })
	eventually(t, "its connection is over", func() bool { return r.Connections() == 1 })
	at.pass <- struct{}{}
	a.receive("GET")
	if n := at.reached.Load(); n != 1 {
		t.Errorf("%d requests reached the endpoint, want the one that did not leave", n)
	}
}
