//go:build soak && !race

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// reloads is the step of somebody who changes the file every second, now and then
// into one that must be refused.
func (s *soak) reloads() func() {
	i := 1
	return func() {
		i++
		time.Sleep(time.Second)
		if i%5 == 0 {
			s.w.writeText(strings.Replace(s.w.yaml(s.conf(i)), "stable: v1", "stable: v9", 1))
			if status, _ := s.w.call("POST", "/v1/reload", "", nil); status != http.StatusUnprocessableEntity {
				s.tally.found("reload of a bad file: %d, want 422", status)
			}
			return
		}
		s.w.write(s.conf(i))
		if status, p := s.w.call("POST", "/v1/reload", "", nil); status != http.StatusOK {
			s.tally.found("reload: %d %s", status, p.Detail)
		}
		s.tally.count("reload", "done")
	}
}

// splits is the step of an operator who cannot leave the weights alone.
func (s *soak) splits() func() {
	i := 0
	return func() {
		i++
		time.Sleep(300 * time.Millisecond)
		share := []int{0, 10, 50, 90, 100}[i%5]
		body := fmt.Sprintf(`{"weights":{"v1":%d,"v2":%d}}`, 100-share, share)
		if status, p := s.w.call("PUT", "/v1/upstreams/api/split", body, nil); status != http.StatusOK {
			s.tally.found("split %s: %d %s", body, status, p.Detail)
		}
		s.tally.count("split", "done")
	}
}

// deaths is the step in which one endpoint dies and comes back. It dies only while
// another one of stable is up and stays in the file: those that died before may still
// be ejected, and without anybody left a request has to fail.
func (s *soak) deaths() func() {
	rng := rand.New(rand.NewPCG(1, 2))
	return func() {
		time.Sleep(500*time.Millisecond + time.Duration(rng.IntN(1000))*time.Millisecond)
		m := s.ends[rng.IntN(len(s.ends))]
		if !s.spares(m.addr) {
			s.tally.count("death", "put off")
			return
		}
		from := time.Now()
		s.mu.Lock()
		s.mu.deaths = append(s.mu.deaths, death{who: m.addr, from: from, to: from.Add(time.Hour)})
		s.mu.Unlock()
		m.die()
		time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond)
		m.live(s.t)
		s.mu.Lock()
		s.mu.deaths[len(s.mu.deaths)-1].to = time.Now()
		s.mu.Unlock()
		s.tally.count("death", "done")
	}
}

// spares says that one of stable's endpoints is up beside this one.
func (s *soak) spares(addr string) bool {
	for _, e := range s.w.upstream().Versions[0].Endpoints {
		if e.State == "up" && e.Address != addr && e.Address != s.ends[3].addr {
			return true
		}
	}
	return false
}

// died says that an endpoint fell away between the times: one that had been away
// all along took nothing with it.
func (s *soak) died(from, to time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.mu.deaths {
		if d.from.Before(to) && !d.from.Add(100*time.Millisecond).Before(from) {
			return true
		}
	}
	return false
}

// endpoints says how the endpoints are, for whoever reads of an error.
func (s *soak) endpoints() string {
	var b strings.Builder
	for _, v := range s.w.upstream().Versions {
		for _, e := range v.Endpoints {
			fmt.Fprintf(&b, "%s %s %s ", v.Name, e.Address, e.State)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.mu.deaths); n > 0 {
		d := s.mu.deaths[n-1]
		fmt.Fprintf(&b, "last death: %s from %s to %s", d.who, d.from.Format("05.000"), d.to.Format("05.000"))
	}
	return b.String()
}
