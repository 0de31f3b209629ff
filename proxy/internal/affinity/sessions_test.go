package affinity

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSessions(t *testing.T) {
	var s Sessions
	b := Bounds{Size: 1000, Timeout: time.Minute}
	one, other := KeyOf("v1", []byte("s")), KeyOf("v2", []byte("s"))
	s.Bind(one, "a", false, b, 0)
	if got := s.Find(one, b, 0); got != "" {
		t.Errorf("bound to %q before it began", got)
	}
	s.Bind(one, "a", true, b, 0)
	if got := s.Find(one, b, time.Minute); got != "a" {
		t.Errorf("bound to %q, want a", got)
	}
	if got := s.Find(other, b, 0); got != "" {
		t.Errorf("in another version bound to %q, want nothing", got)
	}
	s.Bind(one, "b", false, b, 2*time.Minute)
	if got := s.Find(one, b, 3*time.Minute); got != "b" {
		t.Errorf("bound to %q, want b: each use counts as the last", got)
	}
	if got := s.Find(one, b, 4*time.Minute+1); got != "" {
		t.Errorf("bound to %q after its time", got)
	}
	if n := s.Len(); n != 0 {
		t.Errorf("%d sessions, want the one that timed out gone", n)
	}
}

// modelled is what a part of the table is, in the most obvious way: sessions in the
// order of their last use.
type modelled struct{ sessions []session }

func (m *modelled) find(k Key, b Bounds, now time.Duration) *session {
	for i, e := range m.sessions {
		if e.key != k {
			continue
		}
		m.sessions = append(m.sessions[:i:i], m.sessions[i+1:]...)
		if now-e.used > b.Timeout {
			return nil
		}
		e.used = now
		m.sessions = append(m.sessions, e)
		return &m.sessions[len(m.sessions)-1]
	}
	return nil
}

func (m *modelled) begin(e session, b Bounds) {
	for range 2 {
		if len(m.sessions) == 0 || len(m.sessions) < b.Size/sessionShards && e.used-m.sessions[0].used <= b.Timeout {
			break
		}
		m.sessions = m.sessions[1:]
	}
	m.sessions = append(m.sessions, e)
}

// TestSessionsModel: the table against lists, under changes of its bounds.
func TestSessionsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Sessions
		models := map[Key]*modelled{}
		b := Bounds{Size: sessionShards, Timeout: 10}
		now := time.Duration(0)
		key := rapid.Custom(func(t *rapid.T) Key { // few parts, so that they fill
			return Key(rapid.IntRange(0, 1).Draw(t, "part") + sessionShards*rapid.IntRange(0, 9).Draw(t, "session"))
		})
		route := rapid.SampledFrom([]string{"a", "b"})
		of := func(k Key) *modelled {
			if models[k%sessionShards] == nil {
				models[k%sessionShards] = &modelled{}
			}
			return models[k%sessionShards]
		}
		t.Repeat(map[string]func(*rapid.T){
			"find": func(t *rapid.T) {
				k, want := key.Draw(t, "key"), ""
				if e := of(k).find(k, b, now); e != nil {
					want = e.route
				}
				if got := s.Find(k, b, now); got != want {
					t.Fatalf("session %d is at %q, want %q", k, got, want)
				}
			},
			"bind": func(t *rapid.T) {
				k, r, begin := key.Draw(t, "key"), route.Draw(t, "route"), rapid.Bool().Draw(t, "begin")
				m := of(k)
				if e := m.find(k, b, now); e != nil {
					e.route = r
				} else if begin {
					m.begin(session{key: k, route: r, used: now}, b)
				}
				s.Bind(k, r, begin, b, now)
			},
			"time passes": func(t *rapid.T) { now += time.Duration(rapid.IntRange(0, 8).Draw(t, "time")) },
			"reload": func(t *rapid.T) {
				b.Size = sessionShards * rapid.IntRange(1, 5).Draw(t, "size")
				b.Timeout = time.Duration(rapid.IntRange(1, 20).Draw(t, "timeout"))
			},
			"": func(t *rapid.T) {
				n := 0
				for _, m := range models {
					n += len(m.sessions)
				}
				if got := s.Len(); got != n {
					t.Fatalf("%d sessions, want %d", got, n)
				}
				checkRings(t, &s)
			},
		})
	})
}

// checkRings proves that every session of a part is in its ring, in both directions.
func checkRings(t *rapid.T, s *Sessions) {
	for i := range s.shards {
		m := &s.shards[i].mu
		if m.at == nil {
			continue
		}
		n := 0
		for at := m.entries[0].older; at != 0; at = m.entries[at].older {
			if m.at[m.entries[at].key] != at || m.entries[m.entries[at].older].newer != at {
				t.Fatalf("entry %d is not where it should be", at)
			}
			n++
		}
		if n != len(m.at) || n != len(m.entries)-1 {
			t.Fatalf("%d in the ring, %d known, %d entries", n, len(m.at), len(m.entries)-1)
		}
	}
}

// TestSessionsAreBounded: never more than there may be, however many come.
func TestSessionsAreBounded(t *testing.T) {
	var s Sessions
	b := Bounds{Size: 1000, Timeout: time.Hour}
	for i := range 20_000 {
		s.Bind(KeyOf("v1", fmt.Append(nil, i)), "a", true, b, 0)
	}
	if n := s.Len(); n > 1000 || n < 900 {
		t.Errorf("%d sessions, want nearly 1000 and not more", n)
	}
}

func TestSessionsOfManyUsers(t *testing.T) {
	var s Sessions
	b := Bounds{Size: 1000, Timeout: time.Hour}
	var wg sync.WaitGroup
	for user := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				k := KeyOf("v1", fmt.Append(nil, user, i%10))
				s.Bind(k, "a", true, b, 0)
				if r := s.Find(k, b, 0); r != "a" && r != "" {
					t.Errorf("bound to %q", r)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkSessionsFind(b *testing.B) {
	var s Sessions
	bounds := Bounds{Size: 100_000, Timeout: time.Hour}
	names := make([][]byte, 50_000)
	for i := range names {
		names[i] = fmt.Appendf(nil, "%032d", i)
		s.Bind(KeyOf("v1", names[i]), "a", true, bounds, 0)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if s.Find(KeyOf("v1", names[i%len(names)]), bounds, 0) == "" {
			b.Fatal("lost")
		}
	}
}
