package config

import (
	"math"
	"time"

	"gopkg.in/yaml.v3"
)

// FlagRollout says how a variant of a flag comes from nobody to everybody, and when it
// is taken back.
type FlagRollout struct {
	Flag        string        // its key, each once
	To          string        // the variant; "": whoever starts it says which
	Steps       []Step        // of segments, then of shares, rising to 100 %; at least one
	MinRequests int           // requests of those who have the variant, in a step before it may advance: 1 or more. Default 20
	OnUndecided string        // at the MaxHold of a step without a certificate: hold, which is the default, advance or revert
	Certify     Certify       // what a certificate proves
	Revert      Revert        // of an upstream's what has a meaning here: see Revert.flagFields
	Gates       []Gate        // what is asked on the way. Default none
	Bake        time.Duration // watched at 100 % before it has succeeded: 0 or more. Default 5 m
}

// flagRollouts reads the rollouts of flags; refs gets what they name of definitions.
func flagRollouts(dst *[]FlagRollout, refs *references) func(value) {
	return func(v value) {
		v.entries("a mapping of flags", 0, func(key string, at value) {
			r := FlagRollout{
				Flag: key, MinRequests: 20, OnUndecided: "hold", Certify: defaultCertify(), Revert: defaultRevert(), Bake: 5 * time.Minute,
			}
			r.read(at, refs)
			*dst = append(*dst, r)
		})
	}
}

func (r *FlagRollout) read(v value, refs *references) {
	var endless []value
	ref := &flagReference{flag: &reference{at: v, name: r.Flag, faulty: v.node.Kind != yaml.MappingNode}}
	v.object(fields{
		"to": may(func(v value) {
			to := refer(v, wantVariant)
			r.To, ref.variants = to.name, append(ref.variants, to)
		}),
		"steps": need("steps, like {segment: internal} or {weight: 10%}", r.readSteps(&endless, func(segment *reference) {
			ref.segments = append(ref.segments, segment)
		})),
		"min_requests": may(integer(&r.MinRequests, 1, math.MaxInt32)),
		"on_undecided": may(choice(&r.OnUndecided, []string{"hold", "advance", "revert"})),
		"certify":      may(r.Certify.read),
		"revert":       may(func(v value) { v.object(r.Revert.flagFields()) }),
		"gates":        may(gates(&r.Gates, &gatesOfFlags)),
		"bake":         may(duration(&r.Bake, 0)),
	})
	checkGates(v, r.Gates, r.Steps)
	refs.flags = append(refs.flags, ref)
	if r.OnUndecided == "hold" {
		return // what waits for ever
	}
	for _, until := range endless {
		until.failKey("without max_hold, on_undecided: %s never comes about: want max_hold", r.OnUndecided)
	}
}

const wantSegment = "a rule that the files of flags have in $evaluators, like internal"

// readSteps reads steps: those of segments come first, each share is above the one
// before, the last is 100 %.
func (r *FlagRollout) readSteps(endless *[]value, named func(*reference)) func(value) {
	return func(v value) {
		var last float64
		var at value
		once := unique{}
		v.list("a step", 1, func(item value) {
			var s Step
			weight := s.readFlag(item, endless, once, named)
			r.Steps = append(r.Steps, s)
			switch {
			case s.Segment != "" && last > 0:
				item.fail("a share of all has it already: want segments before the first step with a weight")
			case s.Percent == 0: // already reported, or of a segment
			case s.Percent <= last:
				weight.fail("%v%%: want more than the %v%% of the step before", s.Percent, last)
				last, at = s.Percent, weight
			default:
				last, at = s.Percent, weight
			}
		})
		switch n := len(r.Steps); {
		case last > 0 && last != 100:
			at.fail("%v%%: want 100%% in the last step", last)
		case n > 0 && last == 0 && r.Steps[n-1].Segment != "":
			v.fail("nothing but segments: want steps with a weight behind them")
		}
	}
}

// readFlag reads a step of a flag and returns where its weight stands.
func (s *Step) readFlag(item value, endless *[]value, once unique, named func(*reference)) (weight value) {
	var until, most, segment value
	item.object(fields{
		"segment": may(func(v value) {
			segment = v
			once.check(&s.Segment, func(v value) {
				ref := refer(v, wantSegment)
				s.Segment = ref.name
				named(ref)
			})(v)
		}),
		"weight": may(func(v value) {
			weight = v
			percentage(&s.Percent, wantStep, above(0, 100))(v)
		}),
		"hold":     may(duration(&s.Hold, 0)),
		"pause":    may(boolean(&s.Pause)),
		"until":    may(s.certifying(&until)),
		"max_hold": may(s.longest(&most)),
	})
	switch {
	case item.node.Kind != yaml.MappingNode: // which is the problem
	case weight.key == nil && segment.key == nil:
		item.lacks("weight", wantStep+", or segment instead")
	case weight.key != nil && segment.key != nil:
		segment.failKey("all of a segment have it, whatever the weight: want one of them")
	case segment.key != nil && s.Certified:
		until.failKey("those of a segment are compared with nobody: want it in a step with a weight")
	}
	s.waits(until, most, endless)
	return weight
}

// flagFields are the rules that have a meaning for a flag: it has no endpoints, what
// fails is said by the upstreams that its requests go to, and users are drawn, not
// requests. Rules without a bound on false alarms it has none.
func (r *Revert) flagFields() fields {
	all := r.fields()
	for _, none := range []string{"unusable_for", "errors", "mode", "sample_ratio", "max_error_rate_plain", "max_latency_plain"} {
		delete(all, none)
	}
	return all
}

func (r *FlagRollout) document() map[string]any {
	revert := r.Revert.document()
	for key := range revert {
		if _, has := r.Revert.flagFields()[key]; !has {
			delete(revert, key)
		}
	}
	doc := map[string]any{
		"steps":        list(r.Steps, func(s Step) any { return s.document() }),
		"min_requests": r.MinRequests, "on_undecided": r.OnUndecided, "certify": r.Certify.document(), "revert": revert,
		"bake": r.Bake.String(),
	}
	if r.To != "" {
		doc["to"] = r.To
	}
	if len(r.Gates) > 0 {
		doc["gates"] = list(r.Gates, func(g Gate) any { return g.document() })
	}
	return doc
}
