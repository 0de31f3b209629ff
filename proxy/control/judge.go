package control

import (
	"maps"
	"reflect"
	"strconv"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

// trips are the words that take a version out before anything is published, by
// version. Stable has none: it is what the others fall back to.
type trips map[string]*balancer.Trip

// over returns the trips of a split: those of t that it still needs, and fresh
// ones where t has none. A rollout's own moves, and all that is not a revision,
// start from the trips there are, so that one set while the change was on its
// way holds; a decision of somebody else starts from nil and so overrules what
// an engine found before.
func (t trips) over(s split) trips {
	next := make(trips, len(s.Weights))
	for v := range s.Weights {
		switch {
		case v == s.Stable:
		case t[v] != nil:
			next[v] = t[v]
		default:
			next[v] = &balancer.Trip{}
		}
	}
	return next
}

// without returns the trips without a version's.
func (t trips) without(version string) trips {
	next := maps.Clone(t)
	delete(next, version)
	return next
}

// plan is the rollout by a strategy from stable to a candidate that the file
// describes. blue_green has one step, which nothing is waited for in: the switch.
func plan(cfg *config.Upstream, strategy, from, to string) rollout.Plan {
	r := &cfg.Rollout
	p := rollout.Plan{
		Strategy: strategy,
		From:     from,
		To:       to,
		Bake:     r.Bake,
		KeepWarm: r.KeepWarm,
		Rules:    rules(r.Revert),
		Stepped:  stepped(r),
		Gates:    planGates(r.Gates),
		Certify:  rollout.Certify{MaxRatio: r.Certify.MaxRatio, MaxErrorRate: r.Certify.MaxErrorRate, Alpha: r.Certify.Alpha},

		PinWrites: r.Writes.Pinned && strategy != rolling,
	}
	if w := r.WriteHold; w != nil {
		p.WriteHold = &rollout.WriteHold{Max: w.Max}
	}
	if strategy == blueGreen {
		b := &r.BlueGreen
		p.BlueGreen = &rollout.BlueGreen{Approval: b.Approval, AutoPromote: b.AutoPromote, ProgressDeadline: b.ProgressDeadline}
		if b.Mirror != nil { // the one thing that is waited for
			p.Steps = []rollout.PlanStep{planStep(b.Mirror)}
			p.MinRequests, p.OnUndecided = uint64(r.MinRequests), r.OnUndecided
		}
		return p
	}
	if strategy == rolling {
		p.Rolling = rollingPlan(&r.Rolling)
		return p
	}
	p.MinRequests = uint64(r.MinRequests)
	p.OnUndecided = r.OnUndecided
	for i := range r.Steps {
		p.Steps = append(p.Steps, planStep(&r.Steps[i]))
	}
	return p
}

func planStep(s *config.Step) rollout.PlanStep {
	return rollout.PlanStep{
		Percent: s.Percent, Hold: s.Hold, Pause: s.Pause, Certified: s.Certified, MaxHold: s.MaxHold,
		Mirror: s.Mirror, MaxMismatch: s.MaxMismatch, SwitchWrites: s.SwitchWrites, Segment: s.Segment,
	}
}

func stepped(r *config.Rollout) bool { return r.Revert.Mode == "stepped" }

func rules(r config.Revert) rollout.Rules {
	return rollout.Rules{
		MaxErrorRate: r.MaxErrorRate,
		Alpha:        r.Alpha,
		Tolerate:     r.Tolerate,
		MinFailures:  r.MinFailures,
		UnusableFor:  r.UnusableFor,
		ClientErrors: r.ClientErrors == config.Hold,
		SampleRatio:  r.SampleRatio == config.Hold,
		Latency:      r.Latency,
		WarmUp:       r.WarmUp,
		PlainErrors: rollout.PlainErrors{
			Rate: r.PlainErrors.Rate, Window: r.PlainErrors.Window, MinRequests: uint64(r.PlainErrors.MinRequests),
		},
		PlainLatency: rollout.PlainLatency{
			Quantile: r.PlainLatency.Quantile, Over: r.PlainLatency.Over,
			Window: r.PlainLatency.Window, MinRequests: uint64(r.PlainLatency.MinRequests),
		},
	}
}

// guards judges every version with weight that is neither stable nor the running
// rollout's candidate (semantics §4). A guard of the generation before goes on
// as long as nobody decided anew about its version, at the share it has now: a
// rollout of another version moves stable's.
func guards(cfg *config.Upstream, r *record, t trips, before []rollout.Subject) []rollout.Subject {
	if !cfg.Guard {
		return nil
	}
	var out []rollout.Subject
	for i := range cfg.Versions {
		name := cfg.Versions[i].Name
		if name == r.Split.Stable || r.Split.Weights[name] == 0 {
			continue
		}
		if run := r.running(); run != nil && run.Plan.To == name {
			continue
		}
		out = append(out, guard(cfg, r, name, t[name], before))
	}
	return out
}

func guard(cfg *config.Upstream, r *record, name string, trip *balancer.Trip, before []rollout.Subject) rollout.Subject {
	p := rollout.Plan{
		Strategy: "manual",
		From:     r.Split.Stable,
		To:       name,
		Rules:    rules(cfg.Rollout.Revert),
		Stepped:  stepped(&cfg.Rollout),
		Guard:    true,
	}
	share := r.Split.percentOf(p.From, name)
	for _, b := range before {
		if b.Trip == trip && reflect.DeepEqual(b.State.Plan, p) {
			b.State.Percent = share
			return b
		}
	}
	id := cfg.Name + "-" + name + "-guard-" + strconv.FormatUint(r.Revision, 10)
	s, _ := rollout.New(id, p, share, time.Now())
	return rollout.Subject{State: s, Trip: trip}
}
