package control

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"weir/balancer/rollout"
)

// canary is the one strategy of this version.
const canary = "canary"

// StartOptions describe a rollout to start; the plan is the upstream's.
type StartOptions struct {
	To       string // the candidate; required
	Strategy string // "": the configured one
	ID       string // "": upstream and revision, as in api-7; else 1 to 64 of letters, digits, ".", "_", "-"
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// StartRollout starts the upstream's plan towards a candidate.
func (c *Control) StartRollout(ctx context.Context, name string, o StartOptions, m Meta) (uint64, error) {
	u, err := c.find(name, m.IfMatch)
	if err != nil {
		return 0, err
	}
	if run := u.record.running(); run != nil {
		return 0, u.active(run)
	}
	p := plan(u.config, u.record.Split.Stable, o.To)
	if o.Strategy != "" {
		p.Strategy = o.Strategy
	}
	switch {
	case p.Strategy != canary:
		return 0, refuse(Invalid, "upstream %s: strategy %s: not available in this version; want %s", name, p.Strategy, canary)
	case len(p.Steps) == 0:
		return 0, refuse(Invalid, "upstream %s: rollout.steps: none in the file; a rollout needs at least one", name)
	case o.ID != "" && !idPattern.MatchString(o.ID):
		return 0, refuse(Invalid, "upstream %s: id %q: want 1 to 64 of letters, digits, '.', '_' and '-'", name, o.ID)
	}
	if err := u.canStart(o.To); err != nil {
		return 0, err
	}
	if o.ID == "" {
		o.ID = name + "-" + strconv.FormatUint(u.record.Revision+1, 10)
	}
	_, err = u.live.engine.Start(ctx, o.ID, p, rollout.Meta{IfMatch: m.IfMatch, Author: m.Author, Reason: m.Reason})
	return c.answer(u, err)
}

// Command gives a command to the running rollout. Conflict when none runs or
// the command does not fit its phase.
func (c *Control) Command(ctx context.Context, name string, cmd rollout.Command, m Meta) (uint64, error) {
	u, err := c.find(name, m.IfMatch)
	if err != nil {
		return 0, err
	}
	if u.record.running() == nil {
		return 0, refuse(Conflict, "upstream %s: no rollout is running", name)
	}
	_, err = u.live.engine.Command(ctx, cmd, rollout.Meta{IfMatch: m.IfMatch, Author: m.Author, Reason: m.Reason})
	return c.answer(u, err)
}

// answer is what a caller gets after an engine's: the present revision, or why
// there is no new one.
func (c *Control) answer(u *upstream, err error) (uint64, error) {
	if err != nil {
		return 0, u.explain(err)
	}
	if now := c.current.Load().upstreams[u.name()]; now != nil {
		u = now
	}
	return u.record.Revision, nil
}

// explain makes a refusal of what an engine answers.
func (u *upstream) explain(err error) error {
	switch {
	case errors.Is(err, rollout.ErrWrongPhase):
		return refuse(Conflict, "upstream %s: %v", u.name(), err)
	case errors.Is(err, rollout.ErrActive):
		return refuse(Conflict, "upstream %s: another rollout is running: abort it first", u.name())
	case errors.Is(err, rollout.ErrStale):
		return refuse(Conflict, "upstream %s: its split was changed meanwhile: look again", u.name())
	case errors.Is(err, rollout.ErrStopped):
		return refuse(Unavailable, "upstream %s: weir is stopping, or the upstream was removed", u.name())
	}
	return err
}

func (u *upstream) active(run *rollout.State) error {
	return refuse(Conflict, "upstream %s: rollout %s from %s to %s is running: abort it first", u.name(), run.ID, run.Plan.From, run.Plan.To)
}

// canStart says whether a rollout to the version makes sense now.
func (u *upstream) canStart(to string) error {
	s := u.record.Split
	switch v := u.version(to); {
	case to == "":
		return refuse(Invalid, "upstream %s: to: missing; want a version other than %s", u.name(), s.Stable)
	case v == nil:
		return refuse(Invalid, "upstream %s: to: there is no version %s", u.name(), to)
	case to == s.Stable:
		return refuse(Invalid, "upstream %s: to: %s is stable already", u.name(), to)
	case s.Weights[s.Stable]+s.Weights[to] == 0:
		return refuse(Conflict, "upstream %s: %s and %s have weight 0 together: there is nothing to move", u.name(), s.Stable, to)
	case v.usable() == 0:
		return refuse(Conflict, "upstream %s: %s has no usable endpoint", u.name(), to)
	}
	return nil
}
