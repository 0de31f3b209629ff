package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// healthPath is what Weir's checks ask for; such requests are not logged.
const healthPath = "/health"

// Backend is one demo backend: the hidden command `weir demo-backend`. It listens
// on a free loopback port and writes a line with its address to out, then a line
// for every request it answered. The line "bad" on in makes it answer 500 from
// then on, "hang" nothing at all. It ends, with nil, when in or ctx ends, so it never outlives the demo.
func Backend(ctx context.Context, in io.Reader, out io.Writer) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo backend: %w", err)
	}
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return fmt.Errorf("demo backend: %w", err)
	}
	b := &backend{out: out}
	srv := &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	go func() { // ends with the process: a read of standard input cannot be called off
		for lines := bufio.NewScanner(in); lines.Scan(); {
			switch lines.Text() {
			case failing.command:
				b.bad.Store(true)
			case hanging.command:
				b.hangs.Store(true)
			}
		}
		srv.Close()
	}()
	defer context.AfterFunc(ctx, func() { srv.Close() })()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("demo backend: %w", err)
	}
	return nil
}

type backend struct {
	bad, hangs atomic.Bool
	mu         sync.Mutex // one line at a time
	out        io.Writer
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath {
		return // the checks of a bad release are green, as so often
	}
	e := entry{received: time.Now(), status: http.StatusOK}
	time.Sleep(time.Duration(1+rand.IntN(3)) * time.Millisecond) // some work
	switch {
	case b.hangs.Load():
		<-r.Context().Done() // whoever asked has given up
		e.status = http.StatusGatewayTimeout
	case b.bad.Load():
		e.status = http.StatusInternalServerError
	}
	e.answered = time.Now()
	b.mu.Lock()
	_, err := fmt.Fprintln(b.out, e)
	b.mu.Unlock()
	if err != nil {
		return // nobody reads the log any more: the demo is over
	}
	w.WriteHeader(e.status)
	fmt.Fprintln(w, http.StatusText(e.status))
}
