// Command bench measures what tests must not: processor time, milliseconds and
// memory, beside nginx, haproxy and a bare byte relay. It runs the real binary as
// a child on loopback, prints one row per measurement with what it must be and
// what it aims at, and exits 1 if a row is over.
//
// It knows the binary's command line, its configuration file, its admin API and
// its metrics, as any user does. It must not know anything of the inside.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// limit bounds a whole run: a bench that hangs must not stay.
const limit = 30 * time.Minute

// bench is one run: what is measured and for how long. Rows go to the report.
type bench struct {
	binary string        // of Weir
	beside string        // another build of it, to compare with; "" is none
	rounds int           // of each comparison
	each   time.Duration // of load in one round
	*report
}

// group is some rows that are measured together.
type group struct {
	name    string
	measure func(*bench, context.Context) error
}

// groups are in the order of the report.
var groups = []group{
	{"cpu", (*bench).cpuRows},
	{"cores", (*bench).coresRows},
	{"allocs", (*bench).allocRows},
	{"syscalls", (*bench).syscallRows},
	{"body", (*bench).bodyRows},
	{"latency", (*bench).latencyRows},
	{"idle", (*bench).idleRows},
	{"mirror", (*bench).mirrorRows},
	{"slow", (*bench).slowRows},
	{"stream", (*bench).streamRows},
	{"pick", (*bench).pickRows},
	{"flags", (*bench).flagRows},
	{"weight", (*bench).weightRows},
	{"reload", (*bench).reloadRows},
	{"revert", (*bench).revertRows},
	{"hang", (*bench).hangRows},
	{"false", (*bench).falseRows},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == childFlag {
		fail(runChild(os.Args[2:])) // a part of the scenery, started by a run
		return
	}
	binary := flag.String("weir", "bin/weir", "the binary to measure")
	beside := flag.String("beside", "", "another build of Weir, which the cpu groups show too")
	rounds := flag.Int("rounds", 7, "alternating rounds of each comparison; the median counts")
	each := flag.Duration("each", 2*time.Second, "load in one round")
	quick := flag.Bool("quick", false, "3 rounds of 1 s: for a first impression")
	only := flag.String("only", "", "measure only these groups, with commas between: "+names())
	out := flag.String("out", "", "write the report to this file, in Markdown")
	flag.Parse()
	if *quick {
		*rounds, *each = 3, time.Second
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	b := &bench{binary: *binary, beside: *beside, rounds: *rounds, each: *each, report: newReport(*rounds, *each)}
	fail(b.run(ctx, *only, *out))
}

// run measures the groups and reports what came out of it. A group that fails
// leaves the others alone.
func (b *bench) run(ctx context.Context, only, out string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	var failed []error
	for _, g := range chosen {
		if err := g.measure(b, ctx); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", g.name, err))
		}
	}
	if out != "" {
		failed = append(failed, os.WriteFile(out, b.markdown(), 0o644))
	}
	if n := b.over(); n > 0 {
		failed = append(failed, fmt.Errorf("%d rows are over what they must be", n))
	}
	return errors.Join(failed...)
}

func choose(only string) ([]group, error) {
	if only == "" {
		return groups, nil
	}
	var chosen []group
	for name := range strings.SplitSeq(only, ",") {
		at := slices.IndexFunc(groups, func(g group) bool { return g.name == name })
		if at < 0 {
			return nil, errors.New("-only " + name + ": the groups are " + names())
		}
		chosen = append(chosen, groups[at])
	}
	return chosen, nil
}

func names() string {
	var all []string
	for _, g := range groups {
		all = append(all, g.name)
	}
	return strings.Join(all, ", ")
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
