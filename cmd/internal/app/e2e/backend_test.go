//go:build !race

package e2e

import (
	"context"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// backend is a controllable endpoint inside the test. It keeps a log of every
// request it received, because only the backend knows what reached it.
type backend struct {
	addr   string
	answer atomic.Pointer[answerFunc]
	sick   atomic.Bool   // /health answers 503
	schema atomic.Value  // of /health: its X-Schema-Range, a string; none: it has none
	conns  atomic.Int64  // connections so far
	left   atomic.Int64  // requests that were given up before their answer
	quit   chan struct{} // closed when the test ends
	end    sync.Once     // of quit

	mu  sync.Mutex
	log []received
	n   int // requests so far
}

// answerFunc decides about the n-th request, counted from 1 since the last reply call.
type answerFunc func(n int, r *http.Request) reply

type reply struct {
	status int             // 0 = 200
	delay  time.Duration   // before the answer
	until  <-chan struct{} // no answer before it is closed; the end of the test closes it too
	hang   bool            // no answer until the client goes away or the test ends
}

type received struct {
	id, method, version string
	at, done            time.Time
	status              int // 0 = never answered
}

const healthPath = "/health"

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{quit: make(chan struct{})}
	b.does(func(int, *http.Request) reply { return reply{} })
	b.addr = b.another(t)
	return b
}

// another is a further endpoint of the same backend, with the same log. It
// answers until the test ends.
func (b *backend) another(t *testing.T) (addr string) {
	t.Helper()
	ln := ground.Listen(t)
	srv := &http.Server{Handler: b, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			b.conns.Add(1)
		}
	}}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	t.Cleanup(func() {
		b.end.Do(func() { close(b.quit) })
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
		<-served
	})
	return ln.Addr().String()
}

// does replaces the behaviour; the count given to f starts again at 1.
func (b *backend) does(f answerFunc) {
	b.mu.Lock()
	b.n = 0
	b.mu.Unlock()
	b.answer.Store(&f)
}

// fails makes every answer a status.
func (b *backend) fails(status int) {
	b.does(func(int, *http.Request) reply { return reply{status: status} })
}

// failsEvery makes each k-th answer a 500: an exact rate, without chance.
func (b *backend) failsEvery(k int) {
	b.does(func(n int, _ *http.Request) reply {
		if n%k == 0 {
			return reply{status: 500}
		}
		return reply{}
	})
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath {
		if said, ok := b.schema.Load().(string); ok {
			w.Header().Set("X-Schema-Range", said)
		}
		if b.sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	at := time.Now()
	b.mu.Lock()
	b.n++
	n, slot := b.n, len(b.log)
	b.log = append(b.log, received{id: r.Header.Get("X-Id"), method: r.Method, version: r.Header.Get("X-Weir-Version"), at: at})
	b.mu.Unlock()

	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	rep := (*b.answer.Load())(n, r)
	if !b.pause(r.Context(), rep) {
		return
	}
	if rep.status == 0 {
		rep.status = http.StatusOK
	}
	b.mu.Lock()
	b.log[slot].done, b.log[slot].status = time.Now(), rep.status
	b.mu.Unlock()
	w.Header().Set("X-Backend", b.addr)
	w.Header().Set("X-Body-Hash", hash(body))
	w.WriteHeader(rep.status)
	if len(body) > 0 {
		w.Write(body)
	} else {
		io.WriteString(w, "ok\n")
	}
}

// pause waits as the reply says; false: nobody waits for an answer any more.
func (b *backend) pause(ctx context.Context, rep reply) bool {
	if rep.hang {
		select {
		case <-ctx.Done():
			b.left.Add(1)
		case <-b.quit:
		}
		return false
	}
	var passed <-chan time.Time // nil never comes
	if rep.until == nil {
		passed = time.After(rep.delay)
	}
	select {
	case <-passed:
		return true
	case <-rep.until:
		return true
	case <-ctx.Done():
		return false
	case <-b.quit:
		return true
	}
}

// received is a copy of the log in order of arrival.
func (b *backend) received() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received(nil), b.log...)
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.log)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func hash(b []byte) string { return strconv.FormatUint(uint64(crc32.Checksum(b, castagnoli)), 16) }
