package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

const (
	beat    = 200 * time.Millisecond // between two looks at the proxy
	settled = 3 * time.Second        // traffic before the rollout, and after its end
)

// play is one scenario being performed.
type play struct {
	scenario scenario
	stage    *stage
	users    *users
	view     *view
	begin    time.Time

	told   string       // the last state and step that were told
	before int          // users' errors before the rollout, which its report leaves out
	final  *api.Rollout // as the rollout ended
}

// run lets the rollout happen, from some quiet traffic before it to some after.
func (p *play) run(ctx context.Context) error {
	if err := p.watch(ctx, settled); err != nil {
		return err
	}
	p.say("weir rollout start %s --to %s", upstreamName, candidate)
	p.before = p.users.tally.total().errors
	if _, err := p.stage.api.StartRollout(ctx, upstreamName, api.RolloutRequest{To: candidate, Reason: "the demo's release", Author: "demo"}); err != nil {
		return fmt.Errorf("start the rollout: %w", err)
	}
	var badFrom time.Time // when the candidate has to turn bad
	for turned := p.scenario.badAt == 0; p.final == nil; {
		r, err := p.look(ctx)
		if err != nil {
			return err
		}
		if r != nil && !turned && r.Weight >= p.scenario.badAt {
			if badFrom.IsZero() {
				badFrom = time.Now().Add(p.scenario.badAfter)
			}
			if turned = !time.Now().Before(badFrom); turned {
				if err := p.stage.candidate().turn(p.scenario.fault); err != nil {
					return fmt.Errorf("turn %s bad: %w", candidate, err)
				}
				p.say("%s %s", candidate, p.scenario.fault.is)
			}
		}
		if r != nil && r.Ended() {
			p.final = r
		}
		if err := pause(ctx, beat); err != nil {
			return fmt.Errorf("the rollout did not end in time: %w", err)
		}
	}
	return p.watch(ctx, settled)
}

// watch shows what happens for a while.
func (p *play) watch(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		if _, err := p.look(ctx); err != nil {
			return err
		}
		if err := pause(ctx, beat); err != nil {
			return err
		}
	}
	return nil
}

// linger keeps the live view going until ctx ends.
func (p *play) linger(ctx context.Context) {
	for pause(ctx, beat) == nil {
		if !p.view.tty {
			continue // nobody wants a line a second for hours
		}
		if _, err := p.look(ctx); err != nil && ctx.Err() == nil {
			p.say("%v", err)
		}
	}
}

// look asks the proxy how it stands, shows it, and tells what is new; the
// rollout is nil before there is one.
func (p *play) look(ctx context.Context) (*api.Rollout, error) {
	u, err := p.stage.api.Upstream(ctx, upstreamName)
	if err != nil {
		return nil, err
	}
	rollout, err := p.stage.api.Rollout(ctx, upstreamName)
	var refused *api.Problem
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		rollout, err = api.Rollout{}, nil
	}
	if err != nil {
		return nil, err
	}
	if key := fmt.Sprint(rollout.State, rollout.Step); key != p.told && rollout.State != "" {
		p.told = key
		p.say("%s", show.Sentence(rollout.State, rollout.Reason))
	}
	now := time.Now()
	m := moment{at: now.Sub(p.begin), shares: map[string]float64{}, state: rollout.State, reason: rollout.Reason}
	for name, share := range u.Split {
		m.shares[name] = share.Share
	}
	m.requests, m.errors, m.p99 = p.users.tally.lately(now)
	p.view.show(m)
	if rollout.State == "" {
		return nil, nil
	}
	return &rollout, nil
}

// say tells a line of the story with its time.
func (p *play) say(format string, args ...any) {
	p.view.say("%5.1f s  "+format, append([]any{time.Since(p.begin).Seconds()}, args...)...)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
