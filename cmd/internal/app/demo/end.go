package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// promised is how long a bad version may go on getting requests.
const promised = time.Second

// numbers are what the demo ends with, from the logs of those concerned.
type numbers struct {
	users    total         // their own count
	before   int           // their errors before the rollout
	failed   int           // answers that the candidate's own log calls bad
	exposure time.Duration // its first bad answer to its last request, by its own log
}

// end tells the numbers and compares them with the promises and with what Weir
// says about itself.
func (p *play) end(ctx context.Context) error {
	revisions, err := p.stage.api.History(ctx, upstreamName, 0)
	if err != nil {
		return err
	}
	var n numbers
	n.users, n.before = p.users.tally.total(), p.before
	log := p.stage.candidate().ledger.summary()
	n.failed, n.exposure = log.bad, log.exposure()

	p.view.say("")
	for _, line := range n.headline(p.final, p.scenario.fault) {
		p.view.say("%s", line)
	}
	p.view.say("  failed attempts                          %d of %d (%s's own log)", n.failed, log.requests, candidate)
	p.view.say("  users' errors                            %d of %d (the users' own log)", n.users.errors, n.users.requests)
	if len(revisions) > 0 {
		p.view.say("  Weir's history                           revision %d by %s: %s", revisions[0].Revision, revisions[0].Source, revisions[0].Reason)
	}
	if broken := p.scenario.broken(n, p.final, revisions); len(broken) > 0 {
		return fmt.Errorf("%w: %s", ErrBroken, strings.Join(broken, "; "))
	}
	p.view.say("all promises kept")
	return nil
}

// headline is how the rollout ended. How soon a bad version was out are two numbers:
// its own log says from when on nothing came, which an ejection may have done, and
// Weir says when it had decided.
func (n *numbers) headline(final *api.Rollout, how fault) []string {
	if n.failed == 0 {
		return []string{show.Sentence(final.State, final.Reason)}
	}
	exposure := milliseconds(n.exposure)
	lines := []string{
		fmt.Sprintf("%s: %s from %s's %s to its last request", final.State, exposure, candidate, how.first),
		fmt.Sprintf("  %-40s %s (%s's own log)", how.first+" to last canary request", exposure, candidate),
	}
	if r := final.Report; r != nil && r.SecondsToZero != nil {
		decided := milliseconds(time.Duration(*r.SecondsToZero * float64(time.Second)))
		lines = append(lines, fmt.Sprintf("  first failure to weight 0                %s (Weir's report)", decided))
	}
	return lines
}

// broken lists what was promised and did not happen.
func (sc scenario) broken(n numbers, final *api.Rollout, revisions []api.Revision) (broken []string) {
	miss := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	if n.users.errors > 0 {
		miss("%d users saw an error, the first: %v", n.users.errors, n.users.first)
	}
	if n.exposure > promised {
		miss("the bad version got requests for %s, want %v at most", milliseconds(n.exposure), promised)
	}
	if (n.failed > 0) != (sc.badAt > 0) {
		miss("the candidate's log has %d bad answers", n.failed)
	}
	if final.State != sc.outcome {
		miss("the rollout ended as %s, want %s", final.State, sc.outcome)
	}
	return append(broken, sc.disagreements(n, final, revisions)...)
}

// disagreements lists where Weir's own account differs from the logs.
func (sc scenario) disagreements(n numbers, final *api.Rollout, revisions []api.Revision) (wrong []string) {
	miss := func(format string, args ...any) {
		wrong = append(wrong, "Weir's history disagrees: "+fmt.Sprintf(format, args...))
	}
	winner := stable
	if sc.outcome == "succeeded" {
		winner = candidate
	}
	if len(revisions) == 0 {
		miss("it is empty")
		return wrong
	}
	if r := revisions[0]; r.Source != api.SourceRollout || r.Stable != winner || r.Split[winner].Share != 1 {
		miss("newest revision %d by %s has stable %s and split %v, want all traffic on %s by the rollout", r.Revision, r.Source, r.Stable, r.Split, winner)
	}
	switch r := final.Report; {
	case r == nil:
		miss("the rollout has no report")
	case r.UserErrors != uint64(n.users.errors-n.before):
		miss("%d users' errors, the users count %d", r.UserErrors, n.users.errors-n.before)
	case r.FailedAttempts > uint64(n.failed+n.users.late) || r.FailedAttempts == 0 && n.failed > 0:
		// What is overdue has failed although the backend may have answered later, which it
		// does where the whole machine has stood still; its user has waited for as long.
		miss("%d failed attempts, the backend counts %d", r.FailedAttempts, n.failed)
	}
	return wrong
}
