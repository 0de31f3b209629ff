package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// idleConns is how many clients stay connected without asking.
const idleConns = 8000

// idleRows are the memory of client connections that had one answer each and
// wait.
func (b *bench) idleRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	t := table{title: fmt.Sprintf("Resident memory per idle client connection, %d of them:", idleConns), head: []string{"", "KiB", "all"}}
	for _, name := range []string{"weir", "nginx", "haproxy"} {
		grown, err := s.named(name).idle(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		each := float64(grown) / idleConns / (1 << 10)
		t.lines = append(t.lines, []string{name, fmt.Sprintf("%.1f", each), fmt.Sprintf("%.0f MiB", float64(grown)/(1<<20))})
		if name == "weir" {
			b.add(row{
				what: "memory per idle client connection", must: "<= 12 KiB", aim: "<= 8 KiB",
				measured: fmt.Sprintf("%.1f KiB", each), kept: each <= 12,
			})
		}
	}
	b.detail(t)
	return nil
}

// idle is how much the resident memory of a proxy has grown when all connections
// are there.
func (p *peer) idle(ctx context.Context) (int64, error) {
	before, err := p.child.resident()
	if err != nil {
		return 0, err
	}
	conns := make([]net.Conn, 0, idleConns)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range idleConns {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
		if err := askOnce(c, p.address); err != nil {
			return 0, err
		}
	}
	after, err := p.child.resident()
	return after - before, err
}

// askOnce sends one GET and reads its answer.
func askOnce(c net.Conn, host string) error {
	_ = c.SetDeadline(time.Now().Add(patience)) // a closed connection fails below
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
