package config

import (
	"math"
	"time"
)

// Rollout says how traffic moves from stable to a candidate, and when it moves
// back.
type Rollout struct {
	Strategy    string        // canary, which is the default
	Steps       []Step        // rising to 100 %; empty when not written, and then no rollout can be started
	MinRequests int           // first attempts in a step before it may advance: 1 or more. Default 20
	MinUsable   float64       // part of the candidate's endpoints that must be usable to start and to advance: above 0, to 1. Default 0.5
	Revert      Revert        // also the rules of the guard
	Bake        time.Duration // judged at 100 % before it has succeeded: 0 or more. Default 5 m
	KeepWarm    time.Duration // the previous version is kept ready after that: 0 or more. Default 30 m
	BlueGreen   BlueGreen     // of strategy blue_green
}

// Step is one weight of the candidate and what must pass before the next.
type Step struct {
	Percent float64       // of the weight that stable and candidate have together: above 0, up to 100
	Hold    time.Duration // least time in the step: 0 or more. Default 0
	Pause   bool          // wait until somebody promotes. Default false
}

func defaultRollout() Rollout {
	return Rollout{
		Strategy:    "canary",
		MinRequests: 20,
		MinUsable:   0.5,
		Revert:      defaultRevert(),
		Bake:        5 * time.Minute,
		KeepWarm:    30 * time.Minute,
		BlueGreen:   defaultBlueGreen(),
	}
}

func (r *Rollout) read(v value) {
	v.object(fields{
		"strategy":     may(choice(&r.Strategy, []string{"canary"}, "blue_green", "rolling")),
		"steps":        may(steps(&r.Steps)),
		"min_requests": may(integer(&r.MinRequests, 1, math.MaxInt32)),
		"min_usable":   may(usablePart(&r.MinUsable)),
		"revert":       may(r.Revert.read),
		"bake":         may(duration(&r.Bake, 0)),
		"keep_warm":    may(duration(&r.KeepWarm, 0)),
		"certify":      later,
		"on_undecided": later,
		"blue_green":   may(r.BlueGreen.read),
		"rolling":      later,
		"gates":        later,
		"write_hold":   later,
	})
}

const wantStep = "a percentage above 0% up to 100%, like 10%"

// steps reads the steps of a ramp: each above the one before, the last 100 %.
func steps(dst *[]Step) func(value) {
	return func(v value) {
		var last Step // the last with a valid weight
		var at value
		v.list("a step", 1, func(item value) {
			s, weight := Step{}, item
			item.object(fields{
				"weight": need(wantStep, func(v value) {
					weight = v
					percentage(&s.Percent, wantStep, func(p float64) bool { return 0 < p && p <= 100 })(v)
				}),
				"hold":     may(duration(&s.Hold, 0)),
				"pause":    may(boolean(&s.Pause)),
				"until":    later,
				"max_hold": later,
			})
			*dst = append(*dst, s)
			if s.Percent == 0 {
				return // already reported
			}
			if s.Percent <= last.Percent {
				weight.fail("%v%%: want more than the %v%% of the step before", s.Percent, last.Percent)
			}
			last, at = s, weight
		})
		if last.Percent > 0 && last.Percent != 100 {
			at.fail("%v%%: want 100%% in the last step", last.Percent)
		}
	}
}
