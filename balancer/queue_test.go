package balancer

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// bounded is a version of so many endpoints, each with a bound.
func bounded(endpoints, bound int) Share {
	g := make([]Endpoint, endpoints)
	for i := range g {
		g[i] = Endpoint{Address: fmt.Sprint(i), Weight: 1, MaxConns: bound, Live: NewLive(false)}
	}
	return Share{Weight: 1, Group: NewGroup(g, Balance{}, &Cursor{})}
}

func splitOf(t rapid.TB, shares ...Share) *Split {
	s, err := NewSplit(shares, 0, &Sequence{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEnterStopsAtTheBound(t *testing.T) {
	s := splitOf(t, bounded(3, 2))
	var at [3]int
	for range 6 {
		e := s.Enter(0, nil)
		if e < 0 {
			t.Fatalf("Enter = %d with %v in flight, want room for 6", e, at)
		}
		at[e]++
	}
	if e := s.Enter(0, nil); e != Full {
		t.Errorf("Enter = %d with %v in flight, want Full", e, at)
	}
	for _, e := range s.Shares()[0].Group.Endpoints() {
		e.Live.SetEjected(true)
	}
	if e := s.Enter(0, nil); e != Full {
		t.Errorf("Enter = %d with all ejected and full, want Full", e)
	}
	for _, e := range s.Shares()[0].Group.Endpoints() {
		e.Live.SetAdmin(Drain)
	}
	if e := s.Enter(0, nil); e != -1 {
		t.Errorf("Enter = %d with all drained, want -1", e)
	}
}

// TestRetryDoesNotLeaveAFullVersion: a bound moves no request to another version.
func TestRetryDoesNotLeaveAFullVersion(t *testing.T) {
	s := splitOf(t, bounded(1, 0), bounded(2, 1))
	var ask Ask
	ask.Tried.Add(s.Shares()[1].Group.Endpoints()[0].Live)
	s.Shares()[1].Group.Endpoints()[1].Live.Begin()
	if v, e := s.Retry(1, &ask); v != 1 || e != Full {
		t.Errorf("Retry = %d, %d, want version 1, Full", v, e)
	}
}

// queueModel is what a Queue must do, seen from outside.
type queueModel struct {
	t       *rapid.T
	q       *Queue
	split   *Split
	waiting []*Waiter // in order of arrival
	version map[*Waiter]int
	begun   []Grant
}

func (m *queueModel) room(v int) bool {
	seats := m.split.shares[v].Group.seats
	for i := range seats {
		if s := &seats[i]; s.live.Usable() && s.hasRoom() {
			return true
		}
	}
	return false
}

// settle takes what was granted, and checks everything.
func (m *queueModel) settle() {
	var left []*Waiter
	passed := map[int]bool{} // versions in which somebody still waits
	for _, w := range m.waiting {
		select {
		case <-w.Granted():
			g := w.Grant()
			if g.Split == nil {
				m.t.Fatal("told to choose again although something is usable")
			}
			if passed[g.Version] && m.version[w] == g.Version {
				m.t.Fatal("granted before one who came earlier")
			}
			m.begun = append(m.begun, g)
		default:
			left = append(left, w)
			passed[m.version[w]] = true
		}
	}
	m.waiting = left
	if n := m.q.Len(); n != len(left) {
		m.t.Fatalf("Len = %d, want %d", n, len(left))
	}
	for v := range passed {
		if m.room(v) {
			m.t.Fatalf("somebody waits for version %d, which has room", v)
		}
	}
	for v := range m.split.shares {
		for i := range m.split.shares[v].Group.endpoints {
			if e := &m.split.shares[v].Group.endpoints[i]; e.Live.Inflight() > int64(e.MaxConns) {
				m.t.Fatalf("%d in flight at an endpoint with a bound of %d", e.Live.Inflight(), e.MaxConns)
			}
		}
	}
}

// TestQueueModel: first come first served within a version, nobody waits beside
// room, nobody is forgotten, and no bound is ever exceeded.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := []Share{bounded(rapid.IntRange(1, 3).Draw(t, "a"), 2), bounded(rapid.IntRange(1, 3).Draw(t, "b"), 1)}
		m := &queueModel{t: t, q: &Queue{}, split: splitOf(t, shares...), version: map[*Waiter]int{}}
		most := rapid.IntRange(0, 6).Draw(t, "size")
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				v := m.split.Choose(nil)
				if m.q.Len() == 0 {
					if e := m.split.Enter(v, nil); e >= 0 {
						m.begun = append(m.begun, Grant{m.split, v, e})
						return
					}
				}
				w := NewWaiter()
				was := len(m.waiting)
				room := m.room(v)
				if joined := m.q.Join(w, nil, m.split, v, most); joined != (was < most || room) {
					t.Fatalf("Join beside %d of %d, room %v = %v", was, most, room, joined)
				} else if joined {
					m.waiting, m.version[w] = append(m.waiting, w), v
				}
			},
			"leave": func(t *rapid.T) {
				if len(m.waiting) == 0 {
					t.Skip("nobody waits")
				}
				i := rapid.IntRange(0, len(m.waiting)-1).Draw(t, "who")
				if !m.q.Leave(m.waiting[i]) {
					t.Fatal("Leave of one who was granted nothing = false")
				}
				m.waiting = append(m.waiting[:i:i], m.waiting[i+1:]...)
			},
			"end": func(t *rapid.T) {
				if len(m.begun) == 0 {
					t.Skip("nothing in flight")
				}
				i := rapid.IntRange(0, len(m.begun)-1).Draw(t, "which")
				g := m.begun[i]
				m.begun = append(m.begun[:i], m.begun[i+1:]...)
				g.Split.shares[g.Version].Group.endpoints[g.Endpoint].Live.End()
				m.q.Serve()
			},
			"eject": func(t *rapid.T) {
				v := rapid.IntRange(0, 1).Draw(t, "version")
				es := m.split.shares[v].Group.endpoints
				i := rapid.IntRange(0, len(es)-1).Draw(t, "endpoint")
				es[i].Live.SetEjected(!es[i].Live.Ejected())
				m.split.shares[v].Group.Rebuild()
				if !m.split.anyUsable() {
					es[i].Live.SetEjected(false)
					m.split.shares[v].Group.Rebuild()
				}
				m.q.Serve()
				m.moved()
			},
			"publish": func(t *rapid.T) {
				m.split = splitOf(t, shares...)
				m.q.Follow(m.split)
				m.moved()
			},
			"": func(*rapid.T) { m.settle() },
		})
		for _, w := range m.waiting {
			m.q.Leave(w)
		}
		for _, g := range m.begun {
			g.Split.shares[g.Version].Group.endpoints[g.Endpoint].Live.End()
		}
		for _, s := range shares {
			for _, e := range s.Group.endpoints {
				if n := e.Live.Inflight(); n != 0 {
					t.Fatalf("%d in flight after the end", n)
				}
			}
		}
	})
}

// moved learns which versions those who wait were given.
func (m *queueModel) moved() {
	for v, l := range m.q.mu.lines {
		for w := l.first; w != nil; w = w.next {
			m.version[w] = v
		}
	}
}

// TestQueueTellsWhenNothingIsUsable: who waits must not wait for what is gone.
func TestQueueTellsWhenNothingIsUsable(t *testing.T) {
	s := splitOf(t, bounded(1, 1))
	live := s.shares[0].Group.endpoints[0].Live
	live.Begin()
	q, w := &Queue{}, NewWaiter()
	q.Join(w, nil, s, 0, 1)
	live.SetAdmin(Down)
	q.Serve()
	select {
	case <-w.Granted():
	default:
		t.Fatal("nothing granted")
	}
	if g := w.Grant(); g != (Grant{}) || q.Leave(w) || q.Len() != 0 {
		t.Errorf("granted %+v with %d waiting, want the word to choose again", g, q.Len())
	}
}

// TestFullQueueOfOneVersionKeepsNobodyFromAnother: a version whose endpoints hang
// fills the queue with its own requests, and must not take the others with it.
func TestFullQueueOfOneVersionKeepsNobodyFromAnother(t *testing.T) {
	s := splitOf(t, bounded(1, 1), bounded(1, 1))
	s.Take(1, 0)
	q, slow := &Queue{}, NewWaiter()
	if !q.Join(slow, nil, s, 1, 1) {
		t.Fatal("no place in an empty queue")
	}
	w := NewWaiter()
	if !q.Join(w, nil, s, 0, 1) {
		t.Fatal("refused for a version that has room")
	}
	<-w.Granted()
	if g := w.Grant(); g.Version != 0 || q.Len() != 1 {
		t.Errorf("granted %+v beside %d waiting, want version 0 beside one", g, q.Len())
	}
	if q.Join(w, nil, s, 0, 1) || q.Join(w, nil, s, 1, 1) || q.Len() != 1 {
		t.Errorf("joined a full queue without room, %d wait", q.Len())
	}
	s.shares[1].Group.endpoints[0].Live.End()
	if q.Serve(); q.Len() != 0 {
		t.Error("who came first was forgotten")
	}
}

// TestTrippedVersionsLineMovesOn: a revert takes those along who wait.
func TestTrippedVersionsLineMovesOn(t *testing.T) {
	stable, candidate := bounded(1, 1), bounded(1, 1)
	candidate.Trip = &Trip{}
	s := splitOf(t, stable, candidate)
	candidate.Group.endpoints[0].Live.Begin()
	q, w := &Queue{}, NewWaiter()
	q.Join(w, nil, s, 1, 1)
	candidate.Trip.Set()
	q.Serve()
	<-w.Granted()
	if g := w.Grant(); g.Version != 0 {
		t.Errorf("granted %+v, want stable", g)
	}
}

// TestQueueUnderLoad: many at once, with bounds that are never exceeded and no
// wake-up that gets lost: there is nobody here who looks again later.
func TestQueueUnderLoad(t *testing.T) {
	s := splitOf(t, bounded(2, 3), bounded(1, 2))
	q := &Queue{}
	var served, refused, left atomic.Int64
	var wg sync.WaitGroup
	for worker := range 32 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(worker)))
			w := NewWaiter()
			for range 500 {
				v := s.Choose(nil)
				e := -1
				if q.Len() == 0 {
					e = s.Enter(v, nil)
				}
				if e < 0 {
					if !q.Join(w, nil, s, v, 20) {
						refused.Add(1)
						continue
					}
					if rng.IntN(10) == 0 && q.Leave(w) {
						left.Add(1)
						continue
					}
					<-w.Granted()
					v, e = w.Grant().Version, w.Grant().Endpoint
				}
				at := &s.shares[v].Group.endpoints[e]
				if n := at.Live.Inflight(); n > int64(at.MaxConns) {
					t.Errorf("%d in flight, more than %d", n, at.MaxConns)
				}
				for range rng.IntN(3) {
					runtime.Gosched()
				}
				served.Add(1)
				at.Live.End()
				q.Serve()
			}
		})
	}
	wg.Wait()
	if n := served.Load() + refused.Load() + left.Load(); n != 32*500 || q.Len() != 0 {
		t.Errorf("%d served, %d refused, %d left, %d still waiting: want all of %d", served.Load(), refused.Load(), left.Load(), q.Len(), 32*500)
	}
	t.Logf("%d served, %d refused, %d left", served.Load(), refused.Load(), left.Load())
}
