package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// openLoad is what an open loop has seen.
type openLoad struct {
	Sent, Failed   int
	P50, P99, P999 time.Duration
}

// part is the smallest of the sorted durations that so many percent do not exceed.
func part(took []time.Duration, percent float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(math.Ceil(float64(len(took))*percent/100))-1)]
}

// openLoop is a running generator.
type openLoop struct {
	child  *child
	result chan error
	seen   openLoad
}

// startOpenLoop asks an address at a constant rate for a while, over as many
// connections as a busy proxy has.
func startOpenLoop(from place, address string, perSecond int, d time.Duration) (*openLoop, error) {
	total := int(float64(perSecond) * d.Seconds())
	c, err := startSelf(from, "open", address, strconv.Itoa(perSecond), strconv.Itoa(total))
	if err != nil {
		return nil, err
	}
	o := &openLoop{child: c, result: make(chan error, 1)}
	go func() { o.result <- json.NewDecoder(c.said).Decode(&o.seen) }()
	return o, nil
}

// wait waits until the last request is answered.
func (o *openLoop) wait(ctx context.Context) (openLoad, error) {
	defer o.child.stop()
	select {
	case err := <-o.result:
		return o.seen, err
	case <-ctx.Done():
		return openLoad{}, ctx.Err()
	}
}

// latencyRows compare the answers' times at half of what nginx can do.
func (b *bench) latencyRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	rate, err := s.halfLoad(ctx, "nginx")
	if err != nil {
		return err
	}
	times := map[string][]openLoad{}
	for round := range b.rounds {
		for i := range s.all {
			p := s.all[(i+round)%len(s.all)]
			o, err := startOpenLoop(s.others, p.address, rate, b.each)
			if err != nil {
				return err
			}
			one, err := o.wait(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if one.Failed > 0 {
				return fmt.Errorf("%s: %d of %d requests failed", p.name, one.Failed, one.Sent)
			}
			times[p.name] = append(times[p.name], one)
		}
	}
	var ratios []float64
	for i, w := range times["weir"] {
		ratios = append(ratios, float64(w.P99)/float64(times["nginx"][i].P99))
	}
	r := median(ratios)
	b.add(row{
		what: "p99 at half load, open loop, paired rounds, to nginx", must: "<= 1.25 x", aim: "<= 1.00 x",
		measured: fmt.Sprintf("%.2f x", r), kept: r <= 1.25,
	})
	t := table{
		title: fmt.Sprintf("Open loop, %d requests/s (half of nginx's most), from the intended start:", rate),
		head:  []string{"", "p50", "p99", "p99.9"},
	}
	for _, p := range s.all {
		mid := func(figure func(openLoad) time.Duration) string {
			var all []time.Duration
			for _, o := range times[p.name] {
				all = append(all, figure(o))
			}
			return part(all, 50).Round(time.Microsecond).String()
		}
		t.lines = append(t.lines, []string{
			p.name, mid(func(o openLoad) time.Duration { return o.P50 }), mid(func(o openLoad) time.Duration { return o.P99 }), mid(func(o openLoad) time.Duration { return o.P999 }),
		})
	}
	b.detail(t)
	return nil
}

// halfLoad is half of the requests per second that a closed loop gets out of a
// peer, the median of three tries.
func (s *peers) halfLoad(ctx context.Context, name string) (int, error) {
	p := s.named(name)
	var rates []float64
	for range 3 {
		l, err := wrk(ctx, s.others, p.url("/"), busy, time.Second)
		if err != nil {
			return 0, err
		}
		rates = append(rates, l.perSecond)
	}
	return int(median(rates) / 2), nil
}
