package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// slowConns is how many clients are as slow as they can be without being thrown
// out: a third each sends a head, sends a body and reads an answer.
const slowConns = 2000

// slowRounds are few, as a crowd takes some seconds to come and to get slow.
const slowRounds = 3

// slowRows are what such clients take from others, and what they cost: rounds of
// normal traffic without them and beside them, at half of what Weir can do.
func (b *bench) slowRows(ctx context.Context) error {
	proxy, others, err := apart()
	if err != nil {
		return err
	}
	s := &peers{others: others}
	defer s.stop()
	stable, candidate, err := s.startResponder()
	if err != nil {
		return err
	}
	p, err := b.startWeirPeer(ctx, b.binary, proxy, stable, candidate)
	if err != nil {
		return err
	}
	s.all = append(s.all, p)
	if err := p.await(ctx); err != nil {
		return err
	}
	rate, err := s.halfLoad(ctx, "weir")
	if err != nil {
		return err
	}

	var ratios, costs []float64
	var without, beside []time.Duration
	for range slowRounds {
		alone, err := b.normal(ctx, s, p, rate)
		if err != nil {
			return err
		}
		crowded, cost, err := b.beset(ctx, s, p, rate)
		if err != nil {
			return err
		}
		without, beside = append(without, alone), append(beside, crowded)
		ratios = append(ratios, float64(crowded)/float64(alone))
		costs = append(costs, float64(cost)/slowConns/(1<<10))
	}
	r := median(ratios) // of the costs the most: memory that a round has taken stays for the next
	b.add(row{
		what: fmt.Sprintf("p99 beside %d slow connections, to without", slowConns), must: "<= 1.50 x", aim: "<= 1.10 x",
		measured: fmt.Sprintf("%.2f x, %.1f KiB for each", r, slices.Max(costs)), kept: r <= 1.5,
	})
	b.detail(table{
		title: fmt.Sprintf("Open loop, %d requests/s (half of Weir's most), p99 beside %d connections that send heads, send bodies and read answers, slowly:", rate, slowConns),
		head:  []string{"without", "beside", "KiB for each"},
		lines: [][]string{{
			part(without, 50).Round(time.Microsecond).String(), part(beside, 50).Round(time.Microsecond).String(), fmt.Sprintf("%.1f", slices.Max(costs)),
		}},
	})
	return nil
}

// normal is the p99 of normal traffic.
func (b *bench) normal(ctx context.Context, s *peers, p *peer, rate int) (time.Duration, error) {
	o, err := startOpenLoop(s.others, p.address, rate, b.each)
	if err != nil {
		return 0, err
	}
	seen, err := o.wait(ctx)
	if err == nil && seen.Failed > 0 {
		err = fmt.Errorf("%d of %d requests failed", seen.Failed, seen.Sent)
	}
	return seen.P99, err
}

// beset is the same while the slow ones are there, and the memory that those take.
func (b *bench) beset(ctx context.Context, s *peers, p *peer, rate int) (p99 time.Duration, cost int64, err error) {
	before, err := p.child.resident()
	if err != nil {
		return 0, 0, err
	}
	slow, err := startSelf(s.others, "slow", p.address, strconv.Itoa(slowConns))
	if err != nil {
		return 0, 0, err
	}
	defer slow.stop()
	after, err := p.child.resident()
	if err != nil {
		return 0, 0, err
	}
	if p99, err = b.normal(ctx, s, p, rate); err != nil {
		return 0, 0, err
	}
	// It says whether it was there all the time.
	if err := slow.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	line, err := slow.said.ReadString('\n')
	if err != nil || line != ready {
		return 0, 0, fmt.Errorf("slow connections: %q: %s", line, slow.log.String())
	}
	return p99, after - before, nil
}

// crawl keeps n slow connections busy, each with a byte or a small read in two
// seconds, until it is asked to end: more would be load, on the core that the normal
// traffic comes from. Who is thrown out comes again, as those do who mean it.
func crawl(address string, n int) error {
	end, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c := crawlers{address: address, all: make([]net.Conn, n), thrown: make(chan int, 2*n)}
	for i := range c.all {
		if err := c.begin(i); err != nil {
			return err
		}
	}
	tick := time.NewTicker(2 * time.Second / ticks)
	defer tick.Stop()
	for round := 0; ; round++ {
		if round == ticks { // what the kernel's buffers take has been taken: from here on they are slow
			fmt.Print(ready)
		}
		select {
		case <-end.Done():
			if c.again > n {
				return fmt.Errorf("%d times one of %d was thrown out: that is no crowd", c.again, n)
			}
			fmt.Print(ready)
			return nil
		case i := <-c.thrown:
			c.again++
			if err := c.begin(i); err != nil {
				return err
			}
		case <-tick.C:
			for i := round % ticks; i < n; i += ticks {
				c.step(i)
			}
		}
	}
}

// ticks are in two seconds; each moves its part of the connections.
const ticks = 200

// crawlers are the slow connections. What each does is its number's rest by three.
type crawlers struct {
	address string
	all     []net.Conn
	thrown  chan int
	again   int // how often one was thrown out
}

const reading = 2

var beginnings = [3]string{
	"GET / HTTP/1.1\r\nHost: slow\r\nX-Slow: ",
	"POST / HTTP/1.1\r\nHost: slow\r\nContent-Length: 1000000\r\n\r\n",
	"GET /1MiB HTTP/1.1\r\nHost: slow\r\n\r\n",
}

// begin makes connection i, in the place of one that was thrown out.
func (c *crawlers) begin(i int) error {
	if c.all[i] != nil {
		c.all[i].Close()
	}
	nc, err := net.Dial("tcp", c.address)
	if err != nil {
		return err
	}
	c.all[i] = nc
	if _, err := io.WriteString(nc, beginnings[i%3]); err != nil {
		return err
	}
	if i%3 == reading {
		return nc.(*net.TCPConn).SetReadBuffer(4 << 10) // else the kernel reads ahead
	}
	go func() {
		_, _ = nc.Read(make([]byte, 1)) // an answer or a close: one is as much the end as the other
		c.thrown <- i
	}()
	return nil
}

// step sends or takes a little.
func (c *crawlers) step(i int) {
	nc := c.all[i]
	if i%3 != reading {
		_, _ = io.WriteString(nc, "x") // its reader sees the end
		return
	}
	_ = nc.SetReadDeadline(time.Now().Add(time.Millisecond)) // fails on a closed connection, as the read does
	if _, err := nc.Read(make([]byte, 512)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.thrown <- i
	}
}
