package main

import (
	"strings"
	"time"

	"weir/proxy/admin/api"
)

// upstream says why u is as it is; r is the rollout that runs or the last one, nil if
// there was none.
func (x *explanation) upstream(u *api.Upstream, r *api.Rollout) {
	told := "" // what is said of the rollout is not said of its split
	if r != nil {
		told = r.Reason
	}
	x.split(u, told)
	if r != nil {
		x.rollout(u, r)
	}
	guards := u.Guards
	if len(guards) == 0 && u.Guard != nil {
		guards = []api.Rollout{*u.Guard}
	}
	for i := range guards {
		g := &guards[i]
		x.say("No rollout gave %s its share, so it is guarded: %s is %s%s.", g.To, g.To, g.State, asTo(trimState(g)))
		x.evidence(g)
	}
	x.endpoints(u)
	x.database(u)
	if u.Drift != "" {
		x.say("The file disagrees with what serves: %s.", u.Drift)
	}
	if b := u.WayBack; b != nil {
		switch {
		case b.Refused != "":
			x.say("There is no way back to revision %d (%s): %s.", b.Revision, b.Stable, b.Refused)
		case b.WarmUntil != nil && time.Now().Before(*b.WarmUntil):
			x.say("The way back is 'weir rollout undo %s', to revision %d: %s is kept warm until %s.", u.Name, b.Revision, b.Stable, clock(*b.WarmUntil))
		}
	}
}

// split says what serves and who made it so, unless that is told later.
func (x *explanation) split(u *api.Upstream, told string) {
	by := u.LastChange.Source
	if u.LastChange.Author != "" {
		by += " (" + u.LastChange.Author + ")"
	}
	since := ""
	if by != "" {
		since = " since " + clock(u.LastChange.At) + ", by " + by
		if u.LastChange.Reason != told {
			since += asTo(u.LastChange.Reason)
		}
	}
	x.say("%s serves %s%s; stable is %s.", u.Name, splitLine(u.Split), since, u.Stable)
	if u.Users.Requests > 0 {
		x.say("Users made %d requests in the last %s s, and %d of them failed (%s).", u.Users.Requests,
			number(u.Users.Seconds, 0), u.Users.Errors, percent(u.Users.ErrorRate))
	}
	for _, name := range unserved(*u, "") {
		x.say("Nothing of %s can serve: %s.", name, unservedText(*u, name))
	}
}

func (x *explanation) rollout(u *api.Upstream, r *api.Rollout) {
	if r.Ended() {
		when := ""
		if r.EndedAt != nil {
			when = " at " + clock(*r.EndedAt)
		}
		x.say("The last rollout, %s from %s to %s, was %s%s%s.", r.ID, r.From, r.To, ended(r.State), when, asTo(trimState(r)))
		x.numbers(r)
		return
	}
	x.say("Rollout %s (%s) from %s to %s is %s at step %d of %d, with %s at %s%s.", r.ID, r.Strategy, r.From, r.To,
		strings.ReplaceAll(r.State, "_", " "), r.Step, r.Steps, r.To, percent(r.Weight/100), asTo(trimState(r)))
	if r.WaitsFor != "" {
		x.say("It waits for %s.", r.WaitsFor)
	}
	for _, g := range r.Gates {
		if g.State != api.GateAsking && g.State != api.GateUnanswered {
			continue
		}
		x.say("Gate %s (%s) is %s%s.", g.Name, gatePlace(g), g.State, asTo(g.Reason))
		if g.Approval {
			x.say("To answer it: 'weir rollout approve %s %s', with --reject to say no.", u.Name, g.Name)
		}
	}
	x.evidence(r)
	if verbs := possible(r); verbs != "" {
		x.say("What can be done: weir rollout %s %s.", verbs, u.Name)
	}
}

// ended is the final state as a participle behind "was".
func ended(state string) string {
	if state == api.RolloutSucceeded {
		return "successful"
	}
	return state
}

// possible are the verbs that a rollout in that state takes.
func possible(r *api.Rollout) string {
	switch r.State {
	case api.RolloutPaused, api.RolloutHolding:
		return "resume|promote|abort"
	case api.RolloutProgressing, api.RolloutWaitingGate, api.RolloutBaking:
		return "promote|pause|abort"
	case api.RolloutReverting:
		return "abort" // finishes it at once
	}
	return ""
}

// evidence says what there is against the candidate, and what would be enough.
func (x *explanation) evidence(r *api.Rollout) {
	e := r.Evidence
	if e == nil || e.Candidate.Requests == 0 {
		return
	}
	x.say("Of its first attempts %s failed %s, %s %s; the evidence that %s is worse is %s, and %s reverts it (alpha %s).",
		r.To, attempts(e.Candidate), r.From, attempts(e.Stable), r.To, number(e.Combined, 2), number(e.Threshold, 2), number(e.Alpha, 4))
	if e.Candidate.Failures > 0 && e.Candidate.Failures < uint64(e.MinFailures) {
		x.say("Fewer than %d failures revert nothing.", e.MinFailures)
	}
	if r.Certified {
		x.say("%s is proven not to be worse.", r.To)
	}
}

// numbers are what an ended rollout was decided by, and what it cost.
func (x *explanation) numbers(r *api.Rollout) {
	if r.Report == nil {
		return
	}
	if n := r.Report.Numbers; n != nil && n.Candidate.Requests > 0 {
		line := "Of its first attempts " + r.To + " failed " + attempts(n.Candidate) + ", " + r.From + " " + attempts(n.Stable)
		if n.Ratio != nil && n.From != nil {
			line += ": " + number(*n.Ratio, 2) + " times as often, at least " + number(*n.From, 2)
			if n.To != nil {
				line += " and at most " + number(*n.To, 2)
			}
		}
		x.say("%s; the evidence that it is worse was %s, and %s reverts.", line, number(n.Worse, 2), number(1/n.Alpha, 2))
	}
	if len(r.Failures) > 0 {
		x.say("The first that failed are in traces %s.", strings.Join(r.Failures, ", "))
	}
	x.say("Its users: %s.", reportLine(r.Report))
}

func attempts(a api.Attempts) string {
	if a.Requests == 0 {
		return "none of 0"
	}
	return number(float64(a.Failures), 0) + " of " + number(float64(a.Requests), 0) + " (" + percent(float64(a.Failures)/float64(a.Requests)) + ")"
}

// database says what keeps writes back, and what is known of the schema.
func (x *explanation) database(u *api.Upstream) {
	if r := &u.Writes.ReadOnly; r.On {
		by := r.Source
		if r.Author != "" {
			by += " (" + r.Author + ")"
		}
		x.say("Writes are refused, by %s%s; 'weir read-only %s off' ends that.", by, asTo(r.Reason), u.Name)
	}
	if h := u.Writes.Hold; h != nil && h.InForce {
		x.say("Writes are held by %s until %s at the latest: %d wait, %d are under way.", h.By, clock(h.Until), h.Waiting, u.Writes.InFlight)
	}
	if u.Writes.Pinned {
		x.say("Writes go to %s alone, whatever the weights are.", u.Writes.Version)
	}
	if s := u.Schema; s != nil && s.Error != "" {
		x.say("The schema of the database is not known from %s: %s.", s.Source, s.Error)
	}
}

// asTo is a reason behind what it is the reason of.
func asTo(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(reason, ".")
}

// trimState is the reason without the state and the place in the plan, which were said.
func trimState(r *api.Rollout) string {
	reason := place.ReplaceAllString(r.Reason, "")
	return strings.TrimPrefix(strings.TrimPrefix(reason, r.State), ": ")
}

func clock(t time.Time) string { return t.Local().Format(time.DateTime) }
