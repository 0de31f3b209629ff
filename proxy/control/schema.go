package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// The schema guard keeps requests from versions that cannot run on the schema that
// their database has: a wrong shift there cannot be taken back. Two things it goes by
// may be unknown, which schema there is and what a version runs on; then no version
// but stable gets more.

// schemaHeader is how an endpoint announces what it runs on, as a file writes it.
const schemaHeader = "X-Schema-Range"

// announcement is what an endpoint says of itself on health answers. It outlives
// generations.
type announcement struct {
	schema atomic.Pointer[string] // nil: no check has passed; "": it says nothing
}

// hear takes what the head of an answer has.
func (a *announcement) hear(h http.Header) {
	said := h.Get(schemaHeader)
	if was := a.schema.Load(); was == nil || *was != said {
		a.schema.Store(&said)
	}
}

// ability is what is known of the schemas that a version runs on.
type ability struct {
	runs     config.SchemaRange
	declared bool   // by the file, which goes before announcements
	none     string // nothing suits all of its endpoints, for people; "": something does
	unknown  string // why runs is not known, for people; "": it is
}

// ability is by the file, or what suits all endpoints that could be picked.
func (u *upstream) ability(v *version) ability {
	i := slices.IndexFunc(u.config.Versions, func(c config.Version) bool { return c.Name == v.name })
	if r := u.config.Versions[i].Schema; r != nil {
		return ability{runs: *r, declared: true}
	}
	a := ability{unknown: v.name + " has no usable endpoint that announces one"}
	for i := range v.endpoints {
		e := &v.endpoints[i]
		if !e.live.live.Usable() {
			continue
		}
		said := e.live.announced.schema.Load()
		if said == nil || *said == "" {
			return ability{unknown: e.address + " announces none"}
		}
		r, ok := config.ParseSchemaRange(*said)
		if !ok {
			return ability{unknown: fmt.Sprintf("%s announces %s, which is no range like 41-43", e.address, config.Show(*said))}
		}
		if a.unknown != "" {
			a = ability{runs: r}
			continue
		}
		both, ok := a.runs.And(r)
		if !ok {
			return ability{none: fmt.Sprintf("%s announces %s, others %s", e.address, r, a.runs)}
		}
		a.runs = both
	}
	return a
}

// source is how the range is known.
func (a *ability) source() string {
	if a.declared {
		return "declared"
	}
	return "announced"
}

// fitness is what the schema guard makes of a version; the zero value is that it can
// run.
type fitness struct {
	cannot  string // why it cannot run on the schema as it is, or was last heard of, for people
	unknown string // why that is not known, for people
	stale   bool   // the schema was heard of too long ago, or never in all that time
}

// fitness of a version by name; without a schema every version is fit.
func (u *upstream) fitness(name string, now time.Time) fitness {
	v := u.version(name)
	if u.config.Schema == nil || v == nil {
		return fitness{}
	}
	current := u.schemaNow(now)
	f := fitness{stale: current.stale}
	a := u.ability(v)
	switch {
	case a.unknown != "":
		f.unknown = fmt.Sprintf("it is not known which schema %s runs on: %s: want versions.%s.schema in the file, or %s on health answers",
			name, a.unknown, name, schemaHeader)
	case !current.known:
		f.unknown = "the schema is not known: " + current.err
	case a.none != "":
		f.cannot = fmt.Sprintf("%s cannot run on schema %d: no schema suits all of its endpoints: %s", name, current.version, a.none)
	case !a.runs.Has(current.version):
		f.cannot = fmt.Sprintf("%s cannot run on schema %d: it runs on %s (%s)", name, current.version, a.runs, a.source())
	}
	if current.stale && current.known {
		f.unknown = fmt.Sprintf("the schema was %d at %s, and has not been heard of since: %s",
			current.version, current.at.Format(time.RFC3339), current.err)
	}
	return f
}

// schemaFor is what the guard says of a candidate and its stable version. What is
// stale decides nothing: it only stops the advance.
func (u *upstream) schemaFor(candidate string, now time.Time) rollout.Schema {
	if u.config.Schema == nil {
		return rollout.Schema{}
	}
	c := u.fitness(candidate, now)
	out := rollout.Schema{Unknown: c.unknown, Stale: c.stale}
	if !c.stale {
		out.Candidate, out.Stable = c.cannot, u.fitness(u.record.Split.Stable, now).cannot
	}
	return out
}

// schema is schemaFor, and that of a group's other members as far as its way back goes:
// what one of them reverts all revert.
func (h *host) schema(u *upstream, candidate string, now time.Time) rollout.Schema {
	out := u.schemaFor(candidate, now)
	run := u.record.running()
	if run == nil || run.Plan.To != candidate {
		return out
	}
	for _, m := range h.control.others(u, &run.Plan) {
		if back := m.schemaFor(candidate, now).Stable; back != "" && out.Stable == "" {
			out.Stable = ofMember(m.name(), back)
		}
	}
	return out
}

// outgrown says, for people, which version would get more by another split than it
// may, and why; "" when none does. Nobody is kept from going back to stable because
// something is not known.
func (u *upstream) outgrown(was, next split, now time.Time) (version, why string) {
	for _, name := range next.versions() {
		if !next.favours(name, was) {
			continue
		}
		switch f := u.fitness(name, now); {
		case f.cannot != "":
			return name, "schema: " + f.cannot
		case f.unknown != "" && name != was.Stable:
			return name, "schema: " + f.unknown
		}
	}
	return "", ""
}

// schemaFaults are what is wrong with a file whose split replaces what serves.
func (u *upstream) schemaFaults(was split, now time.Time) []fault {
	name, why := u.outgrown(was, u.record.Split, now)
	if why == "" {
		return nil
	}
	return []fault{u.tooMuch(was, name, why)}
}

// tooMuch is that a file's split gives a version more than now, and why it must not; it
// stands where the file does so.
func (u *upstream) tooMuch(was split, name, why string) fault {
	path := []string{"upstreams", u.name(), "versions", name, "weight"}
	if name == u.record.Split.Stable && name != was.Stable {
		path = []string{"upstreams", u.name(), "stable"}
	}
	return faultAt(fmt.Sprintf("%s would get more than now, but %s", name, why), path...)
}

// schemaAdvice names the versions that have requests and cannot run.
func (u *upstream) schemaAdvice(now time.Time) []string {
	var out []string
	for _, v := range u.versions {
		f := u.fitness(v.name, now)
		if f.cannot == "" {
			continue
		}
		if u.serving(v.name) {
			out = append(out, fmt.Sprintf("%s, and has %.3g%% of the requests", f.cannot, 100*u.record.Split.share(v.name)))
		}
		if flags := u.led(v.name); len(flags) > 0 {
			out = append(out, fmt.Sprintf("%s, and %s requests there", f.cannot, ledWords(flags)))
		}
	}
	return out
}

// canRun refuses a rollout to a version that cannot run, or of which that is not known.
// One that prepares its candidate waits for the endpoints to say. Where gates are asked
// before the start, which may migrate the schema, the guard looks when they have passed.
func (u *upstream) canRun(to, strategy string, migrates bool, now time.Time) error {
	f := u.fitness(to, now)
	switch {
	case f.cannot != "" && migrates:
	case f.cannot != "":
		return refuse(Conflict, "upstream %s: schema: %s", u.name(), f.cannot)
	case f.unknown != "" && !(strategy == blueGreen && u.version(to).group.Usable() == 0):
		return refuse(Conflict, "upstream %s: schema: %s", u.name(), f.unknown)
	}
	return nil
}

// migrates reports that the upstream's rollouts may change the schema, which is asked
// for, before they give a candidate anything.
func (u *upstream) migrates() bool {
	s := u.config.Schema
	return s != nil && s.URL != "" && slices.ContainsFunc(u.config.Rollout.Gates, func(g config.Gate) bool { return g.At == config.BeforeStart })
}

// migrated has the schema of all that a rollout moves asked for anew: what the guard has
// heard is from before the gates that have just passed.
func (c *Control) migrated(ctx context.Context, u *upstream, p *rollout.Plan) {
	u.askAgain(ctx)
	for _, m := range c.others(u, p) {
		m.askAgain(ctx)
	}
}

// schemaView is nil where there is no schema to know.
func (u *upstream) schemaView(now time.Time) *SchemaView {
	if u.config.Schema == nil {
		return nil
	}
	s := u.schemaNow(now)
	return &SchemaView{Current: s.version, Known: s.known, At: s.at, Source: u.config.Schema.Shown(), Error: s.err}
}

func (u *upstream) rangeView(v *version) *RangeView {
	if u.config.Schema == nil {
		return nil
	}
	a := u.ability(v)
	out := &RangeView{Source: a.source(), Error: a.unknown + a.none}
	if out.Known = out.Error == ""; out.Known {
		out.Min, out.Max = a.runs.Min, a.runs.Max
	}
	return out
}
