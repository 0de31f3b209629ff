package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/rehearse"
	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func (c *cli) rolloutPlanCmd() *cobra.Command {
	var to, key string
	cmd := &cobra.Command{
		Use:   "plan UPSTREAM",
		Short: "Say what a rollout would be like with the traffic of now",
		Long: `Plan shows each step of the running rollout, or of one that would start now: how
long it takes at least, how many requests the candidate will have by then, and how
long it would take until a bad candidate is seen and reverted: one that fails twice,
five or ten times as often as the stable version, one that is dead, one that hangs.
It goes by the requests and failures of the last ten seconds, or of the time since
the process started where those are too few.

The times are averages. A dash means never: at that share, nothing can be seen.

With --flag KEY it is the rollout of a flag, whose requests are those that ask for it.
How many those of a segment are nobody knows before.`,
		Example: `  weir rollout plan api
  weir rollout plan api --to v3 -o json
  weir rollout plan --flag new-checkout`,
		Args: want("UPSTREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			var p api.Plan
			if key != "" {
				p, err = client.FlagPlan(cmd.Context(), key, to)
			} else {
				p, err = client.Plan(cmd.Context(), args[0], to)
			}
			if err != nil {
				return err
			}
			return c.print(p, func(w io.Writer) error { return writePlan(w, &p) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the candidate (default the only version it can be, or the file's variant)")
	ofFlag(cmd, &key)
	return cmd
}

func writePlan(w io.Writer, p *api.Plan) error {
	fmt.Fprintf(w, "%s from %s to %s\n", p.Strategy, p.From, p.To)
	if p.RequestsPerSecond <= 0 {
		fmt.Fprintf(w, "no traffic on %s and %s in the last ten seconds: how long things take cannot be said\n\n", p.From, p.To)
	} else {
		fmt.Fprintf(w, "%s requests a second; %s\n\n", number(p.RequestsPerSecond, 1), errorRateText(p))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "STEP\tSHARE\tHOLD\tAT LEAST\tREQUESTS\t2X ERRORS\t5X\t10X\tDEAD\tHANGING\tWAITS FOR")
	for i := range p.Steps {
		s := &p.Steps[i]
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, shareCell(s), show.Duration(rehearse.Duration(s.Hold)),
			orNever(s.Least), requestsCell(s), orNever(s.Seen.Double), orNever(s.Seen.Five), orNever(s.Seen.Ten),
			orNever(s.Seen.Dead), orNever(s.Seen.Hanging), stepWaits(s))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range p.Steps {
		if ahead := p.Steps[i].Ahead; len(ahead) > 0 {
			fmt.Fprintf(w, "before step %d: %s\n", i+1, strings.Join(ahead, ", "))
		}
	}
	writeLaterGates(w, p)
	for i := range p.Steps {
		if p.Steps[i].Writes {
			fmt.Fprintf(w, "writes stay with %s until step %d, and go to %s from there on\n", p.From, i+1, p.To)
		}
	}
	end := "\nbake " + show.Duration(rehearse.Duration(p.Bake))
	if p.Least != nil {
		end += fmt.Sprintf("; at least %s in all%s", took(*p.Least), besides(p))
	}
	_, err := fmt.Fprintln(w, end)
	return err
}

// writeLaterGates says what is asked when all steps are behind.
func writeLaterGates(w io.Writer, p *api.Plan) {
	for _, point := range []struct{ at, when string }{
		{"after_switch", "in the bake"},
		{"before_finish", "at the end of the bake"},
		{"after_finish", "when " + p.From + " has retired"},
		{"on_revert", "after a revert, which waits for none"},
	} {
		var names []string
		for _, g := range p.Gates {
			if g.At == point.at {
				names = append(names, g.Name)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(w, "%s: %s\n", point.when, strings.Join(names, ", "))
		}
	}
}

func errorRateText(p *api.Plan) string {
	rate := number(100*p.ErrorRate, 4) + "%"
	switch p.ErrorRateSource {
	case "window":
		return fmt.Sprintf("%s failed %s in the last ten seconds", p.From, rate)
	case "process":
		return fmt.Sprintf("%s has failed %s since the process started", p.From, rate)
	}
	return fmt.Sprintf("%s has not failed yet, %s is assumed", p.From, rate)
}

// orNever is a time for people, or a dash.
func orNever(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	return took(*seconds)
}

// shareCell is what the candidate gets in a step.
func shareCell(s *api.PlanStep) string {
	if s.Segment != "" {
		return s.Segment
	}
	if s.Mirror > 0 {
		return "copies of " + percent(s.Mirror/100)
	}
	return percent(s.Weight / 100)
}

func requestsCell(s *api.PlanStep) string {
	if s.Least == nil || s.Segment != "" {
		return "-"
	}
	return number(s.Requests, 0)
}

// stepWaits is what a step waits for besides its hold and requests.
func stepWaits(s *api.PlanStep) string {
	switch {
	case s.Pause:
		return "promote"
	case s.Certified && s.MaxHold > 0:
		return "certificate, at most " + show.Duration(rehearse.Duration(s.MaxHold))
	case s.Certified:
		return "certificate"
	}
	return "-"
}

// besides is what the least time of the whole leaves out.
func besides(p *api.Plan) string {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Pause || s.Certified || len(s.Ahead) > 0 {
			return ", and what steps wait for"
		}
	}
	return ""
}
