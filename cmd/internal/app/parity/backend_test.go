//go:build !race

package parity

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// backend is a server that does what a script says. It writes answers by hand, so
// that they can be wrong.
type backend struct {
	name string
	addr string
	log  *ledger

	mu    sync.Mutex
	ln    net.Listener // nil: it refuses
	conns map[net.Conn]bool
	does  behaviour
	extra []string      // header lines
	gate  chan struct{} // held requests wait until it is closed
	wg    sync.WaitGroup
}

func newBackend(name, addr string, log *ledger) (*backend, error) {
	b := &backend{name: name, addr: addr, log: log, conns: map[net.Conn]bool{}, gate: make(chan struct{})}
	return b, b.change(behaviour{does: "ok"})
}

// change makes it do something else, from the next request on. One that refuses
// closes what is open, as a process does that ends.
func (b *backend) change(does behaviour) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if does.header != "" {
		b.extra = append(b.extra, does.header)
	}
	b.does = does
	if does.does == "refuse" {
		b.hangUp()
		return nil
	}
	if b.ln != nil {
		return nil
	}
	ln, err := net.Listen("tcp", b.addr)
	if err != nil {
		return err
	}
	b.ln = ln
	b.wg.Go(func() { b.accept(ln) })
	return nil
}

// hangUp stops listening and closes all connections; b.mu is held.
func (b *backend) hangUp() {
	if b.ln != nil {
		b.ln.Close()
		b.ln = nil
	}
	for c := range b.conns {
		c.Close()
	}
}

// release lets the held requests go, and holds no more.
func (b *backend) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.gate)
	b.gate = make(chan struct{})
	if b.does.does == "hold" {
		b.does = behaviour{does: "ok"}
	}
}

// stop ends it, and returns when nothing of it runs any more.
func (b *backend) stop() {
	b.mu.Lock()
	b.hangUp()
	close(b.gate)
	b.gate = make(chan struct{})
	b.mu.Unlock()
	b.wg.Wait()
}

func (b *backend) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		open := b.ln == ln
		if open {
			b.conns[c] = true
		}
		b.mu.Unlock()
		if !open {
			c.Close()
			return
		}
		b.wg.Go(func() {
			b.serve(c)
			c.Close()
			b.mu.Lock()
			delete(b.conns, c)
			b.mu.Unlock()
		})
	}
}

// serve answers the requests of one connection.
func (b *backend) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for n := 1; ; n++ {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		id := r.Header.Get(idField)
		if err != nil {
			b.log.leave(id)
			return
		}
		b.mu.Lock()
		does, extra, gate := b.does, strings.Join(b.extra, "\r\n"), b.gate
		b.mu.Unlock()
		b.log.add(id, sight{
			backend: b.name, line: r.Method + " " + r.RequestURI, version: r.Proto,
			header: r.Header, host: r.Host, body: sum(body), fresh: n == 1,
		})
		answer := does.answer(b.name, extra, r, n)
		switch does.does {
		case "hold":
			<-gate
		case "delay":
			time.Sleep(does.delay)
		case "hang":
			if _, err := in.Peek(1); err != nil {
				b.log.leave(id)
			}
		case "reset":
			c.(*net.TCPConn).SetLinger(0)
		}
		if answer == "" {
			return
		}
		if _, err := io.WriteString(c, answer); err != nil || r.Close || does.ends() {
			return
		}
	}
}

// ends reports whether the answer is the connection's last.
func (d behaviour) ends() bool { return d.does == "half" || d.does == "garbage" }

// answer is what a request is told, all of it; "" is nothing. n counts the
// requests of the connection.
func (d behaviour) answer(name, extra string, r *http.Request, n int) string {
	status, body := 200, name+"\n"
	switch d.does {
	case "close", "reset", "hang":
		return ""
	case "garbage":
		return "HTTP/1.1 200 OK\r\nthis is no field\r\n\r\n"
	case "stale":
		if n > 1 {
			return ""
		}
	case "status":
		status = d.status
	case "big":
		body = strings.Repeat(name, 300_000)
	}
	length := len(body)
	if d.does == "half" {
		length *= 2
	}
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\nX-Backend: %s\r\n", status, http.StatusText(status), length, name)
	if extra != "" {
		head += extra + "\r\n"
	}
	if r.Method == http.MethodHead || status == http.StatusNotModified {
		body = ""
	}
	if status == http.StatusNoContent {
		head, body = strings.Replace(head, fmt.Sprintf("Content-Length: %d\r\n", length), "", 1), ""
	}
	return head + "\r\n" + body
}

// sum is a body in a few letters.
func sum(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	return fmt.Sprintf("%d bytes %08x", len(body), crc32.ChecksumIEEE(body))
}

// cut is the body of an answer that broke off.
const cut = "cut"

// read reads a body to its end.
func read(body io.Reader) string {
	all, err := io.ReadAll(body)
	if err != nil {
		return cut
	}
	return sum(all)
}
