package control

import (
	"fmt"
	"strings"

	"weir/balancer/rollout"
)

// noRollout refuses what is to be done to a rollout where none runs: with what has become
// of the last, and the command that does what may have been meant.
func (u *upstream) noRollout(verb string) *Refusal {
	return refuse(Conflict, "upstream %s: nothing to %s: %s", u.name(), verb, u.instead(verb, u.name(), u.record.Rollout))
}

// noGroupRollout is noRollout of a group that the upstream is the first of.
func (u *upstream) noGroupRollout(verb, group string) *Refusal {
	last := u.record.Rollout
	switch {
	case last != nil && last.Plan.GroupName == group:
	case u.record.running() != nil:
		return refuse(Conflict, "group %s: nothing to %s: %v", group, verb, u.active(last))
	default:
		last = nil
	}
	return refuse(Conflict, "group %s: nothing to %s: %s", group, verb, u.instead(verb, group, last))
}

// instead says what there is of the name's rollouts, and what is possible now.
func (u *upstream) instead(verb, name string, last *rollout.State) string {
	start := fmt.Sprintf("want weir rollout start %s --to %s", name, u.another())
	back := verb == rollout.Abort.String() || verb == rollout.AbortForce.String()
	switch {
	case last == nil || !last.Phase.Ended():
		if given := u.given(); back && given != "" {
			return fmt.Sprintf("no rollout is running, %s was given its requests without one; want weir set-weight %s %s=100", given, u.name(), u.record.Split.Stable)
		}
		return "no rollout is running; " + start
	case back && last.Phase == rollout.Succeeded && u.record.Split.Stable == last.Plan.To:
		return fmt.Sprintf("no rollout is running, %s has succeeded; want weir rollout undo %s to go back to %s", last.ID, name, last.Plan.From)
	case last.Phase == rollout.Succeeded:
		return fmt.Sprintf("no rollout is running, %s has succeeded; %s", last.ID, start)
	}
	return fmt.Sprintf("no rollout is running, %s was %s: %s; %s", last.ID, last.Phase, last.Reason, start)
}

// noRamp is noRollout of a flag.
func (f *flags) noRamp(key, verb string) *Refusal {
	what := "no rollout is running"
	last := f.record(key).last()
	done := last != nil && last.Phase == rollout.Succeeded
	switch {
	case done:
		what += fmt.Sprintf(", %s has succeeded", last.ID)
	case last != nil:
		what += fmt.Sprintf(", %s was %s: %s", last.ID, last.Phase, last.Reason)
	}
	back := verb == rollout.Abort.String()
	switch {
	case back && done:
		what += fmt.Sprintf("; want weir flag undo %s, or weir flag disable %s", key, key)
	case back:
		what += fmt.Sprintf("; want weir flag disable %s to turn it off", key)
	case f.rollout(key) != nil:
		what += fmt.Sprintf("; want weir rollout start --flag %s", key)
	}
	return refuse(Conflict, "flag %s: nothing to %s: %s", key, verb, what)
}

// another is the version that a rollout could go to, as far as that is clear.
func (u *upstream) another() string {
	var others []string
	for _, name := range u.versionNames() {
		if name != u.record.Split.Stable {
			others = append(others, name)
		}
	}
	if len(others) == 1 {
		return others[0]
	}
	return "VERSION"
}

// given are the versions beside stable that have requests; "" when none has.
func (u *upstream) given() string {
	var names []string
	for _, name := range u.versionNames() {
		if name != u.record.Split.Stable && u.record.Split.Weights[name] > 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
