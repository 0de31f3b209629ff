package main

import (
	"context"
	"fmt"
)

// busy is how many connections a loaded proxy has: kept alive, each asking again
// at once.
const busy = 64

// cpuRows are the CPU per request on one core, answers of 128 bytes.
func (b *bench) cpuRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	samples, err := b.compare(ctx, s, "/", busy)
	if err != nil {
		return err
	}
	b.add(
		against("CPU per request, one core", samples, "nginx", 1.10, 0.95),
		against("CPU per request, one core", samples, "haproxy", 0.90, 0),
		against("CPU per request, one core", samples, "floor", 1.40, 1.20),
	)
	b.compared("One core for the proxy, 128 B answers, 64 connections kept alive; Weir with checks, metrics, state and a rollout at 10 %:", "request", s, samples)
	return nil
}

// coresRows are the same where two cores are shared by all.
func (b *bench) coresRows(ctx context.Context) error {
	s, err := b.scene(ctx, together)
	if err != nil {
		return err
	}
	defer s.stop()
	samples, err := b.compare(ctx, s, "/", busy)
	if err != nil {
		return err
	}
	b.add(against("CPU per request, two cores, nothing pinned", samples, "nginx", 1.35, 1.0))
	b.compared("Two cores, nothing pinned, two workers each:", "request", s, samples)
	return nil
}

// against is the row of Weir's CPU to another's. An aim of 0 is none.
func against(what string, samples map[string][]sample, other string, must, aim float64) row {
	r := ratio(samples, "weir", other)
	w := row{
		what:     what + ", to " + other,
		must:     fmt.Sprintf("<= %.2f x", must),
		measured: fmt.Sprintf("%.2f x", r),
		kept:     r <= must,
	}
	if aim > 0 {
		w.aim = fmt.Sprintf("<= %.2f x", aim)
	}
	return w
}

// bodyRows are the CPU per answer of 1 MiB, which is streamed.
func (b *bench) bodyRows(ctx context.Context) error {
	s, err := b.scene(ctx, apart)
	if err != nil {
		return err
	}
	defer s.stop()
	samples, err := b.compare(ctx, s, "/1MiB", 16)
	if err != nil {
		return err
	}
	b.add(against("CPU per MiB, answers of 1 MiB", samples, "nginx", 0.70, 0.60))
	b.compared("One core for the proxy, 1 MiB answers, 16 connections:", "MiB", s, samples)
	return nil
}
