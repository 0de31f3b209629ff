package control

import (
	"slices"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
)

// FilePlan is the rollout to a candidate that the file describes, for whoever
// wants to see it before anything is started. A file that Check refuses has none.
// The endpoints of a rolling one are those of the file.
func FilePlan(cfg *config.Upstream, to string) rollout.Plan {
	p := plan(cfg, cfg.Rollout.Strategy, cfg.Stable, to)
	if r := p.Rolling; r != nil {
		r.From, r.To = declared(cfg, p.From), declared(cfg, p.To)
		amounts(r, &cfg.Rollout.Rolling, len(r.From))
	}
	return p
}

// Where a PlanView's error rate comes from.
const (
	RateOfWindow  = "window"  // the last ten seconds, which had failures enough
	RateSinceRun  = "process" // all since the process started
	RateAssumed   = "assumed" // stable has not failed yet
	enoughSamples = 10        // failures, for a rate that is worth something
)

// PlanView is a rollout as it would go from now on.
type PlanView struct {
	Plan  rollout.Plan
	Steps []rollout.Forecast
	// RPS are first attempts a second on From and To in the last ten seconds,
	// ErrorRate the failed part of From's, by Source.
	RPS       float64
	ErrorRate float64
	Source    string
	// Least is how long the whole takes at least; rollout.Never without traffic.
	Least time.Duration
}

// Plan says what a rollout to a version would be like with the traffic of now. to
// may be "": the running rollout's candidate, or the only version that is not
// stable. While a rollout runs, it is the plan of that one.
func (c *Control) Plan(name, to string) (PlanView, error) {
	u, err := c.find(name, 0)
	if err != nil {
		return PlanView{}, err
	}
	p, err := u.planFor(to)
	if err != nil {
		return PlanView{}, err
	}
	from, candidate := u.version(p.From), u.version(p.To)
	if from == nil || candidate == nil {
		return PlanView{}, refuse(Conflict, "upstream %s: %s or %s is not in the file any more", name, p.From, p.To)
	}
	out := PlanView{Plan: p}
	out.RPS = from.rate() + candidate.rate()
	out.ErrorRate, out.Source = from.errorRate()
	out.forecast(rollout.Traffic{
		RPS: out.RPS, ErrorRate: out.ErrorRate, Endpoints: candidate.group.Usable(),
		Overdue: time.Duration(u.shared.OverdueAfter.Load()),
	})
	return out, nil
}

// forecast says how the plan's steps would go.
func (p *PlanView) forecast(t rollout.Traffic) {
	p.Steps = p.Plan.Forecast(t)
	p.Least = p.Plan.Bake
	for _, s := range p.Steps {
		if s.Least == rollout.Never {
			p.Least = rollout.Never
			return
		}
		p.Least += s.Least
	}
}

// planFor is the plan of the running rollout, or the file's to that version.
func (u *upstream) planFor(to string) (rollout.Plan, error) {
	if run := u.record.running(); run != nil {
		if to != "" && to != run.Plan.To {
			return rollout.Plan{}, u.active(run)
		}
		return run.Plan, nil
	}
	stable := u.record.Split.Stable
	others := slices.DeleteFunc(u.versionNames(), func(v string) bool { return v == stable })
	switch {
	case to == "" && len(others) == 1:
		to = others[0]
	case to == "" && len(others) > 1:
		return rollout.Plan{}, refuse(Invalid, "upstream %s: to: missing: want one of %s", u.name(), strings.Join(others, ", "))
	case to == "":
		return rollout.Plan{}, refuse(Conflict, "upstream %s: there is no version but %s", u.name(), stable)
	case u.version(to) == nil:
		return rollout.Plan{}, u.noVersion(to)
	case to == stable:
		return rollout.Plan{}, refuse(Invalid, "upstream %s: to: %s is stable already", u.name(), to)
	}
	if len(u.config.Rollout.Steps) == 0 && u.config.Rollout.Strategy == canary {
		return rollout.Plan{}, refuse(Invalid, "upstream %s: rollout.steps: none in the file; a rollout needs at least one", u.name())
	}
	p := plan(u.config, u.config.Rollout.Strategy, stable, to)
	return p, u.planRolling(&p)
}

// rate is the version's first attempts a second in the last ten seconds.
func (v *version) rate() float64 {
	s := v.live.summary.Load()
	if s == nil || s.Span <= 0 {
		return 0
	}
	return float64(s.Requests) / s.Span.Seconds()
}

// errorRate is the failed part of the version's first attempts.
func (v *version) errorRate() (rate float64, source string) {
	var recent, all tally
	if s := v.live.summary.Load(); s != nil {
		recent.add(s.Requests, s.Errors)
	}
	var t outcome.Totals
	v.live.stats.Totals(&t)
	all.add(t.Requests(), t.Failures())
	return rateOf(recent, all)
}

// tally is how many of some requests have failed.
type tally struct{ requests, failures uint64 }

func (f *tally) add(requests, failures uint64) {
	f.requests += requests
	f.failures += failures
}

func (f tally) rate() float64 { return float64(f.failures) / float64(max(1, f.requests)) }

// rateOf is the failed part: of the last ten seconds where that is known well, else of all
// there were. What has never failed is taken to fail as seldom as is consistent with that.
func rateOf(recent, all tally) (rate float64, source string) {
	switch {
	case recent.failures >= enoughSamples:
		return recent.rate(), RateOfWindow
	case all.failures > 0:
		return all.rate(), RateSinceRun
	}
	const most = 0.001
	return min(most, 1/float64(max(1, all.requests))), RateAssumed
}
