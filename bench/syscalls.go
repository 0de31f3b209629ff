package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// syscallRows count what the kernel is asked for per request, with strace. That
// slows the proxy down a lot, which changes how often a read finds nothing, so the
// kernel's own count without strace stands beside it.
func (b *bench) syscallRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	t := table{title: "System calls per request under load, counted by strace. Weir's recvfrom moves no bytes: it looks (MSG_PEEK) whether an idle connection is clean.", head: []string{"", "reads", "writes", "looks", "all", "the most frequent"}}
	for _, p := range s.all {
		if p.name == "floor" {
			continue
		}
		calls, requests, err := p.traced(ctx, s.others)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		per := func(n int64) float64 { return float64(n) / float64(requests) }
		reads, writes, looks := calls.sum(readCalls), calls.sum(writeCalls), int64(0)
		if p.name == "weir" {
			looks = calls.sum([]string{"recvfrom"})
			reads -= looks
			b.add(row{
				what: "read and write system calls per request under load", must: "<= 4.5",
				measured: fmt.Sprintf("%.2f, and %.2f looks", per(reads+writes), per(looks)), kept: per(reads+writes) <= 4.5,
			})
		}
		most := ""
		for _, c := range calls[:min(5, len(calls))] {
			most += fmt.Sprintf("%s %.2f, ", c.name, per(c.n))
		}
		t.lines = append(t.lines, []string{
			p.name, fmt.Sprintf("%.2f", per(reads)), fmt.Sprintf("%.2f", per(writes)), fmt.Sprintf("%.2f", per(looks)), fmt.Sprintf("%.2f", per(calls.sum(nil))), most[:max(0, len(most)-2)],
		})
	}
	b.detail(t)
	return b.undisturbed(ctx, s)
}

// undisturbed is the number of read and write calls (not recv and send) of a
// process that nobody traces: Weir uses these for all bytes.
func (b *bench) undisturbed(ctx context.Context, s *peers) error {
	p := s.named("weir")
	before, err := calls(p.child.pid())
	if err != nil {
		return err
	}
	l, err := wrk(ctx, s.others, p.url("/"), busy, b.each)
	if err != nil {
		return err
	}
	after, err := calls(p.child.pid())
	if err != nil {
		return err
	}
	b.add(row{what: "the same without strace: read and write only, by the kernel's count", measured: fmt.Sprintf("%.2f", float64(after-before)/float64(l.requests))})
	return nil
}

// calls is how often a process has called read and write.
func calls(pid int) (int64, error) {
	io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	var reads, writes, ignored int64
	if _, err := fmt.Sscanf(string(io), "rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d", &ignored, &ignored, &reads, &writes); err != nil {
		return 0, err
	}
	return reads + writes, nil
}

var (
	readCalls  = []string{"read", "readv", "recvfrom", "recvmsg", "pread64"}
	writeCalls = []string{"write", "writev", "sendto", "sendmsg", "sendfile", "splice"}
)

// counted are system calls, the most frequent first.
type counted []struct {
	name string
	n    int64
}

// sum adds up those named; nil: all.
func (c counted) sum(names []string) (n int64) {
	for _, call := range c {
		if names == nil || slices.Contains(names, call.name) {
			n += call.n
		}
	}
	return n
}

var straceLine = regexp.MustCompile(`(?m)^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?([a-z]\w+)$`)

// traced counts the calls of a proxy while it is loaded.
func (p *peer) traced(ctx context.Context, from place) (counted, int64, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil, 0, errors.New("strace is missing (Debian: apt-get install strace)")
	}
	dir, err := os.MkdirTemp("", "weir-bench")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	summary := filepath.Join(dir, "summary")
	c, err := start(from, strace, "-c", "-f", "-o", summary, "-p", strconv.Itoa(p.child.pid()))
	if err != nil {
		return nil, 0, err
	}
	ended := false
	defer func() {
		if !ended {
			c.stop()
		}
	}()
	if err := p.awaitTracer(ctx); err != nil {
		return nil, 0, err
	}
	l, err := wrk(ctx, from, p.url("/"), busy, 2*time.Second)
	if err != nil {
		return nil, 0, err
	}
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return nil, 0, err
	}
	_ = c.cmd.Wait() // it ends by the signal
	ended = true
	text, err := os.ReadFile(summary)
	if err != nil {
		return nil, 0, err
	}
	var all counted
	for _, m := range straceLine.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return nil, 0, err
		}
		if m[2] != "total" {
			all = append(all, struct {
				name string
				n    int64
			}{m[2], n})
		}
	}
	if len(all) == 0 {
		return nil, 0, fmt.Errorf("strace said something new:\n%s%s", text, c.log.String())
	}
	slices.SortFunc(all, func(a, b struct {
		name string
		n    int64
	}) int {
		return int(b.n - a.n)
	})
	return all, l.requests, nil
}

// awaitTracer waits until strace has taken hold of every thread.
func (p *peer) awaitTracer(ctx context.Context) error {
	for begun := time.Now(); time.Since(begun) < patience && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.child.pid()))
		if err != nil {
			return err
		}
		held := 0
		for _, task := range tasks {
			status, _ := os.ReadFile(task)
			if !regexp.MustCompile(`(?m)^TracerPid:\s+0$`).Match(status) {
				held++
			}
		}
		if held == len(tasks) {
			return nil
		}
	}
	return errors.New("strace could not attach")
}
