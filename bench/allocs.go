package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// allocRows count the allocations of the whole process under load, by its own
// metrics, less those that it makes in the same time without load.
func (b *bench) allocRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	p := s.named("weir")
	if _, err := wrk(ctx, s.others, p.url("/"), busy, time.Second); err != nil {
		return err // connections and buffers are made here
	}
	idle, err := p.mallocs(ctx, func() error {
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	// What a new connection costs is in both runs, and falls out of the difference.
	var requests [2]int64
	var made [2]float64
	for i, d := range []time.Duration{time.Second, 3 * time.Second} {
		made[i], err = p.mallocs(ctx, func() error {
			l, err := wrk(ctx, s.others, p.url("/"), busy, d)
			requests[i] = l.requests
			return err
		})
		if err != nil {
			return err
		}
	}
	per := max(0, made[1]-made[0]-idle) / float64(requests[1]-requests[0])
	b.add(row{
		what: "allocations per request, everything on but the access log", must: "0 (< 0.05)",
		measured: fmt.Sprintf("%.3f", per), kept: per < 0.05,
	})
	return nil
}

// mallocs is how many objects Weir has allocated while something was done.
func (p *peer) mallocs(ctx context.Context, do func() error) (float64, error) {
	before, err := p.weir.metric(ctx, "go_memstats_mallocs_total")
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.weir.metric(ctx, "go_memstats_mallocs_total")
	return after - before, err
}

// metric reads one value of /metrics.
func (w *weir) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.adminAddress+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no metric %s", name)
}
