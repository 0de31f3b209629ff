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
			return nil, u.noRollout(rollout.Promote.String())
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

// behind says, for people, which version would be given more by another split, though
// what it needs in the database has been taken away, or may be going just now; "" when
// none is. With a schema the guard knows better what a version needs. One that has had
// requests again since is not kept from them: a rollout has judged what is deployed there
// now, or somebody has said that he knows.
func (u *upstream) behind(next split) (version, why string) {
	if u.contractRuns() {
		if v := u.record.After.Version; next.favours(v, u.record.Split) {
			return v, contractGoesOn
		}
		return "", ""
	}
	h, why := u.record.noReturn()
	if h == nil || h.Rollout == nil || u.config.Schema != nil {
		return "", ""
	}
	gone := h.Rollout.Plan.From
	for i := range u.record.History {
		r := &u.record.History[i]
		if r.Revision == h.Revision {
			break
		}
		if r.Split[gone] > 0 {
			return "", ""
		}
	}
	if !next.favours(gone, u.record.Split) {
		return "", ""
	}
	return gone, why
}

// contractFaults are what is wrong with a file whose split replaces what the upstream
// served before, as behind has it. Whether there is a schema is for that file to say.
func (u *upstream) contractFaults(was *upstream) []fault {
	before := *was
	before.config = u.config
	name, why := before.behind(u.record.Split)
	if why == "" {
		return nil
	}
	return []fault{u.tooMuch(was.record.Split, name, why+"; a rollout to it may begin, and weir set-weight --override gives it more all the same")}
}

// contractGoesOn is why nothing may go back meanwhile.
const contractGoesOn = "the gates of after_finish are being asked, and what it needs may be going"

// contractWaits says, for people, what the contract waits for, and how that is ended.
func (u *upstream) contractWaits() string {
	lead := u.live.contract.Load().host.upstream()
	if lead == nil {
		return "wait for their answer"
	}
	a := lead.live.asker
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.after == nil || a.after.turn == "" {
		return "wait for their answer"
	}
	turn := a.after.turn
	g := gateNamed(lead.config.Rollout.Gates, turn)
	switch {
	case g == nil || !g.Approval:
		return "wait for the answer of " + turn
	case g.Timeout == 0:
		return fmt.Sprintf("%s waits for somebody, without a timeout: want weir rollout approve %s %s, or with --reject to go on without it", turn, lead.name(), turn)
	}
	return fmt.Sprintf("%s waits for somebody, at most %s: want weir rollout approve %s %s, or with --reject to go on without it", turn, g.Timeout, lead.name(), turn)
}

// askAfter has the asker of the upstream do it.
func askAfter(u *upstream, s *rollout.State, done func(rollout.GateReport)) {
	u.live.asker.askAt(s, rollout.AfterFinish, done)
}
