package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"weir/cmd/internal/app/rehearse"
	"weir/cmd/internal/app/show"
)

// writeRehearsal shows what simulated rollouts came to.
func writeRehearsal(w io.Writer, r *rehearse.Result) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d rollouts of %s to %s (%s), seed %d\n", r.Runs, r.From, r.To, count(r.Endpoints, "endpoint"), r.Seed)
	fmt.Fprintf(&b, "%s requests a second; %s of them fail on %s, %s on %s\n", number(r.RPS, 3),
		percent(r.StableErrors), r.From, percent(r.CandidateErrors), r.To)
	if r.Latency > 0 {
		fmt.Fprintf(&b, "half of them are answered within %s ms on %s, %s ms on %s\n", number(r.Latency, 3), r.From, number(r.CandidateLatency, 3), r.To)
	}
	fmt.Fprintf(&b, "plan: %s\n\n", planLine(r))

	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(t, "%s:\t%s\n", name, value) }
	row("reverted", fmt.Sprintf("%d of %d (%s)%s", r.Reverted, r.Runs, percent(r.RevertProbability), rulesText(r.Rules)))
	row("succeeded", fmt.Sprintf("%d of %d", r.Succeeded, r.Runs))
	if r.Undecided > 0 {
		row("undecided", fmt.Sprintf("%d of %d, long after the plan's end", r.Undecided, r.Runs))
	}
	if s := r.TimeToRevert; s != nil {
		row("time to revert", fmt.Sprintf("median %s, 90%% within %s, slowest %s", took(s.Median), took(s.P90), took(s.Most)))
		var at []string
		for _, a := range r.RevertedAt {
			at = append(at, fmt.Sprintf("%s in %d", percent(a.Percent/100), a.Runs))
		}
		row("reverted at", strings.Join(at, ", "))
	}
	row("candidate", number(r.CandidateFailures, 1)+" first attempts failed in a rollout, on average")
	row("users", fmt.Sprintf("%s of %s requests failed in a rollout, on average", number(r.UserErrors, 1), number(r.Users, 0)))
	_ = t.Flush() // a bytes.Buffer takes everything

	if r.Reverted > 1 {
		fmt.Fprint(&b, "\ntime to revert, from the start of the rollout\n")
		writeHistogram(&b, r.Took())
	}
	fmt.Fprintf(&b, "\nshare of %s in the median run: %s after %s\n", r.To, r.Median.Phase, took(r.Median.Took))
	writeRamp(&b, &r.Median)
	fmt.Fprintln(&b, r.Median.Reason)
	_, err := w.Write(b.Bytes())
	return err
}

func planLine(r *rehearse.Result) string {
	var parts []string
	if len(r.Steps) == 0 {
		parts = append(parts, "one switch")
	}
	for _, s := range r.Steps {
		part := percent(s.Percent / 100)
		if s.Hold > 0 {
			part += " " + show.Duration(rehearse.Duration(s.Hold))
		}
		if s.Certified {
			part += " until certified"
		}
		if s.MaxHold > 0 {
			part += " at most " + show.Duration(rehearse.Duration(s.MaxHold))
		}
		if s.Pause {
			part += " until promoted"
		}
		parts = append(parts, part)
	}
	if r.Bake > 0 {
		parts = append(parts, "bake "+show.Duration(rehearse.Duration(r.Bake)))
	}
	return strings.Join(parts, ", ")
}

// rulesText says which rules reverted how many runs.
func rulesText(rules map[string]int) string {
	var parts []string
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		parts = append(parts, fmt.Sprintf("%s %d", rule, rules[rule]))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// took is a number of seconds for people, with about three digits.
func took(seconds float64) string {
	d := rehearse.Duration(seconds)
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return show.Duration(d.Round(time.Second))
}
