package main

import (
	"context"
	"fmt"
)

// busy is how many connections a loaded proxy has: kept alive, each asking again
// at once.
const busy = 64

// contest is what all proxies are loaded with in turn, and what Weir's CPU must be
// beside that of others.
type contest struct {
	where       func() (proxy, others place, err error)
	path        string
	connections int
	what, unit  string // of the rows, and of what is counted
	title       string // of the table
	bounds      []bound
}

// bound is what Weir's CPU may be, as a multiple of another's. An aim of 0 is none.
type bound struct {
	other     string
	must, aim float64
}

// cpuRows are the CPU per request on one core, answers of 128 bytes.
func (b *bench) cpuRows(ctx context.Context) error {
	return b.hold(ctx, &contest{
		where: apart, path: "/", connections: busy,
		what: "CPU per request, one core", unit: "request",
		title:  "One core for the proxy, 128 B answers, 64 connections kept alive; Weir with checks, metrics, state and a rollout at 10 %:",
		bounds: []bound{{"nginx", 1.10, 0.95}, {"haproxy", 0.90, 0}, {"floor", 1.40, 1.20}},
	})
}

// coresRows are the same where two cores are shared by all.
func (b *bench) coresRows(ctx context.Context) error {
	return b.hold(ctx, &contest{
		where: together, path: "/", connections: busy,
		what: "CPU per request, two cores, nothing pinned", unit: "request",
		title:  "Two cores, nothing pinned, two workers each:",
		bounds: []bound{{"nginx", 1.35, 1.0}},
	})
}

// bodyRows are the CPU per answer of 1 MiB, which is streamed.
func (b *bench) bodyRows(ctx context.Context) error {
	return b.hold(ctx, &contest{
		where: apart, path: "/1MiB", connections: 16,
		what: "CPU per MiB, answers of 1 MiB", unit: "MiB",
		title:  "One core for the proxy, 1 MiB answers, 16 connections:",
		bounds: []bound{{"nginx", 0.70, 0.60}},
	})
}

// hold runs the rounds of a contest and adds its rows and its table.
func (b *bench) hold(ctx context.Context, c *contest) error {
	s, err := b.scene(ctx, c.where)
	if err != nil {
		return err
	}
	defer s.stop()
	samples, err := b.compare(ctx, s, c.path, c.connections)
	if err != nil {
		return err
	}
	for _, limit := range c.bounds {
		b.add(limit.row(c.what, samples))
	}
	b.compared(c.title, c.unit, s, samples)
	return nil
}

// row is Weir's CPU to the other's.
func (l *bound) row(what string, samples map[string][]sample) row {
	r := ratio(samples, "weir", l.other)
	w := row{
		what:     what + ", to " + l.other,
		must:     fmt.Sprintf("<= %.2f x", l.must),
		measured: fmt.Sprintf("%.2f x", r),
		kept:     r <= l.must,
	}
	if l.aim > 0 {
		w.aim = fmt.Sprintf("<= %.2f x", l.aim)
	}
	return w
}
