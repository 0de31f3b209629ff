//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// serial is an endpoint that knows in which order requests were sent to it: each has a
// connection of its own, and connections are accepted in the order in which they were
// made. Weir makes the next one when the head before is sent. (What comes on connections
// that stay is read as the scheduler likes.)
type serial struct {
	addr string
	mu   sync.Mutex
	log  []string // ids of writes, by connection; "" is something else
}

func newSerial(t *testing.T) *serial {
	t.Helper()
	ln := ground.Listen(t)
	s := &serial{addr: ln.Addr().String()}
	var wg sync.WaitGroup
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			place := len(s.log)
			s.log = append(s.log, "")
			s.mu.Unlock()
			wg.Go(func() {
				defer c.Close()
				if c.SetDeadline(time.Now().Add(patience)) == nil {
					s.serve(bufio.NewReader(c), c, place)
				}
			})
		}
	})
	return s
}

func (s *serial) serve(in *bufio.Reader, out io.Writer, place int) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return // one that was made for later
	}
	if r.Method == http.MethodPost {
		s.mu.Lock()
		s.log[place] = r.Header.Get("X-Id")
		s.mu.Unlock()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Backend: %s\r\nX-Body-Hash: %s\r\nContent-Length: %d\r\n\r\n%s", s.addr, hash(body), len(body), body)
}

// writes are the ids in their order.
func (s *serial) writes() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.log {
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// sequence is writes at a rate of which it is known in which order they came to wait: ten
// are sent at a time, and while writes are held the next ten only when all of those
// before are seen to wait. It sends while until is called, which is the test's goroutine.
type sequence struct {
	t     *testing.T
	w     *weir
	rate  int
	c     *client
	start time.Time
	sent  int
	era   int            // how often all that were sent have been seen to wait
	of    map[string]int // the era in which a write was sent

	answered sync.WaitGroup
	mu       sync.Mutex
	shots    []shot
}

func newSequence(t *testing.T, w *weir, rate int) *sequence {
	o := &sequence{t: t, w: w, rate: rate, c: &client{addr: w.web}, start: time.Now(), of: map[string]int{}}
	t.Cleanup(func() { o.answered.Wait(); o.c.close() })
	return o
}

// until sends on until that is so.
func (o *sequence) until(what string, ok func() bool) {
	o.t.Helper()
	for began := time.Now(); ; {
		o.ten()
		if ok() {
			return
		}
		if time.Since(began) > patience {
			o.t.Fatalf("no %s within %v", what, patience)
		}
	}
}

func (o *sequence) ten() {
	const n = 10
	intended := o.start.Add(time.Duration(o.sent+n) * time.Second / time.Duration(o.rate))
	time.Sleep(time.Until(intended))
	for range n {
		o.sent++
		i := o.sent
		id := fmt.Sprintf("w-%d", i)
		o.of[id] = o.era
		o.answered.Go(func() {
			s := o.c.do(id, http.MethodPost, payload(i), intended)
			o.mu.Lock()
			o.shots = append(o.shots, s)
			o.mu.Unlock()
		})
	}
	eventually(o.t, "the last writes wait", func() bool {
		answered := o.sofar()
		h := o.w.upstream().Writes.Hold
		if h == nil || !h.InForce {
			return true
		}
		if !h.Drained || h.Waiting < o.sent-answered {
			return false
		}
		o.era++
		return true
	})
}

// sofar counts the answers.
func (o *sequence) sofar() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.shots)
}

// end waits for all answers.
func (o *sequence) end() []shot {
	o.answered.Wait()
	return o.shots
}

// check compares the order in which they were sent to an endpoint.
func (o *sequence) check(ids []string) {
	o.t.Helper()
	last := 0
	for i, id := range ids {
		if o.of[id] < last {
			o.t.Errorf("write %s came as number %d, behind one that was sent when it waited", id, i+1)
		}
		last = max(last, o.of[id])
	}
}
