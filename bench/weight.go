package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"weir/proxy/admin/api"
)

// weightRows time a change of weights by the API: from the call to the first
// answer of the version that had no weight before. Once with the state in memory
// and once with it on a disk, which is then waited for.
func (b *bench) weightRows(ctx context.Context) error {
	const memory = "/dev/shm"
	const must = 5 * time.Millisecond
	for _, on := range []struct{ what, dir string }{{"tmpfs", memory}, {"the disk of " + os.TempDir(), os.TempDir()}} {
		took, err := b.weightChanges(ctx, on.dir)
		if err != nil {
			return fmt.Errorf("state on %s: %w", on.what, err)
		}
		mid, last := took[len(took)/2], took[len(took)-1]
		r := row{
			what:     "weight change by API to the first answer of it, state on " + on.what,
			measured: fmt.Sprintf("%v, slowest of %d %v", mid.Round(10*time.Microsecond), len(took), last.Round(10*time.Microsecond)),
		}
		if on.dir == memory {
			r.must, r.kept = "<= 5ms", mid <= must
		}
		b.add(r)
	}
	return nil
}

// weightChanges moves all weight to and fro and returns how long each took,
// sorted.
func (b *bench) weightChanges(ctx context.Context, dir string) ([]time.Duration, error) {
	const changes = 40
	state, err := os.MkdirTemp(dir, "weir-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(state)
	proxy, others, err := together()
	if err != nil {
		return nil, err
	}
	s := &peers{others: others}
	defer s.stop()
	stable, candidate, err := s.startResponder()
	if err != nil {
		return nil, err
	}
	w, err := b.startWeir(ctx, fmt.Sprintf("stable: v1\nversions:\n  v1: {weight: 100, endpoints: [%q]}\n  v2: {weight: 0, endpoints: [%q]}", stable, candidate),
		setting{at: proxy, state: state})
	if err != nil {
		return nil, err
	}
	defer w.stop()
	client, err := net.Dial("tcp", w.web)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var took []time.Duration
	for i := range changes {
		to, letter := map[string]float64{"v1": 0, "v2": 100}, byte('b')
		if i%2 == 1 {
			to, letter = map[string]float64{"v1": 100, "v2": 0}, 'a'
		}
		begun, done := time.Now(), make(chan error, 1)
		go func() {
			_, err := w.admin.SetSplit(ctx, "api", api.SplitRequest{Weights: to})
			done <- err
		}()
		if err := untilFrom(client, w.web, letter); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		if err := <-done; err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// untilFrom asks again and again until the backend of this letter answers.
func untilFrom(c net.Conn, host string, letter byte) error {
	_ = c.SetDeadline(time.Now().Add(patience)) // a closed connection fails below
	buf := make([]byte, 4096)
	for {
		if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", host); err != nil {
			return err
		}
		n := 0
		for {
			m, err := c.Read(buf[n:])
			if err != nil {
				return err
			}
			n += m
			if size, ok := answerSize(buf[:n]); ok && n >= size {
				break
			}
		}
		if bytes.HasSuffix(buf[:n], []byte{letter}) {
			return nil
		}
	}
}
