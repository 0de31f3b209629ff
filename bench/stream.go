package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// streamRows sends 1 GiB each way and looks at the most memory that this added
// to the process.
func (b *bench) streamRows(ctx context.Context) error {
	const size, most = 1 << 30, 32 << 20
	backend, err := startBackend(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body) // a cut is seen at the sending end
			return
		}
		_, _ = io.CopyN(w, zeros{}, size)
	}))
	if err != nil {
		return err
	}
	defer backend.stop()
	w, err := b.startWeir(ctx, fmt.Sprintf("versions: {v1: {endpoints: [%q]}}", backend.address), setting{})
	if err != nil {
		return err
	}
	defer w.stop()

	for _, way := range []struct {
		what string
		send func(context.Context) (*http.Request, error)
	}{
		{"memory growth, 1 GiB up in chunks", func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.web+"/", io.LimitReader(zeros{}, size))
		}},
		{"memory growth, 1 GiB down", func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.web+"/", nil)
		}},
	} {
		req, err := way.send(ctx)
		if err != nil {
			return err
		}
		grown, err := growth(ctx, w, req)
		if err != nil {
			return fmt.Errorf("%s: %w", way.what, err)
		}
		b.add(row{what: way.what, must: "< 32 MiB", measured: fmt.Sprintf("%.1f MiB", float64(grown)/(1<<20)), kept: grown < most})
	}
	return nil
}

// growth is the largest resident memory while the request runs, less that before.
func growth(ctx context.Context, w *weir, req *http.Request) (int64, error) {
	before, err := w.resident()
	if err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- exchange(req) }()
	most := before
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-done:
			return most - before, err
		case <-tick.C:
			now, err := w.resident()
			if err != nil {
				return 0, err
			}
			most = max(most, now)
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// exchange sends the request and reads the whole answer.
func exchange(req *http.Request) error {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// zeros is an endless body.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
