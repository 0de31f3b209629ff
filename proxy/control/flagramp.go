package control

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/flag"
)

// A ramp is the rollout of a flag: what the rollout of an upstream does with versions and
// weights it does with a variant (to) and with what everybody else gets (from, which is
// only a name here). The engine, its rules and their evidence are the same, see package
// rollout; what is kept, who may move it and how it is told are the flag's own. What goes
// by endpoints, capacity and databases has no meaning for a flag, and is not asked.

// liveRamp is who judges a flag's ramps. It lives as long as the flag is in the files.
type liveRamp struct {
	engine  *rollout.Engine
	asker   *asker          // of the gates
	ctx     context.Context // of the engine's Run; nil before it runs
	stop    func()          // ends ctx; nil before it runs. The writer's.
	endings endings
}

// RampOptions describe a ramp to start; the plan is the file's, flags.rollouts.
type RampOptions struct {
	To string // the variant; "": the file's
	ID string // "": flag and revision, as in new-checkout-7; else 1 to 64 of letters, digits, ".", "_", "-"
}

// StartRamp starts the flag's plan towards a variant.
func (c *Control) StartRamp(ctx context.Context, key string, o RampOptions, m Meta) (FlagView, error) {
	w := c.current.Load()
	d, err := w.flag(key)
	if err != nil {
		return FlagView{}, err
	}
	f, r := w.flags, w.flags.record(key)
	p, err := f.plan(d, o)
	if err != nil {
		return FlagView{}, err
	}
	if o.ID == "" {
		o.ID = nextID(key, r.revision(), r.last())
	}
	return c.askRamp(key, m, func(asked rollout.Meta) (rollout.State, error) {
		return f.ramps[key].engine.Start(ctx, o.ID, *p, asked)
	})
}

// plan is the ramp by which a flag can go to a variant now.
func (f *flags) plan(d *flag.Flag, o RampOptions) (*rollout.Plan, error) {
	key, r := d.Key(), f.record(d.Key())
	cfg, to := f.rollout(key), o.To
	if run := r.running(); run != nil {
		return nil, activeRamp(key, run)
	}
	if cfg == nil {
		return nil, refuse(Invalid, "flag %s: flags.rollouts.%s: not in the file: want steps there, like {weight: 10%%}", key, key)
	}
	if to == "" {
		to = cfg.To
	}
	switch {
	case to == "":
		return nil, refuse(Invalid, "flag %s: to: missing: want one of its variants, %s", key, enumerate(variantNames(d)))
	case d.Variant(to) == nil:
		return nil, noVariant(d, to)
	case r.set().Variant == to:
		return nil, refuse(Conflict, "flag %s: everybody has %s already", key, to)
	case !r.set().on(d):
		return nil, refuse(Conflict, "flag %s: it is disabled, so nobody would get %s: enable it first", key, to)
	case o.ID != "" && !idPattern.MatchString(o.ID):
		return nil, refuse(Invalid, "flag %s: id %s: want 1 to 64 of letters, digits, '.', '_' and '-'", key, config.Show(o.ID))
	}
	return rampPlan(cfg, r.set().from(d, to), to), nil
}

// rollout is what the file says of a flag's ramps; nil: nothing.
func (f *flags) rollout(key string) *config.FlagRollout {
	i := slices.IndexFunc(f.config.Rollouts, func(r config.FlagRollout) bool { return r.Flag == key })
	if i < 0 {
		return nil
	}
	return &f.config.Rollouts[i]
}

// from names what those get who are beside a ramp to a variant.
func (s FlagSetting) from(d *flag.Flag, to string) string {
	from := s.Variant
	if v := d.Default(); from == "" && v != nil {
		from = v.Name()
	}
	if from == "" || from == to { // the application's own default, or what a rule says
		return "file"
	}
	return from
}

// rampPlan is the ramp of a flag as the file has it.
func rampPlan(cfg *config.FlagRollout, from, to string) *rollout.Plan {
	p := &rollout.Plan{
		Strategy: canary, Flag: cfg.Flag, From: from, To: to,
		MinRequests: uint64(cfg.MinRequests), Bake: cfg.Bake, Rules: rules(cfg.Revert), OnUndecided: cfg.OnUndecided,
		Certify: rollout.Certify{MaxRatio: cfg.Certify.MaxRatio, MaxErrorRate: cfg.Certify.MaxErrorRate, Alpha: cfg.Certify.Alpha},
	}
	p.Rules.SampleRatio = false // users are drawn, and each asks as often as he likes
	p.Gates = planGates(cfg.Gates)
	for i := range cfg.Steps {
		p.Steps = append(p.Steps, planStep(&cfg.Steps[i]))
	}
	return p
}

// CommandRamp gives a command to the running ramp. Conflict when none runs or the command
// does not fit its phase.
func (c *Control) CommandRamp(ctx context.Context, key string, cmd rollout.Command, m Meta) (FlagView, error) {
	w := c.current.Load()
	if _, err := w.flag(key); err != nil {
		return FlagView{}, err
	}
	if w.flags.record(key).running() == nil {
		return FlagView{}, w.flags.noRamp(key, cmd.String())
	}
	return c.askRamp(key, m, func(asked rollout.Meta) (rollout.State, error) {
		return w.flags.ramps[key].engine.Command(ctx, cmd, asked)
	})
}

// askRamp has the flag's engine do something, and answers with the flag as the writer left
// it then.
func (c *Control) askRamp(key string, m Meta, do func(rollout.Meta) (rollout.State, error)) (FlagView, error) {
	var view FlagView
	_, err := do(rollout.Meta{IfMatch: m.IfMatch, Author: m.Author, From: m.From, Reason: m.Reason, Published: func() {
		f := c.current.Load().flags
		view = f.view(f.config.Set.Flag(key))
		view.Rollout = f.record(key).running() // the engine shows its own a moment later
	}})
	if err != nil {
		return FlagView{}, explain("flag "+key, "setting", err) // view is still the writer's if the caller has left
	}
	return view, nil
}

// Ramp returns the ramp that runs or the last that did; NotFound when there never was one.
func (c *Control) Ramp(key string) (rollout.State, error) { return c.current.Load().ramp(key) }

func (w *world) ramp(key string) (rollout.State, error) {
	if _, err := w.flag(key); err != nil {
		return rollout.State{}, err
	}
	s := w.flags.ramp(key)
	if s == nil {
		return rollout.State{}, refuse(NotFound, "flag %s: there never was a rollout of it", key)
	}
	return *s, nil
}

// ramp is the one that runs or the last that did, as the engine has it; nil: there never
// was one.
func (f *flags) ramp(key string) *rollout.State {
	kept := f.record(key).last()
	if l := f.ramps[key]; l != nil && kept != nil {
		for _, s := range l.engine.States() {
			if s.ID == kept.ID && !kept.Phase.Ended() {
				return &s
			}
		}
	}
	return kept
}

// overlay is a ramp as decisions go by it.
func (f *flags) overlay(d *flag.Flag, run *rollout.State, rest *flag.Variant) *flag.Ramp {
	r := &flag.Ramp{To: d.Variant(run.Plan.To), Rest: rest, Share: shareOf(run.Percent), Out: f.trips[d.Key()]}
	for _, name := range run.Segments() {
		r.Segments = append(r.Segments, f.config.Set.Segment(name))
	}
	return r
}

// arm gives the flags the trips that their records need: that of a ramp stays as long as
// it runs, and another ramp has another one. was may be nil.
func (f *flags) arm(was *flags) {
	f.trips = map[string]*balancer.Trip{}
	for key, r := range f.records {
		run := r.running()
		if run == nil {
			continue
		}
		f.trips[key] = &balancer.Trip{}
		if was == nil || was.trips[key] == nil {
			continue
		}
		if before := was.record(key).running(); before != nil && before.ID == run.ID {
			f.trips[key] = was.trips[key]
		}
	}
}

// unfit says why a ramp cannot go on under the file's definitions, for people; "": it can.
func (f *flags) unfit(d *flag.Flag, run *rollout.State) string {
	if d.Variant(run.Plan.To) == nil {
		return fmt.Sprintf("it has no variant %s any more", run.Plan.To)
	}
	for _, step := range run.Plan.Steps {
		if step.Segment != "" && f.config.Set.Segment(step.Segment) == nil {
			return fmt.Sprintf("there is no segment %s any more", step.Segment)
		}
	}
	return ""
}

// followRamps lets the engines of ramps follow a generation that has been published: what is
// new starts, what is gone ends, the others look. old may be nil.
func (c *Control) followRamps(old, next *flags) {
	if old != nil {
		for key, l := range old.ramps {
			if (next == nil || next.ramps[key] != l) && l.stop != nil {
				l.stop()
			}
		}
	}
	if next == nil {
		return
	}
	for key, l := range next.ramps {
		switch {
		case l.stop == nil:
			c.startRamps(l, next.record(key))
		case old.record(key) != next.record(key):
			l.follow(next.record(key))
			l.engine.Notify()
		}
	}
}

// startRamps starts judging a flag's ramps, until the flag is removed or Run ends.
func (c *Control) startRamps(l *liveRamp, r *flagRecord) {
	ctx, stop := context.WithCancel(c.running)
	l.ctx, l.stop = ctx, stop
	l.follow(r)
	c.loops.Go(func() {
		defer stop()
		_ = l.engine.Run(ctx) // nil when ctx ends
	})
}

// follow has the gates asked that the record's ramp waits for, and no others. r may be nil.
func (l *liveRamp) follow(r *flagRecord) { l.asker.follow(r.last(), r.wanted) }

// reramp is who judges the ramps of the flags that can have one, and those who did before.
func (c *Control) reramp(was, next *flags) map[string]*liveRamp {
	out := map[string]*liveRamp{}
	for _, d := range next.config.Set.Flags() {
		key := d.Key()
		if next.rollout(key) == nil && next.record(key).running() == nil {
			continue
		}
		if was != nil && was.ramps[key] != nil {
			out[key] = was.ramps[key]
			continue
		}
		l := &liveRamp{}
		var wake chan struct{} // nil: it looks every 100 ms
		if live := next.live[key]; live != nil {
			wake = live.proxied.Wake
		}
		l.engine = rollout.NewEngine(&rampHost{control: c, key: key, live: l}, wake)
		l.asker = &asker{control: c, whose: &rampHost{control: c, key: key, live: l}}
		if r := next.record(key); r != nil {
			l.asker.results = slices.Clone(r.Gates)
		}
		out[key] = l
	}
	return out
}

func activeRamp(key string, run *rollout.State) error {
	return refuse(Conflict, "flag %s: rollout %s to %s is running: abort it first", key, run.ID, run.Plan.To)
}

func variantNames(d *flag.Flag) []string {
	var out []string
	for _, v := range d.Variants() {
		out = append(out, v.Name())
	}
	return out
}

// rampFaults are flags that a file changes while their ramp runs. That it turns one off is
// none: nothing keeps anybody from that. f may be nil.
func (f *flags) rampFaults(cfg *config.Config) (out []fault) {
	if f == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(f.records)) {
		r := f.records[key]
		run := r.running()
		if run == nil {
			continue
		}
		var why string
		if cfg.Flags == nil || cfg.Flags.Set == nil || cfg.Flags.Set.Flag(key) == nil {
			why = "removed"
		} else if d := cfg.Flags.Set.Flag(key); !r.Set.on(d) {
			continue
		} else if why = (&flags{config: cfg.Flags}).unfit(d, run); why == "" && baseOf(d) != r.Base {
			why = "changed"
		}
		if why != "" {
			out = append(out, faultAt(fmt.Sprintf("flag %s: %s, but rollout %s to %s is running: abort it first", key, why, run.ID, run.Plan.To), "flags"))
		}
	}
	return out
}
