package control

import (
	"fmt"
	"slices"
	"time"

	"weir/balancer/rollout"
)

// aftermath is what becomes of the last rollout that has succeeded, once its old
// version has retired: no request of it is left, and none is to come. Then what that
// version needed may go, which the gates of after_finish see to (the contract); when
// they have passed there is no way back any more.
type aftermath struct {
	Rollout string    `json:"rollout"` // its id
	Version string    `json:"version"` // that has retired
	At      time.Time `json:"at"`      // when that was found
	// LastRequestAt is when the last request of the version ended, to a second, as far
	// as this process has seen one; else when its weight became 0.
	LastRequestAt time.Time `json:"last_request_at"`
	// Contract is how far the gates of after_finish are. "": there are none.
	Contract string `json:"contract,omitempty"`
	Reason   string `json:"reason,omitempty"` // of Contract, for people
}

// The states of a contract. One that has failed stays so until it is asked for again.
const (
	ContractPending = "pending" // not asked yet, or not answered
	ContractRunning = "running" // being asked; kept as pending
	ContractPassed  = "passed"
	ContractFailed  = "failed"
)

// NoReturn marks the revision that ended a rollout whose contract has passed: the
// revisions before it are not gone back to.
type NoReturn struct {
	At    time.Time `json:"at"`
	Gates []string  `json:"gates"` // of after_finish, that have passed
}

// done is the rollout that has succeeded and whose outcome still serves; nil: there is
// none, or it was undone, or its old version has got requests again.
func (r *record) done() *rollout.State {
	s := r.Rollout
	if s == nil || s.Phase != rollout.Succeeded || r.Split.Stable != s.Plan.To || r.Split.Weights[s.Plan.From] > 0 {
		return nil
	}
	return s
}

// aftermath is that of the rollout; nil: its old version has not retired.
func (r *record) aftermath(s *rollout.State) *aftermath {
	if r.After == nil || r.After.Rollout != s.ID {
		return nil
	}
	return r.After
}

// unfinished is the rollout that something is still to be done after; nil: there is
// none.
func (r *record) unfinished() *rollout.State {
	s := r.done()
	if s == nil {
		return nil
	}
	if a := r.aftermath(s); a != nil && a.Contract != ContractPending {
		return nil
	}
	return s
}

// contracts are the gates that a rollout has at after_finish.
func contracts(s *rollout.State) []rollout.PlanGate {
	return slices.DeleteFunc(slices.Clone(s.Plan.Gates), func(g rollout.PlanGate) bool { return g.At != rollout.AfterFinish })
}

// retired returns the record with the old version of the rollout retired.
func (r *record) retired(s *rollout.State, last, now time.Time) *record {
	next := *r
	next.After = &aftermath{Rollout: s.ID, Version: s.Plan.From, At: now.UTC().Round(0), LastRequestAt: last.UTC().Round(0)}
	if len(contracts(s)) > 0 {
		next.After.Contract = ContractPending
	}
	return &next
}

// weightless is when the version's weight became 0.
func (r *record) weightless(version string) time.Time {
	at := r.History[0].At
	for i := range r.History {
		if r.History[i].Split[version] > 0 {
			break
		}
		at = r.History[i].At
	}
	return at
}

// contracted returns the record with what the contract of its last rollout came to;
// of one that has passed the revision says so. gates are those that count.
func (r *record) contracted(failed string, gates []string, now time.Time) *record {
	next, after := *r, *r.After
	next.After = &after
	after.Contract, after.Reason = ContractPassed, ""
	if failed != "" {
		after.Contract, after.Reason = ContractFailed, failed
		return &next
	}
	if len(gates) == 0 {
		return &next
	}
	i := slices.IndexFunc(r.History, func(h Revision) bool { return h.Rollout != nil && h.Rollout.ID == after.Rollout })
	if i < 0 { // its own is kept no longer
		i = r.since(after.At)
	}
	next.History = slices.Clone(r.History)
	next.History[i].NoReturn = &NoReturn{At: now.UTC().Round(0), Gates: gates}
	return &next
}

// since is the place of the first revision after a moment; 0, the present one, when
// there is none.
func (r *record) since(at time.Time) int {
	i := slices.IndexFunc(r.History, func(h Revision) bool { return h.At.Before(at) })
	if i < 0 {
		i = len(r.History)
	}
	return max(i-1, 0)
}

// noReturn is the newest revision that there is no way back from, and says why, for
// people; nil: there is none.
func (r *record) noReturn() (*Revision, string) {
	i := slices.IndexFunc(r.History, func(h Revision) bool { return h.NoReturn != nil })
	if i < 0 {
		return nil, ""
	}
	h := &r.History[i]
	return h, fmt.Sprintf("revision %d is a point of no return: %s passed at %s", h.Revision, enumerate(h.NoReturn.Gates), h.NoReturn.At.Local().Format(time.RFC3339))
}

func (u *upstream) retiredView(v *version) *RetiredView {
	a := u.record.After
	if a == nil || a.Version != v.name || u.serving(v.name) || len(u.led(v.name)) > 0 {
		return nil
	}
	return &RetiredView{Rollout: a.Rollout, At: a.At, LastRequestAt: a.LastRequestAt}
}

func (u *upstream) contractView() *ContractView {
	s := u.record.done()
	if s == nil || len(contracts(s)) == 0 {
		return nil
	}
	out := &ContractView{Rollout: s.ID, State: ContractPending}
	a := u.record.aftermath(s)
	switch {
	case u.contractRuns():
		out.State = ContractRunning
	case a != nil:
		out.State, out.Reason = a.Contract, a.Reason
	}
	return out
}
