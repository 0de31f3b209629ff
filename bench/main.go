// Command bench measures what tests must not: milliseconds and memory. It runs
// the real binary as a child on loopback, prints one row per measurement with
// what it must be, and exits 1 if a row is over.
//
// It knows the binary's command line, its configuration file and its admin API,
// as any user does. It must not know anything of the inside.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// limit bounds a whole run: a bench that hangs must not stay.
const limit = 10 * time.Minute

// row is one measurement against what it must be.
type row struct {
	what, must, measured string
	kept                 bool
}

func main() {
	binary := flag.String("weir", "bin/weir", "the binary to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := run(ctx, *binary); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary string) error {
	fmt.Printf("%s/%s, %d CPUs, kernel %s, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), kernel(), runtime.Version())
	over := 0
	for _, measure := range []func(context.Context, string) ([]row, error){streamMemory, revertTime} {
		rows, err := measure(ctx, binary)
		if err != nil {
			return err
		}
		for _, r := range rows {
			verdict := "kept"
			if !r.kept {
				verdict = "OVER"
				over++
			}
			fmt.Printf("%-60s must %-28s measured %-40s %s\n", r.what, r.must, r.measured, verdict)
		}
	}
	if over > 0 {
		return fmt.Errorf("%d rows are over what they must be", over)
	}
	return nil
}
