package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func writeFlags(w io.Writer, flags []api.Flag, p show.Palette) error {
	if len(flags) == 0 {
		_, err := fmt.Fprintln(w, "no flags")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "FLAG\t%s\tREVISION\tVARIANTS\tREQUESTS\n", p.Plain("STATE"))
	for i := range flags {
		f := &flags[i]
		var names []string
		for _, v := range f.Variants {
			names = append(names, v.Name)
		}
		state := p.Good
		if !f.Enabled {
			state = p.Bad
		}
		said := flagState(f)
		if r := f.Rollout; r != nil && len(reachWords(r)) > 0 {
			said += "; " + r.To + " to " + strings.Join(reachWords(r), " and ")
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", f.Key, state(said), f.Revision, strings.Join(names, ", "), orDash(flagShares(f)))
	}
	return t.Flush()
}

// flagState is what everybody gets, as far as that is the same for all.
func flagState(f *api.Flag) string {
	switch {
	case !f.Enabled:
		return "disabled"
	case f.Variant != nil:
		return *f.Variant + " for everybody"
	}
	who := "by its rules, else "
	if ruled := len(f.Targeting) > 0 && string(f.Targeting) != "null"; !ruled {
		who = ""
	}
	if f.Default == nil {
		return who + "the application's default"
	}
	return who + *f.Default
}

// flagShares are the variants that requests have got of late, with their shares.
func flagShares(f *api.Flag) string {
	var parts []string
	rest := 1.0
	for _, v := range f.Variants {
		if rest -= v.Share; v.Share > 0 {
			parts = append(parts, v.Name+"="+percent(v.Share))
		}
	}
	if f.None.Requests > 0 {
		parts = append(parts, "none="+percent(rest))
	}
	return strings.Join(parts, " ")
}

// changedBy is who has made a revision, or else what has.
func changedBy(r *api.FlagRevision) string {
	switch {
	case r.Author != "":
		return "by " + asked(r.Author, r.From)
	case r.From != "":
		return asked("", r.From)
	}
	return "by " + r.Source
}

func writeFlag(w io.Writer, f *api.Flag, p show.Palette) error {
	state := p.Good(flagState(f))
	if !f.Enabled {
		state = p.Bad(flagState(f))
	}
	fmt.Fprintf(w, "%s: revision %d, %s\n", f.Key, f.Revision, state)
	if c := f.LastChange; c != nil {
		fmt.Fprintf(w, "last change %s %s%s\n", c.At.Local().Format(time.DateTime), changedBy(c), reasoned(c.Reason))
	}
	if f.Rollout != nil {
		fmt.Fprintln(w, painted(p, f.Rollout.State, rolloutLine(*f.Rollout)))
	}
	fmt.Fprintf(w, "defined in %s:%d\n", f.File, f.Line)
	if len(f.Targeting) > 0 && string(f.Targeting) != "null" {
		fmt.Fprintf(w, "rules: %s\n", f.Targeting)
	}
	table(w, "VARIANT\tVALUE\tSHARE\tREQ/S\tERRORS\tP99", func(t io.Writer) {
		for _, v := range f.Variants {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.Name, v.Value, percent(v.Share), windowCells(v.Window))
		}
		if f.None.Requests > 0 {
			fmt.Fprintf(t, "(none)\t-\t-\t%s\n", windowCells(f.None))
		}
	})
	if !f.Counted {
		_, err := fmt.Fprintln(w, "no route, header or rollout asks for it: requests of users are not counted by it")
		return err
	}
	return nil
}
