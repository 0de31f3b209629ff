//go:build soak && !race

package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The soak runs the real program for a long time under everything at once, and
// looks for two things: an error that nobody can explain, and growth. `make soak`
// runs it for ten minutes of traffic, SOAK=30s make soak for as long as that says.
//
// What may fail is said here, before anything runs:
//
//   - A request that its client itself breaks off, or that is no HTTP. Nothing is
//     expected of it but that others do not notice.
//   - A POST, while an endpoint died under it: it is not repeated.
//   - A download whose answer had begun, and a tunnel, while an endpoint died.
//
// All else must succeed: every GET of a small answer whatever dies, everything
// under reloads good and bad, split changes, endpoints that come and go.
type soak struct {
	t    *testing.T
	w    *weir
	ends []*mortal
	rest *backend // alone in the file while the program is looked at

	tally tally
	users int
	still atomic.Int64 // users at rest

	mu struct {
		sync.Mutex
		hold   chan struct{} // closed when the rest is over; nil: no rest
		over   bool
		deaths []death
	}
	wg sync.WaitGroup
}

// death is a time in which an endpoint was not there.
type death struct {
	who      string
	from, to time.Time
}

const (
	soakLength  = 10 * time.Minute
	soakTunnels = 4
	soakUsers   = 24
)

func TestSoak(t *testing.T) {
	length := soakLength
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SOAK: %v", err)
		}
	}
	s := newSoak(t)
	s.w.run(s.parked())
	s.wake(0)
	s.start()
	defer s.tally.report(t)
	defer s.end()

	s.during(length / 4)
	s.sleep()
	warm := s.look("warm")
	s.wake(1)
	s.during(length - length/4)
	s.sleep()
	end := s.look("end")
	end.compare(t, warm)
	s.w.stop()
	if log, err := os.ReadFile(s.w.logFile()); err != nil || strings.Contains(string(log), "panic") {
		t.Errorf("the log tells of a panic (%v)", err)
	}
}

func newSoak(t *testing.T) *soak {
	s := &soak{t: t, w: newWeir(t), rest: newBackend(t)}
	for range 6 {
		s.ends = append(s.ends, newMortal(t))
	}
	return s
}

// start lets everybody begin.
func (s *soak) start() {
	for i := range soakUsers {
		v := newVisitor(s, i)
		s.user(v.visit, v.hangUp)
	}
	for i := range soakTunnels {
		v := newVisitor(s, 1000+i)
		s.user(v.tunnel, v.hangUp)
	}
	for _, step := range []func(){s.reloads(), s.splits(), s.deaths()} {
		s.user(step, func() {})
	}
}

// user repeats a step until the end, with rests before which it lets go of what it
// holds.
func (s *soak) user(step, letGo func()) {
	s.users++
	s.wg.Go(func() {
		defer letGo()
		for s.pause(letGo) {
			step()
		}
		s.still.Add(1)
	})
}

// pause waits while there is a rest; false at the end.
func (s *soak) pause(letGo func()) bool {
	s.mu.Lock()
	hold, over := s.mu.hold, s.mu.over
	s.mu.Unlock()
	if hold != nil && !over {
		letGo()
		s.still.Add(1)
		<-hold
		s.still.Add(-1)
		return s.pause(letGo)
	}
	return !over
}

// resting says that a long step should come to its end.
func (s *soak) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.hold != nil || s.mu.over
}

// during waits, and ends early when something was found.
func (s *soak) during(d time.Duration) {
	for until := time.Now().Add(d); time.Now().Before(until) && s.tally.unexplained() == 0; time.Sleep(100 * time.Millisecond) {
	}
}

// sleep stops all traffic and takes the endpoints out of the file.
func (s *soak) sleep() {
	s.mu.Lock()
	s.mu.hold = make(chan struct{})
	s.mu.Unlock()
	eventually(s.t, "everybody rests", func() bool { return s.still.Load() == int64(s.users) })
	s.w.write(s.parked())
	s.w.must("POST", "/v1/reload", "", nil)
}

// wake puts the endpoints back and lets the traffic go on.
func (s *soak) wake(i int) {
	s.w.write(s.conf(i))
	s.w.must("POST", "/v1/reload", "", nil)
	eventually(s.t, "endpoints up", func() bool { return s.spares(s.ends[0].addr) && s.spares(s.ends[1].addr) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.hold != nil {
		close(s.mu.hold)
		s.mu.hold = nil
	}
}

func (s *soak) end() {
	s.mu.Lock()
	s.mu.over = true
	if s.mu.hold != nil {
		close(s.mu.hold)
		s.mu.hold = nil
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// conf is the i-th configuration: an endpoint of v1 comes and goes, and so does a
// setting.
func (s *soak) conf(i int) conf {
	first := []string{s.ends[0].addr, s.ends[1].addr, s.ends[2].addr}
	if i%2 == 0 {
		first = append(first, s.ends[3].addr)
	}
	return conf{
		versions: []version{one("v1", 60, first...), one("v2", 40, s.ends[4].addr, s.ends[5].addr)},
		extra: fmt.Sprintf(`health: {active: {path: /health, interval: 200ms, timeout: 1s, rise: 1, fall: 2}}
timeouts: {connect: 1s, response: %ds, idle: 20s, drain: 10s}
retry: {tries: 3, on: [connect, timeout, reset, 502, 503, 504], budget: 100%%}
`, 20+i%3),
	}
}

func (s *soak) parked() conf {
	return conf{
		versions: []version{one("v1", 60, s.rest.addr), one("v2", 40, s.rest.addr)},
		extra:    "health: {active: {path: /health, interval: 200ms, timeout: 1s, rise: 1, fall: 2}}",
	}
}
