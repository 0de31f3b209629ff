package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/config"
)

// Outlook is what a start with a file and what is kept would make of one upstream, or
// of one flag.
type Outlook struct {
	Of    string   // an upstream's name, or flag KEY
	Lines []string // what serves and why, a sentence each
}

// Outlooks says what would serve if Weir started with cfg on what a store holds, in the
// order of the file, and then of the flags of which something is kept; it changes nothing.
// Where DNS is asked, endpoints are as the file has them.
func Outlooks(cfg *config.Config, held map[string][]byte) (out []Outlook) {
	for i := range cfg.Upstreams {
		out = append(out, outlook(&cfg.Upstreams[i], held[upstreamKey(cfg.Upstreams[i].Name)]))
	}
	for _, key := range slices.Sorted(maps.Keys(held)) {
		name, ok := strings.CutPrefix(key, upstreamKey(""))
		if ok && !slices.ContainsFunc(cfg.Upstreams, func(u config.Upstream) bool { return u.Name == name }) {
			out = append(out, Outlook{Of: name, Lines: []string{"it is kept, and not in the file: it does not serve"}})
		}
	}
	return append(out, flagOutlooks(cfg, held)...)
}

func outlook(cfg *config.Upstream, in []byte) Outlook {
	out, file := Outlook{Of: cfg.Name}, fileSplit(cfg)
	say := func(format string, args ...any) { out.Lines = append(out.Lines, fmt.Sprintf(format, args...)) }
	if in == nil {
		say("nothing is kept of it: the file's split serves (%s)", file.words())
		return out
	}
	kept, err := decodeRecord(in)
	if err != nil {
		say("what is kept cannot be used (%v): it is set aside, and the file's split serves (%s)", err, file.words())
		return out
	}
	if err := kept.rolloutProblem(); err != nil {
		say("the kept rollout %s cannot be used (%v): it is set aside, its split stays as it is", kept.Rollout.ID, err)
		kept.Rollout = nil
	}
	d := atStart(kept, file)
	switch {
	case d.replaced:
		say("the file's split (%s) replaces revision %d (%s): %s", file.words(), kept.Revision, kept.Split.words(), d.record.History[0].Reason)
	case file.Stable == d.record.Split.Stable && file.serves(d.record.Split):
		say("file and state agree: revision %d serves (%s)", d.record.Revision, d.record.Split.words())
	default:
		say("revision %d serves (%s) and not the file's split (%s), which has not changed since it was applied or does not count now",
			d.record.Revision, d.record.Split.words(), file.words())
	}
	if run := d.record.running(); run != nil {
		say("rollout %s from %s to %s goes on, %s, at %v %%", run.ID, run.Plan.From, run.Plan.To, run.Phase, run.Percent)
	}
	out.Lines = append(out.Lines, d.warnings...)
	r := d.record.prune(fileState(cfg, nil)).underFile(cfg)
	for _, version := range slices.Sorted(maps.Keys(r.Endpoints)) {
		for _, address := range slices.Sorted(maps.Keys(r.Endpoints[version])) {
			if what := r.Endpoints[version][address].words(); what != "" {
				say("endpoint %s of %s is set apart from the file: %s", address, version, what)
			}
		}
	}
	return out
}

// words is the split for people.
func (s split) words() string { return "stable " + s.Stable + ", " + s.weights() }

// words is the setting for people; "" of none.
func (o override) words() string {
	var parts []string
	if o.State != "" {
		by := o.Author
		if by == "" {
			by = "an operator"
		}
		parts = append(parts, o.State+" by "+by)
	}
	if o.Weight > 0 {
		parts = append(parts, fmt.Sprintf("weight %d", o.Weight))
	}
	if o.Rolling != "" {
		parts = append(parts, o.Rolling+" by a rolling rollout")
	}
	return strings.Join(parts, ", ")
}

// Readable says why what is kept under a key could not be used; nil: it can, or is not
// for people to write.
func Readable(key string, value []byte) error {
	switch {
	case strings.HasPrefix(key, upstreamKey("")):
		r, err := decodeRecord(value)
		if err != nil {
			return err
		}
		return r.rolloutProblem()
	case strings.HasPrefix(key, flagKey("")):
		r, err := decodeFlagRecord(value)
		if err != nil {
			return err
		}
		return r.rolloutProblem()
	}
	return nil
}

// SecretKey is where a store has what must not leave it: who knows it can answer
// approvals. Without it a start makes another one, and links given out before are void.
const SecretKey = linkKey
