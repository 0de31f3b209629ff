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

// allocRows run the tests that count the allocations of requests through the whole
// loop. Beside it stand those of the whole process under load, by its own metrics,
// less those that it makes in the same time without load: that is rough, because
// whatever the process does besides is as large as the noise in it.
func (b *bench) allocRows(ctx context.Context) error {
	if _, err := goTest(ctx, "-run", "Alloc", "./proxy/...", "./balancer/...", "./health/..."); err != nil {
		return err
	}
	b.add(row{what: "allocations per request, everything on but the access log", must: "0", measured: "0 (go test -run Alloc)", kept: true})
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	p := s.named("weir")
	if _, err := wrk(ctx, s.others, p.url("/"), busy, time.Second); err != nil {
		return err // connections and buffers are made here
	}
	const short, long = time.Second, 6 * time.Second
	// What it allocates anyway in that time, without what asking for it costs.
	asking, err := p.mallocs(ctx, func() error { return nil })
	if err != nil {
		return err
	}
	idle, err := p.mallocs(ctx, func() error {
		select {
		case <-time.After(long - short):
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	idle -= asking
	// What a new connection costs, and asking, is in both runs and falls out of the
	// difference.
	var requests [2]int64
	var made [2]float64
	for i, d := range []time.Duration{short, long} {
		made[i], err = p.mallocs(ctx, func() error {
			l, err := wrk(ctx, s.others, p.url("/"), busy, d)
			requests[i] = l.requests
			return err
		})
		if err != nil {
			return err
		}
	}
	per := (made[1] - made[0] - idle) / float64(requests[1]-requests[0])
	b.add(row{
		what:     "the same of the running process, roughly",
		measured: fmt.Sprintf("%.2f", per),
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
