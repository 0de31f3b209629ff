package control

import (
	"encoding/json"
	"slices"

	"weir/balancer/rollout"
	"weir/health/outcome"
	"weir/proxy"
	"weir/proxy/flag"
)

// FlagView is one flag as it is now. The caller owns it, but for JSON, which nobody
// writes.
type FlagView struct {
	Key      string
	Revision uint64 // of what is set; 0: nobody has changed the flag at runtime
	Enabled  bool
	Forced   string // the variant that everybody gets; "": nobody is forced
	Default  string // "": the application's own default
	Variants []FlagVariantView
	// InPath says that requests of users ask for the flag: only then are they counted.
	InPath bool
	None   outcome.Summary // of those that got no variant

	Kind      flag.Kind // of the values
	Targeting json.RawMessage
	Metadata  json.RawMessage
	File      string // that defines it
	Line      int
	FileOn    bool // what the file says of Enabled

	Last *FlagRevision // the present one; nil: there is none
	// Rollout is the ramp that runs; nil: none.
	Rollout *rollout.State
}

// FlagVariantView is one variant of a flag.
type FlagVariantView struct {
	Name   string
	Value  json.RawMessage
	Window outcome.Summary // requests of the last ten seconds that got it
}

// Flags are all flags, sorted by key.
func (c *Control) Flags() []FlagView {
	f := c.current.Load().flags
	if f == nil {
		return nil
	}
	var out []FlagView
	for _, d := range f.config.Set.Flags() {
		out = append(out, f.view(d))
	}
	return out
}

// Flag is one flag.
func (c *Control) Flag(key string) (FlagView, error) {
	w := c.current.Load()
	d, err := w.flag(key)
	if err != nil {
		return FlagView{}, err
	}
	return w.flags.view(d), nil
}

// FlagHistory is what was set over a flag's definition, newest first; nil: nothing ever
// was.
func (c *Control) FlagHistory(key string) ([]FlagRevision, error) {
	w := c.current.Load()
	if _, err := w.flag(key); err != nil {
		return nil, err
	}
	if r := w.flags.record(key); r != nil {
		return slices.Clone(r.History), nil
	}
	return nil, nil
}

func (f *flags) view(d *flag.Flag) FlagView {
	v := FlagView{
		Key: d.Key(), Kind: d.Kind(), Targeting: d.Targeting(), Metadata: d.Metadata(), FileOn: !d.Disabled(), Enabled: !d.Disabled(),
	}
	v.File, v.Line = d.Place()
	if s := d.Default(); s != nil {
		v.Default = s.Name()
	}
	if r := f.records[d.Key()]; r != nil {
		last := r.History[0]
		v.Revision, v.Last, v.Enabled, v.Forced = r.Revision, &last, r.Set.on(d), r.Set.Variant
	}
	if run := f.ramp(d.Key()); run != nil && !run.Phase.Ended() {
		v.Rollout = run
	}
	live := f.live[d.Key()]
	v.InPath = live != nil
	v.None = live.arm("").sum()
	for _, of := range d.Variants() {
		v.Variants = append(v.Variants, FlagVariantView{Name: of.Name(), Value: of.Value(), Window: live.arm(of.Name()).sum()})
	}
	return v
}

func (a *flagArm) sum() outcome.Summary {
	if a == nil {
		return outcome.Summary{}
	}
	if s := a.summary.Load(); s != nil {
		return *s
	}
	return outcome.Summary{}
}

// FlagMetrics is what was counted of a flag.
type FlagMetrics struct {
	Key       string
	Decisions []proxy.FlagDecisions // none: no request of users asks for it
	Arms      []FlagArmMetrics      // the same
	// Ended is how often its ramps have ended in each way; nil: it can have none.
	Ended map[rollout.Phase]uint64
	// Rollout is where the ramp is that runs or the last that did; "": there never was one.
	Rollout rollout.Phase
}

// FlagArmMetrics is the users' requests that got a variant, "" none.
type FlagArmMetrics struct {
	Variant string
	Totals  outcome.Totals
}

// FlagMetrics is what was counted of flags, sorted by key.
func (c *Control) FlagMetrics() (out []FlagMetrics, tokens map[string]uint64) {
	w := c.current.Load()
	if w.keys.tokens != nil {
		tokens = w.keys.tokenStats.Totals()
	}
	return w.flags.metrics(), tokens
}

func (f *flags) metrics() (out []FlagMetrics) {
	if f == nil {
		return nil
	}
	for _, d := range f.config.Set.Flags() {
		m := FlagMetrics{Key: d.Key()}
		if l := f.live[d.Key()]; l != nil {
			m.Decisions = slices.Collect(l.proxied.Decisions())
			for _, a := range l.arms {
				t := FlagArmMetrics{Variant: a.variant}
				a.stats.Totals(&t.Totals)
				m.Arms = append(m.Arms, t)
			}
		}
		if l := f.ramps[d.Key()]; l != nil {
			m.Ended = l.endings.byState()
			if s := f.ramp(d.Key()); s != nil {
				m.Rollout = s.Phase
			}
		}
		out = append(out, m)
	}
	return out
}
