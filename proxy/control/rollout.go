package control

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// canary moves traffic step by step.
const canary = "canary"

// blueGreen prepares its candidate, and then moves everything in one switch.
const blueGreen = "blue_green"

// rolling replaces the endpoints of one version by those of another, batch by batch.
const rolling = "rolling"

// StartOptions describe a rollout to start; the plan is the upstream's.
type StartOptions struct {
	To       string // the candidate; required
	Strategy string // "": the configured one
	ID       string // "": upstream and revision, as in api-7; else 1 to 64 of letters, digits, ".", "_", "-"
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// StartRollout starts the upstream's plan towards a candidate.
func (c *Control) StartRollout(ctx context.Context, name string, o StartOptions, m Meta) (UpstreamView, error) {
	u, err := c.find(name, m.IfMatch)
	if err != nil {
		return UpstreamView{}, err
	}
	if err := u.admits(&o); err != nil {
		return UpstreamView{}, err
	}
	if o.ID == "" {
		o.ID = u.nextID(u.name())
	}
	p := plan(u.config, o.Strategy, u.record.Split.Stable, o.To)
	if err := u.planRolling(&p); err != nil {
		return UpstreamView{}, err
	}
	return c.ask(u, m, func(asked rollout.Meta) (rollout.State, error) {
		return u.live.engine.Start(ctx, o.ID, p, asked)
	})
}

// admits says whether the upstream can start such a rollout now, and fills in the
// strategy.
func (u *upstream) admits(o *StartOptions) error {
	if run := u.record.running(); run != nil {
		return u.active(run)
	}
	o.Strategy = cmp.Or(o.Strategy, u.config.Rollout.Strategy)
	if err := u.canStart(o.To, o.Strategy); err != nil {
		return err
	}
	if u.contractRuns() {
		return refuse(Conflict, "upstream %s: the gates of after_finish of rollout %s are being asked: %s", u.name(), u.record.After.Rollout, u.contractWaits())
	}
	if err := u.canRun(o.To, o.Strategy, u.migrates(), time.Now()); err != nil {
		return err
	}
	switch {
	case o.Strategy != canary && o.Strategy != blueGreen && o.Strategy != rolling:
		return refuse(Invalid, "upstream %s: strategy %s: unknown: want %s, %s or %s%s", u.name(), config.Show(o.Strategy), canary, blueGreen, rolling,
			meant(o.Strategy, []string{canary, blueGreen, rolling}))
	case o.Strategy == rolling && u.config.Rollout.Writes.Pinned:
		return refuse(Invalid, "upstream %s: rollout.writes.pinned: it keeps writes in a version that loses its endpoints by strategy %s: want %s or %s", u.name(), rolling, canary, blueGreen)
	case u.config.Rollout.WriteHold != nil && u.config.Rollout.NoWriteHold(o.Strategy) != "":
		return refuse(Invalid, "upstream %s: rollout.write_hold: %s", u.name(), u.config.Rollout.NoWriteHold(o.Strategy))
	case o.Strategy == canary && len(u.config.Rollout.Steps) == 0:
		return refuse(Invalid, "upstream %s: rollout.steps: none in the file; a canary rollout needs at least one", u.name())
	case o.ID != "" && !idPattern.MatchString(o.ID):
		return refuse(Invalid, "upstream %s: id %s: want 1 to 64 of letters, digits, '.', '_' and '-'", u.name(), config.Show(o.ID))
	}
	return nil
}

// nextID names a rollout of the upstream, or of its group.
func (u *upstream) nextID(name string) string {
	return nextID(name, u.record.Revision, u.record.Rollout)
}

// nextID names a rollout after what it is of and the revision that it begins with, or
// would: one that moves nothing at first makes none, so the name may be the last
// rollout's already.
func nextID(name string, revision uint64, last *rollout.State) string {
	id := name + "-" + strconv.FormatUint(revision+1, 10)
	if last == nil || last.ID != id && !strings.HasPrefix(last.ID, id+".") {
		return id
	}
	n, err := strconv.Atoi(strings.TrimPrefix(last.ID, id+"."))
	if err != nil {
		n = 1
	}
	return id + "." + strconv.Itoa(n+1)
}

// Command gives a command to the running rollout, that of its whole group if it is a
// group's. Conflict when none runs or the command does not fit its phase.
func (c *Control) Command(ctx context.Context, name string, cmd rollout.Command, m Meta) (UpstreamView, error) {
	u, err := c.find(name, m.IfMatch)
	if err != nil {
		return UpstreamView{}, err
	}
	run := u.record.running()
	if run == nil && cmd == rollout.Promote && u.contractFailed() {
		return c.again(ctx, name, m)
	}
	if run == nil {
		return UpstreamView{}, u.noRollout(cmd.String())
	}
	if lead := c.leader(&run.Plan); lead != nil {
		var view UpstreamView
		err := c.steer(ctx, lead, run, cmd, m, func() {
			now := c.current.Load().upstreams[name]
			view = now.view(now.record.Rollout)
		})
		if err != nil {
			return UpstreamView{}, err // view is still the writer's if the caller has left
		}
		return view, nil
	}
	return c.ask(u, m, func(asked rollout.Meta) (rollout.State, error) {
		return u.live.engine.Command(ctx, cmd, asked)
	})
}

// ask has the upstream's engine do something, and answers with the upstream as
// the writer left it then. The rollout is the kept one: the engine shows the
// state that it has just been given a moment later.
func (c *Control) ask(u *upstream, m Meta, do func(rollout.Meta) (rollout.State, error)) (UpstreamView, error) {
	var view UpstreamView
	_, err := do(rollout.Meta{IfMatch: m.IfMatch, Author: m.Author, From: m.From, Reason: m.Reason, Published: func() {
		now := c.current.Load().upstreams[u.name()]
		view = now.view(now.record.Rollout)
	}})
	if err != nil {
		return UpstreamView{}, u.explain(err) // view is still the writer's if the caller has left
	}
	return view, nil
}

// explain makes a refusal of what the upstream's engine answers.
func (u *upstream) explain(err error) error { return explain("upstream "+u.name(), "split", err) }

// explain makes a refusal of what an engine answers about somebody, who has something
// that its changes are of.
func explain(who, its string, err error) error {
	switch {
	case errors.Is(err, rollout.ErrWrongPhase):
		// What the package calls it means nothing to whoever asked.
		return refuse(Conflict, "%s: %s", who, strings.TrimPrefix(err.Error(), rollout.ErrWrongPhase.Error()+": "))
	case errors.Is(err, rollout.ErrActive):
		return refuse(Conflict, "%s: another rollout is running: abort it first", who)
	case errors.Is(err, rollout.ErrStale):
		return refuse(Conflict, "%s: its %s was changed meanwhile: look again", who, its)
	case errors.Is(err, rollout.ErrStopped):
		return refuse(Unavailable, "%s: weir is stopping, or it was removed", who)
	}
	return err
}

func (u *upstream) active(run *rollout.State) error {
	return refuse(Conflict, "upstream %s: rollout %s from %s to %s is running: abort it first", u.name(), run.ID, run.Plan.From, run.Plan.To)
}

// canStart says whether a rollout to the version makes sense now. One that prepares
// its candidate may wait for that to come up.
func (u *upstream) canStart(to, strategy string) error {
	s := u.record.Split
	switch v := u.version(to); {
	case to == "":
		return refuse(Invalid, "upstream %s: to: missing: want a version other than %s", u.name(), s.Stable)
	case v == nil:
		return u.noVersion(to)
	case to == s.Stable:
		return refuse(Invalid, "upstream %s: to: %s is stable already: want %s", u.name(), to, u.another())
	case s.Weights[s.Stable]+s.Weights[to] == 0:
		return refuse(Conflict, "upstream %s: %s and %s have weight 0 together: there is nothing to move", u.name(), s.Stable, to)
	case strategy == blueGreen, strategy == rolling:
	case v.group.Usable() == 0:
		return refuse(Conflict, "upstream %s: %s has no usable endpoint: want one of %s up again", u.name(), to, v.states())
	default:
		if short := v.short(u.config.Rollout.MinUsable, "rollout.min_usable"); short != "" {
			return refuse(Conflict, "upstream %s: %s: want more of %s up", u.name(), short, v.states())
		}
	}
	return nil
}
