package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// manyEndpoints is how many the file names in the reload rows.
const manyEndpoints = 10000

// reloadRows reload a file with 10 000 endpoints, a tenth of them other ones than
// before, while requests come at half of what Weir can do with them.
func (b *bench) reloadRows(ctx context.Context) error {
	const reloads, most = 5, 250 * time.Millisecond
	proxy, others, err := apart()
	if err != nil {
		return err
	}
	responder, port, err := startEverywhere(others)
	if err != nil {
		return err
	}
	defer responder.stop()
	w, err := b.startWeir(ctx, endpointsFrom(0, port), setting{at: proxy})
	if err != nil {
		return err
	}
	defer w.stop()
	p := &peer{name: "weir", address: w.web, child: w.child, weir: w}
	s := &peers{all: []*peer{p}, others: others}
	rate, err := s.halfLoad(ctx, "weir")
	if err != nil {
		return err
	}
	o, err := startOpenLoop(others, w.web, rate, 2*(reloads+1)*time.Second)
	if err != nil {
		return err
	}
	var took []time.Duration
	for i := range reloads {
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
		}
		if err := w.write(endpointsFrom((i+1)*manyEndpoints/10, port)); err != nil {
			return err
		}
		begun := time.Now()
		if _, err := w.admin.Reload(ctx); err != nil {
			o.child.stop()
			return err
		}
		took = append(took, time.Since(begun))
	}
	seen, err := o.wait(ctx)
	if err != nil {
		return err
	}
	slices.Sort(took)
	mid, last := took[reloads/2], took[reloads-1]
	b.add(
		row{
			what: fmt.Sprintf("reload with %d endpoints at half load (%d/s), one core", manyEndpoints, rate), must: "<= 250ms",
			measured: fmt.Sprintf("%v, slowest of %d %v", mid.Round(time.Millisecond), reloads, last.Round(time.Millisecond)), kept: last <= most,
		},
		row{what: "the same, failed requests", must: "0", measured: fmt.Sprintf("%d of %d", seen.Failed, seen.Sent), kept: seen.Failed == 0},
		row{what: "the same, answers from the intended start", measured: fmt.Sprintf("p50 %v, p99 %v, p99.9 %v", seen.P50.Round(time.Microsecond), seen.P99.Round(time.Microsecond), seen.P999.Round(time.Microsecond))},
	)
	return nil
}

// startEverywhere starts a responder on all addresses of this machine, of which
// the loopback network has enough for every endpoint.
func startEverywhere(at place) (*child, string, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	_, port, _ := strings.Cut(address, ":")
	c, err := startSelf(at, "responder", "0.0.0.0:"+port)
	return c, port, err
}

// endpointsFrom is an upstream with that many endpoints, the first of number n.
func endpointsFrom(n int, port string) string {
	var text strings.Builder
	text.WriteString("versions:\n  v1:\n    endpoints:\n")
	for i := n; i < n+manyEndpoints; i++ {
		fmt.Fprintf(&text, "      - \"127.1.%d.%d:%s\"\n", i/200, 1+i%200, port)
	}
	return text.String()
}
