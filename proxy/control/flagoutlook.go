package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/config"
	"weir/proxy/flag"
)

// flagOutlooks are those of the flags of which something is kept.
func flagOutlooks(cfg *config.Config, held map[string][]byte) (out []Outlook) {
	for _, kept := range slices.Sorted(maps.Keys(held)) {
		key, ok := strings.CutPrefix(kept, flagKey(""))
		if !ok {
			continue
		}
		o := Outlook{Of: "flag " + key}
		if cfg.Flags == nil || cfg.Flags.Set.Flag(key) == nil {
			o.Lines = []string{"it is kept, and in no file of flags: it decides nothing"}
			if r, err := decodeFlagRecord(held[kept]); err == nil && r.running() != nil {
				o.Lines = append(o.Lines, fmt.Sprintf("rollout %s to %s ends: it does not come back with the flag", r.Rollout.ID, r.Rollout.Plan.To))
			}
		} else {
			o.Lines = (&flags{config: cfg.Flags}).outlook(cfg.Flags.Set.Flag(key), held[kept], cfg.History)
		}
		out = append(out, o)
	}
	return out
}

// outlook is what a start would make of what is kept of a flag.
func (f *flags) outlook(d *flag.Flag, in []byte, h config.History) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	kept, err := decodeFlagRecord(in)
	if err != nil {
		say("what is kept cannot be used (%v): it is set aside, and the file's definition holds", err)
		return lines
	}
	if err := kept.rolloutProblem(); err != nil {
		say("the kept rollout %s cannot be used (%v): it is set aside", kept.Rollout.ID, err)
		kept.Rollout = nil
	}
	r, warning := f.under(kept, d, h)
	if warning != "" {
		say("%s", strings.TrimPrefix(warning, "flag "+d.Key()+": "))
	}
	run := r.running()
	switch {
	case r.Set != (FlagSetting{}):
		say("revision %d holds over the file: %s", r.Revision, r.Set)
	case run == nil:
		say("the file decides: nothing is set over it")
	}
	if run != nil {
		say("rollout %s to %s goes on, %s, at %v %%", run.ID, run.Plan.To, run.Phase, run.Percent)
	}
	return lines
}
