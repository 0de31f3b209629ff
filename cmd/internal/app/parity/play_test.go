//go:build !race

package parity

import (
	"fmt"
	"testing"
	"time"
)

// seen is all that is known of one request.
type seen struct {
	answer answer
	sights []sight
}

// play does what the script says with one of the proxies, and returns what became
// of each of its requests, in the script's order.
func play(t *testing.T, c *trial, proxy, address string, backends map[string]string) []seen {
	t.Helper()
	p := &player{t: t, proxy: proxy, log: newLedger(), client: &client{addr: address}, backends: map[string]*backend{}}
	for name, addr := range backends {
		b, err := newBackend(name, addr, p.log)
		if err != nil {
			t.Fatal(err)
		}
		p.backends[name] = b
	}
	defer func() {
		p.client.close()
		for _, b := range p.backends {
			b.stop()
		}
	}()
	for i := range c.script.steps {
		p.step(&c.script.steps[i])
	}
	p.release()
	for i := range p.got {
		p.got[i].sights = p.log.of(p.id(i))
	}
	return p.got
}

// player is a script being played.
type player struct {
	t        *testing.T
	proxy    string
	log      *ledger
	client   *client
	backends map[string]*backend
	got      []seen
	held     []held
}

// held is a request without an answer as yet.
type held struct {
	i    int // of got
	wire *wire
	of   *shots
}

func (p *player) id(i int) string { return fmt.Sprintf("%s-%d", p.proxy, i) }

func (p *player) step(s *step) {
	p.t.Helper()
	switch {
	case s.shots != nil:
		for n := range s.shots.count {
			p.shoot(s, n+1)
		}
	case s.change != nil:
		for _, name := range s.change.names {
			b := p.backends[name]
			if b == nil {
				p.t.Fatalf("line %d: no backend %s in the files", s.line, name)
			}
			if err := b.change(s.change.does); err != nil {
				p.t.Fatal(err)
			}
		}
	case s.release:
		p.release()
	default:
		time.Sleep(s.wait) // what it waits for is the proxy's clock
	}
}

func (p *player) shoot(s *step, n int) {
	p.t.Helper()
	i := len(p.got)
	p.got = append(p.got, seen{})
	w, err := p.client.send(s.shots, n, p.id(i))
	if err != nil {
		p.t.Fatalf("line %d, %s: %v", s.line, p.proxy, err)
	}
	if !s.shots.behind && !s.shots.leaves {
		p.got[i].answer = p.client.receive(w, s.shots)
		return
	}
	p.eventually(s, "a backend has the request", func() bool { return len(p.log.of(p.id(i))) > 0 })
	if s.shots.leaves {
		w.Close()
		p.eventually(s, "the backend sees that the client has left", func() bool { return p.log.hasLeft(p.id(i)) })
		return
	}
	p.held = append(p.held, held{i, w, s.shots})
}

// release lets held requests go, and reads their answers.
func (p *player) release() {
	for _, b := range p.backends {
		b.release()
	}
	for _, h := range p.held {
		p.got[h.i].answer = p.client.receive(h.wire, h.of)
	}
	p.held = nil
}

func (p *player) eventually(s *step, what string, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	p.t.Fatalf("line %d, %s: not seen within %v: %s", s.line, p.proxy, patience, what)
}
