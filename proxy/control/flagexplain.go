package control

import (
	"maps"
	"math"
	"strconv"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/flag"
)

// FlagExplanation is what somebody gets of a flag, and why.
type FlagExplanation struct {
	flag.Explanation
	Ramp *RampPlace // nil: there is no plan for a ramp of the flag
}

// RampPlace is where somebody is on the way of a ramp that runs or, where none does, of the
// file's.
type RampPlace struct {
	To      string // the variant; "": the file leaves it to who starts it
	Running bool
	At      int    // the step that it is at, from 1; 0: it does not run
	Step    int    // that somebody is in by, from 1; 0: none
	By      string // the segment or the share of that step
	Steps   int
	Place   float64 // in percent: shares above it have him. Only with Named
	Named   bool    // false: nobody can be drawn without a targetingKey
}

// EvaluateFlag says what somebody with these attributes, as JSON decodes them, gets of a
// flag.
func (c *Control) EvaluateFlag(key string, attributes map[string]any) (flag.Decision, error) {
	w := c.current.Load()
	d, ask, err := w.about(key, attributes)
	if err != nil {
		return flag.Decision{}, err
	}
	return d.Evaluate(ask, w.flags.proxied.Layer(d)), nil
}

// ExplainFlag says that, and why.
func (c *Control) ExplainFlag(key string, attributes map[string]any) (FlagExplanation, error) {
	w := c.current.Load()
	d, ask, err := w.about(key, attributes)
	if err != nil {
		return FlagExplanation{}, err
	}
	return FlagExplanation{w.flags.config.Set.Explain(d, ask, w.flags.proxied.Layer(d)), w.flags.place(d, ask)}, nil
}

// about is a flag, and who is asked about, with what the file says of everybody.
func (w *world) about(key string, attributes map[string]any) (*flag.Flag, *flag.Context, error) {
	d, err := w.flag(key)
	if err != nil {
		return nil, nil, err
	}
	all := maps.Clone(attributes)
	if all == nil {
		all = map[string]any{}
	}
	for _, p := range w.flags.config.Context.Static {
		all[p.Name] = p.Value
	}
	v, err := flag.ValueOf(all)
	if err != nil {
		return nil, nil, refuse(Invalid, "context: %v", err)
	}
	return d, &flag.Context{View: &flag.Attributes{Value: v}, Now: time.Now().Unix()}, nil
}

// place is where somebody is on the way of the flag's ramp.
func (f *flags) place(d *flag.Flag, ask *flag.Context) *RampPlace {
	var out RampPlace
	var steps []rollout.PlanStep
	if run := f.record(d.Key()).running(); run != nil {
		out.To, out.Running, out.At, steps = run.Plan.To, true, run.Step+1, run.Plan.Steps
	} else if cfg := f.rollout(d.Key()); cfg != nil {
		p := rampPlan(cfg, "", cfg.To)
		out.To, steps = p.To, p.Steps
	} else {
		return nil
	}
	bucket, named := d.Bucket(ask)
	out.Steps, out.Named, out.Place = len(steps), named, 100*float64(bucket)/flag.Whole
	for i, step := range steps {
		by, share := step.Segment, shareOf(step.Percent)
		in := share >= flag.Whole || named && bucket < share
		if by == "" {
			by = strconv.FormatFloat(step.Percent, 'g', -1, 64) + "%"
		} else {
			s := f.config.Set.Segment(by)
			in = s != nil && s.Holds(ask)
		}
		if in {
			out.Step, out.By = i+1, by
			break
		}
	}
	return &out
}

// shareOf is a percentage as ramps have it.
func shareOf(percent float64) int { return int(math.Round(percent * flag.Whole / 100)) }
