//go:build !race

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is open-loop traffic: requests start at a fixed rate whatever the answers
// do, as users' requests do. It runs until end is called, at most a minute.
type load struct {
	t    *testing.T
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex
	shots []shot
}

type loadOptions struct {
	addr      string
	rate      int // requests a second
	postEvery int // each such request is a POST with a body; 0 = none
	prefix    string
	looks     bool // its client does
	fresh     bool // its client keeps no connection
	most      int  // so many at a time, then the load waits, for a machine that is busy; 0 = no bound
}

// startLoad begins to send. Ids are prefix-1, prefix-2, ...
func startLoad(t *testing.T, o loadOptions) *load {
	t.Helper()
	l := &load{t: t, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run(o)
	t.Cleanup(func() { l.end() })
	return l
}

func (l *load) run(o loadOptions) {
	defer close(l.done)
	c := &client{addr: o.addr, looks: o.looks, fresh: o.fresh}
	defer c.close()
	var wg sync.WaitGroup
	defer wg.Wait()
	var room chan struct{} // nil: no bound
	if o.most > 0 {
		room = make(chan struct{}, o.most)
	}
	const most = time.Minute
	start := time.Now()
	for i := 1; ; i++ {
		intended := start.Add(time.Duration(i) * time.Second / time.Duration(o.rate))
		select {
		case <-l.stop:
			return
		case <-time.After(time.Until(intended)):
		}
		if time.Since(start) > most {
			l.t.Errorf("load not ended by the test within %v", most)
			return
		}
		id, method := fmt.Sprintf("%s-%d", o.prefix, i), http.MethodGet
		var body []byte
		if o.postEvery > 0 && i%o.postEvery == 0 {
			method, body = http.MethodPost, payload(i)
		}
		if room != nil {
			room <- struct{}{}
		}
		wg.Go(func() {
			s := c.do(id, method, body, intended)
			if room != nil {
				<-room
			}
			l.mu.Lock()
			l.shots = append(l.shots, s)
			l.mu.Unlock()
		})
	}
}

// payload differs in length and content for each i.
func payload(i int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "body %d. ", i), 1+i%700)
}

// sofar counts the answered requests.
func (l *load) sofar() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.shots)
}

// goesOn waits until so many more requests have been answered: what is done by then is
// done under load.
func (l *load) goesOn(t *testing.T, more int) {
	t.Helper()
	from := l.sofar()
	eventually(t, "traffic behind it", func() bool { return l.sofar() >= from+more })
}

// end stops sending, waits for all answers and returns every request.
func (l *load) end() []shot {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shots
}

// closedLoop sends n requests over conns kept connections, each waiting for its
// answer before the next.
func closedLoop(addr string, conns, n int) []shot {
	shots := make([]shot, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range conns {
		wg.Go(func() {
			c := &client{addr: addr} // one connection, as only one goroutine uses it
			defer c.close()
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				shots[i] = c.do(fmt.Sprint(i), http.MethodGet, nil, time.Now())
			}
		})
	}
	wg.Wait()
	return shots
}
