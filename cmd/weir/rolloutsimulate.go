package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/rehearse"
)

func (c *cli) rolloutSimulateCmd() *cobra.Command {
	o := rehearse.Options{Steps: []float64{1, 10, 25, 100}}
	cmd := &cobra.Command{
		Use:   "simulate --rps N --stable-errors P --candidate-errors P [-c FILE UPSTREAM]",
		Short: "Try a plan on made-up traffic, a thousand times",
		Long: `Simulate runs a rollout many times in virtual time, with the rules that a process
would judge by, and says how often it is reverted, how long that takes and what
users see of it. It talks to no process. The same --seed gives the same numbers.

The plan is that of UPSTREAM in FILE; without a file it is --steps, and all else is
as in a file that says nothing of it. Where a plan waits for an operator, one
promotes at once.`,
		Example: `  weir rollout simulate --rps 100 --stable-errors 0.5% --candidate-errors 5%
  weir rollout simulate --rps 1000 --stable-errors 0.1% --candidate-errors 0.1% --steps 5%,50%,100% --hold 5m
  weir rollout simulate --rps 100 --stable-errors 0.5% --candidate-errors 0.5% --latency 50ms --candidate-latency 90ms
  weir rollout simulate --rps 200 --stable-errors 0% --candidate-errors 100% --hang -c weir.yaml api`,
		Args: want("[UPSTREAM]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Upstream = args[0]
			}
			if err := given(cmd, &o); err != nil {
				return err
			}
			r, err := rehearse.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			return c.print(r, func(w io.Writer) error { return writeRehearsal(w, &r) })
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&o.RPS, "rps", 0, "users' requests a second")
	flags.Var(partFlag{&o.StableErrors}, "stable-errors", "part of the requests that fails on the stable version")
	flags.Var(partFlag{&o.CandidateErrors}, "candidate-errors", "part of the requests that fails on the candidate")
	flags.DurationVar(&o.Latency, "latency", 0, "median latency of the stable version (default latency is not measured)")
	flags.DurationVar(&o.CandidateLatency, "candidate-latency", 0, "median latency of the candidate (default that of the stable version)")
	flags.BoolVar(&o.Hang, "hang", false, "what fails on the candidate is never answered")
	for _, name := range []string{"stable-errors", "candidate-errors"} {
		flags.Lookup(name).DefValue = "" // there is none: they have to be given
	}
	flags.Var(partFlag{&o.Posts}, "posts", "part of the requests that must not be retried")
	flags.StringVarP(&o.File, "config", "c", "", "the file with the plan")
	flags.StringVar(&o.To, "to", "", "the candidate in the file (default the only one)")
	flags.Var(percentsFlag{&o.Steps}, "steps", "the candidate's shares, without a file")
	flags.DurationVar(&o.Hold, "hold", time.Minute, "least time in each step but the last, without a file")
	flags.DurationVar(&o.Bake, "bake", 5*time.Minute, "time at 100% before it has succeeded, without a file")
	flags.IntVar(&o.Endpoints, "endpoints", 0, "of the candidate (default as in the file, or 3)")
	flags.IntVar(&o.Runs, "runs", 1000, "how many rollouts")
	flags.Uint64Var(&o.Seed, "seed", 1, "another one gives other runs")
	return cmd
}

// given refuses a command line that leaves out what there is no default for, or
// says what a file says too.
func given(cmd *cobra.Command, o *rehearse.Options) error {
	for _, name := range []string{"rps", "stable-errors", "candidate-errors"} {
		if !cmd.Flags().Changed(name) {
			return usagef("missing --%s%s", name, suchAs(cmd))
		}
	}
	for _, name := range []string{"steps", "hold", "bake"} {
		if o.File != "" && cmd.Flags().Changed(name) {
			return usagef("both -c and --%s: want one of them", name)
		}
	}
	if o.File == "" && o.To != "" {
		return usagef("--to: want -c FILE beside it")
	}
	if err := o.Check(); err != nil {
		return usageError{err}
	}
	return nil
}
