package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os/user"
	"regexp"
	"strconv"
	"strings"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// json prints v as one indented JSON value.
func (c *cli) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// The ways to print what a command has got.
const (
	outputTable = "table" // for people
	outputJSON  = "json"
	outputYAML  = "yaml"
)

// print prints what a command has got: v, which is the API's object, for machines, or
// what words writes for people.
func (c *cli) print(v any, words func(io.Writer) error) error {
	switch c.output {
	case outputJSON:
		return c.json(v)
	case outputYAML:
		return show.YAML(c.out, v)
	}
	return words(c.out)
}

// line prints one of many things that a reader follows: as a line of JSON, as a document
// of YAML, or in words.
func (c *cli) line(v any, words string) error {
	switch c.output {
	case outputJSON:
		return json.NewEncoder(c.out).Encode(v)
	case outputYAML:
		if _, err := io.WriteString(c.out, "---\n"); err != nil {
			return err
		}
		return show.YAML(c.out, v)
	}
	_, err := fmt.Fprintln(c.out, words)
	return err
}

// forPeople says that nothing but people reads what is printed.
func (c *cli) forPeople() bool { return c.output == outputTable }

// palette has the colours for what is printed for people.
func (c *cli) palette() show.Palette { return show.PaletteFor(c.out, c.noColor) }

// changed is how every write to an upstream ends: with the split it led to.
func (c *cli) changed(u api.Upstream) error {
	return c.print(u, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, summary(u))
		return err
	})
}

// summary is an upstream's split and rollout in one line.
func summary(u api.Upstream) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: revision %d, stable %s,", u.Name, u.Revision, u.Stable)
	for _, v := range u.Versions {
		fmt.Fprintf(&b, " %s=%s", v.Name, percent(u.Split[v.Name].Share))
	}
	for _, r := range judged(u) {
		fmt.Fprintf(&b, "; %s", rolloutLine(r))
	}
	return b.String()
}

// judged is the rollout and the guards of an upstream.
func judged(u api.Upstream) []api.Rollout {
	var list []api.Rollout
	if u.Rollout != nil {
		list = append(list, *u.Rollout)
	}
	switch {
	case len(u.Guards) > 0:
		list = append(list, u.Guards...)
	case u.Guard != nil:
		list = append(list, *u.Guard)
	}
	return list
}

// place begins the reasons that say where in its plan a rollout is.
var place = regexp.MustCompile(`^step [0-9]+ of [0-9]+: \S+ at \S+%(: |$)`)

// rolloutLine says in one line where a rollout or guard is, its state, and why.
func rolloutLine(r api.Rollout) string {
	if r.Steps == 0 {
		return fmt.Sprintf("guard of %s: %s", r.To, show.Sentence(r.State, r.Reason))
	}
	return fmt.Sprintf("rollout %s (%s) %s to %s, step %d of %d, %s at %s: %s", r.ID, r.Strategy, r.From, r.To,
		r.Step, r.Steps, r.To, percent(r.Weight/100), show.Sentence(r.State, place.ReplaceAllString(r.Reason, "")))
}

// reportLine is what a rollout cost its users, in one line.
func reportLine(r *api.Report) string {
	s := fmt.Sprintf("%d requests, %d user errors, availability %s, %d failed attempts",
		r.Requests, r.UserErrors, availability(r), r.FailedAttempts)
	if r.SecondsToZero != nil {
		s += fmt.Sprintf(", weight 0 after %s s", number(*r.SecondsToZero, 3))
	}
	return s
}

// availability is rounded down, so that 100% means no error at all.
func availability(r *api.Report) string {
	const decimals = 1000
	cut := math.Floor(r.Availability*decimals+1e-6) / decimals // 1e-6 against the rounding of the product
	return number(cut, 3) + "%"
}

// percent shows a share of 0 to 1, with as many as three decimals.
func percent(share float64) string { return number(100*share, 3) + "%" }

// number shows f with at most that many decimals.
func number(f float64, decimals int) string {
	p := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(f*p)/p, 'f', -1, 64)
}

// author is who gives the command, for the history; empty if the system does not
// tell.
func author() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
