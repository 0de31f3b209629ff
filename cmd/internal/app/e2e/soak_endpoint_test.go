//go:build soak && !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// mortal is an endpoint that can die with all its connections, and come back on
// its address.
type mortal struct {
	addr string

	mu      sync.Mutex
	srv     *http.Server
	tunnels map[net.Conn]bool
}

func newMortal(t *testing.T) *mortal {
	m := &mortal{addr: ground.FreeAddr(t), tunnels: map[net.Conn]bool{}}
	m.live(t)
	t.Cleanup(m.die)
	return m
}

func (m *mortal) live(t *testing.T) {
	var ln net.Listener
	eventually(t, "the endpoint's address is free", func() (ok bool) {
		var err error
		ln, err = net.Listen("tcp", m.addr)
		return err == nil
	})
	srv := &http.Server{Handler: m}
	m.mu.Lock()
	m.srv = srv
	m.mu.Unlock()
	go func() { _ = srv.Serve(ln) }()
}

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.srv.Close()
	for nc := range m.tunnels {
		nc.Close()
	}
	clear(m.tunnels)
}

// stuff is what all bodies are cut from.
var stuff = func() []byte {
	b := make([]byte, 2<<20)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}()

func (m *mortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	switch r.URL.Path {
	case "/length":
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(stuff[:n]) // who asked may have left
	case "/chunked":
		w.Header().Set("Trailer", "X-Sum")
		for rest := stuff[:n]; len(rest) > 0; {
			k := min(len(rest), 20_000)
			if _, err := w.Write(rest[:k]); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			rest = rest[k:]
		}
		w.Header().Set("X-Sum", hash(stuff[:n]))
	case "/slow":
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
		}
		fmt.Fprint(w, "slow")
	case "/echo":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_, _ = w.Write(body)
	case "/tunnel":
		m.tunnel(w)
	}
}

// tunnel sends back what comes.
func (m *mortal) tunnel(w http.ResponseWriter) {
	nc, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer nc.Close()
	m.mu.Lock()
	m.tunnels[nc] = true
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.tunnels, nc)
	}()
	fmt.Fprint(nc, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	_, _ = io.Copy(nc, bufio.NewReader(rw)) // until the other end is silent or gone
}
