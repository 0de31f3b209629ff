package config

import (
	"math"
	"time"
)

// Rollout says how traffic moves from stable to a candidate, and when it moves
// back.
type Rollout struct {
	Strategy    string        // canary, which is the default, blue_green or rolling
	Steps       []Step        // of strategy canary, rising to 100 %; empty when not written, and then there is no such rollout
	MinRequests int           // first attempts in a step before it may advance: 1 or more. Default 20
	MinUsable   float64       // part of the candidate's endpoints that must be usable to start and to advance: above 0, to 1. Default 0.5
	OnUndecided string        // at the MaxHold of a step without a certificate: hold, which is the default, advance or revert
	Certify     Certify       // what a certificate proves
	Revert      Revert        // also the rules of the guard
	Bake        time.Duration // judged at 100 % before it has succeeded: 0 or more. Default 5 m
	KeepWarm    time.Duration // the previous version is kept ready after that: 0 or more. Default 30 m
	BlueGreen   BlueGreen     // of strategy blue_green
	Writes      WritePinning  // where writes go
	Rolling     Rolling       // of strategy rolling
	Gates       []Gate        // in the order in which they are asked at a point
	Mirror      Mirror        // of steps that mirror
	WriteHold   *WriteHold    // nil: writes are not held
}

func defaultRollout() Rollout {
	return Rollout{
		Strategy:    "canary",
		MinRequests: 20,
		MinUsable:   0.5,
		OnUndecided: "hold",
		Certify:     defaultCertify(),
		Revert:      defaultRevert(),
		Bake:        5 * time.Minute,
		KeepWarm:    30 * time.Minute,
		BlueGreen:   defaultBlueGreen(),
		Writes:      WritePinning{Cookie: "weir_wrote"},
		Rolling:     defaultRolling(),
		Mirror:      defaultMirror(),
	}
}

func (r *Rollout) read(v value) {
	var endless []value
	var held value // write_hold
	v.object(fields{
		"strategy":     may(choice(&r.Strategy, []string{"canary", "blue_green", "rolling"})),
		"steps":        may(steps(&r.Steps, &endless)),
		"min_requests": may(integer(&r.MinRequests, 1, math.MaxInt32)),
		"min_usable":   may(usablePart(&r.MinUsable)),
		"revert":       may(r.Revert.read),
		"bake":         may(duration(&r.Bake, 0)),
		"keep_warm":    may(duration(&r.KeepWarm, 0)),
		"certify":      may(r.Certify.read),
		"on_undecided": may(choice(&r.OnUndecided, []string{"hold", "advance", "revert"})),
		"blue_green":   may(r.BlueGreen.read(&endless)),
		"mirror":       may(r.Mirror.read),
		"rolling":      may(r.Rolling.read),
		"gates":        may(gates(&r.Gates, &gatesOfUpstreams)),
		"writes":       may(r.Writes.read),
		"write_hold": may(func(v value) {
			held = v
			writeHold(&r.WriteHold)(v)
		}),
	})
	checkGates(v, r.Gates, r.Steps)
	r.checkWrites(v)
	r.checkWriteHold(held)
	if r.OnUndecided == "hold" {
		return // what waits for ever
	}
	for _, until := range endless {
		until.failKey("without max_hold, on_undecided: %s never comes about: want max_hold", r.OnUndecided)
	}
}
