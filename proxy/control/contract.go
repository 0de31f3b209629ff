package control

import (
	"context"
	"fmt"
	"time"

	"weir/balancer/rollout"
)

// contract has the gates of after_finish asked, once in the life of an aftercare: a
// process that has restarted meanwhile asks again, by the same idempotency keys. A
// group's are asked when the old versions of all its members have retired.
func (a *aftercare) contract(u *upstream, s *rollout.State) {
	c := a.host.control
	if a.asked.Load() {
		return
	}
	members := []*upstream{u}
	for _, m := range c.others(u, &s.Plan) {
		other := m.record.done()
		if other == nil || other.ID != s.ID {
			continue
		}
		if m.record.aftermath(other) == nil {
			return
		}
		members = append(members, m)
	}
	a.asked.Store(true)
	for _, m := range members {
		m.live.contract.Store(a)
	}
	told := *s
	told.Reason = u.record.After.proof() // what whoever is asked goes by
	ctx := u.live.ctx
	gates := u.binding(s)
	c.askAfter(u, &told, func(r rollout.GateReport) { a.host.concluded(ctx, s, gates, r) })
}

// concluded keeps what the gates of after_finish have come to, whatever has been done
// to the split meanwhile: what they did they did. gates are those that count.
func (h *host) concluded(ctx context.Context, s *rollout.State, gates []string, r rollout.GateReport) {
	failed := r.Failed
	if failed == "" && !r.Done {
		failed = r.Unclear
	}
	for {
		err := h.control.do(ctx, func() error { return h.conclude(s, gates, failed) })
		if err == nil || ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(careAgain):
		}
	}
}

// conclude runs on the writer. There is no way back in any upstream of the group.
func (h *host) conclude(s *rollout.State, gates []string, failed string) error {
	c, u := h.control, h.upstream()
	if u == nil || u.record.After == nil || u.record.After.Rollout != s.ID || u.record.After.Contract != ContractPending {
		return nil
	}
	now := time.Now()
	steps := []step{{was: u, record: u.record.contracted(failed, gates, now)}}
	if failed == "" {
		for _, m := range c.others(u, &s.Plan) {
			if m.record.After != nil && m.record.After.Rollout == s.ID {
				steps = append(steps, step{was: m, record: m.record.contracted("", gates, now)})
			}
		}
	}
	if err := c.note(steps); err != nil {
		return err
	}
	after := steps[0].record.After
	log, what := c.opts.Log.Info(), "there is no way back"
	if failed != "" {
		log, what = c.opts.Log.Warn(), "promote asks again"
	}
	log.Str(keyUpstream, u.name()).Str(keyRollout, s.ID).Str(keyReason, failed).Str(keyContract, after.Contract).Msg("contract")
	reason := fmt.Sprintf("contract %s: %s", after.Contract, what)
	if failed != "" {
		reason = fmt.Sprintf("contract %s: %s: %s", after.Contract, failed, what)
	}
	c.emit(Event{
		Kind: EventContract, Upstream: u.name(), Group: s.Plan.GroupName, Version: after.Version, Revision: u.record.Revision,
		State: after.Contract, Reason: reason, Move: moveOf(s),
	})
	return nil
}

// binding are the gates of a rollout's contract that count: the answer of one that runs
// dry says nothing about what was done.
func (u *upstream) binding(s *rollout.State) []string {
	var out []string
	for _, g := range contracts(s) {
		dry := false
		for i := range u.config.Rollout.Gates {
			f := &u.config.Rollout.Gates[i]
			dry = dry || f.Name == g.Name && f.DryRun
		}
		if !dry {
			out = append(out, g.Name)
		}
	}
	return out
}

// again has a contract that has failed asked once more.
func (c *Control) again(ctx context.Context, name string, m Meta) (UpstreamView, error) {
	return c.change(ctx, name, m, func(u *upstream) (*upstream, error) {
		if !u.contractFailed() {
			return nil, refuse(Conflict, "upstream %s: no rollout is running", name)
		}
		after := *u.record.After
		after.Contract, after.Reason = ContractPending, ""
		r := *u.record
		r.After = &after
		return u.next(&r, u.trips)
	}, nil)
}

func (u *upstream) contractFailed() bool {
	s := u.record.done()
	return s != nil && u.record.aftermath(s) != nil && u.record.After.Contract == ContractFailed
}

// contractRuns reports that what the old version needs may be going just now. For a
// group that is its leader's to say.
func (u *upstream) contractRuns() bool {
	a := u.live.contract.Load()
	if a == nil || u.record.After == nil || u.record.After.Rollout != a.id {
		return false
	}
	lead := a.host.upstream()
	return lead != nil && lead.record.After != nil && lead.record.After.Rollout == a.id && lead.record.After.Contract == ContractPending
}

// askAfter has the asker of the upstream do it.
func askAfter(u *upstream, s *rollout.State, done func(rollout.GateReport)) {
	u.live.asker.askAt(s, rollout.AfterFinish, done)
}
