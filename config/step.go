package config

import (
	"time"

	"gopkg.in/yaml.v3"
)

// Step is one weight of the candidate and what must pass before the next; or, before
// it gets any, a part of the requests that is mirrored to it.
type Step struct {
	Percent   float64       // of the weight that stable and candidate have together: above 0, up to 100; 0 with Mirror
	Hold      time.Duration // least time in the step: 0 or more. Default 0
	Pause     bool          // wait until somebody promotes; not with Certified. Default false
	Certified bool          // wait until the candidate is proven not to be worse. Default false
	// SwitchWrites gives the candidate the writes, where they are pinned: one step at most,
	// else the last one does. Default false
	SwitchWrites bool
	MaxHold      time.Duration // with Certified, more than Hold: then OnUndecided decides. 0, the default, is never

	Mirror      float64 // percentage of safe requests that are copied: above 0, up to 100; 0, the default, is none
	MaxMismatch float64 // with Mirror: part of the answers that may differ: above 0, below 1. Default 0.01

	Segment string // in the rollout of a flag, instead of Percent: all of it; "": none
}

const wantStep = "a percentage above 0% up to 100%, like 10%"

// steps reads the steps of a ramp: each above the one before, the last 100 %; what is
// mirrored comes first. endless gets the until of those that may wait for ever.
func steps(dst *[]Step, endless *[]value) func(value) {
	return func(v value) {
		var last Step // the last with a valid weight
		var at value
		v.list("a step", 1, func(item value) {
			var s Step
			weight := s.read(item, endless)
			*dst = append(*dst, s)
			if s.Mirror > 0 && last.Percent > 0 {
				item.fail("the candidate has users already: want what is mirrored before the first step with a weight")
			}
			if s.Percent == 0 {
				return // already reported, or mirrored
			}
			if s.Percent <= last.Percent {
				weight.fail("%v%%: want more than the %v%% of the step before", s.Percent, last.Percent)
			}
			last, at = s, weight
		})
		if last.Percent > 0 && last.Percent != 100 {
			at.fail("%v%%: want 100%% in the last step", last.Percent)
		}
		if n := len(*dst); n > 0 && last.Percent == 0 && (*dst)[n-1].Mirror > 0 {
			v.fail("nothing but what is mirrored: want steps with a weight behind it")
		}
	}
}

// read reads a step and returns where its weight stands.
func (s *Step) read(item value, endless *[]value) (weight value) {
	var until, most, share, mismatch value
	mirror, keep := s.mirroring(&share, &mismatch)
	item.object(fields{
		"weight": may(func(v value) {
			weight = v
			percentage(&s.Percent, wantStep, above(0, 100))(v)
		}),
		"mirror":        may(mirror),
		"max_mismatch":  may(keep),
		"hold":          may(duration(&s.Hold, 0)),
		"pause":         may(boolean(&s.Pause)),
		"switch_writes": may(boolean(&s.SwitchWrites)),
		"until":         may(s.certifying(&until)),
		"max_hold":      may(s.longest(&most)),
	})
	switch {
	case item.node.Kind != yaml.MappingNode: // which is the problem
	case weight.key == nil && share.key == nil:
		item.lacks("weight", wantStep+", or mirror instead")
	case weight.key != nil && share.key != nil:
		share.failKey("what is mirrored to has no weight: want one of them")
	case share.key != nil && s.SwitchWrites:
		share.failKey("it moves nothing, writes neither: want switch_writes in a step with a weight")
	}
	s.mismatch(share, mismatch)
	s.waits(until, most, endless)
	return weight
}

// certifying reads until, longest max_hold; each says where it stands.
func (s *Step) certifying(at *value) func(value) {
	return func(v value) {
		*at = v
		var word string
		choice(&word, []string{"certified"})(v)
		s.Certified = word == "certified"
	}
}

func (s *Step) longest(at *value) func(value) {
	return func(v value) {
		*at = v
		duration(&s.MaxHold, time.Millisecond)(v)
	}
}

// waits checks what ends the step against each other.
func (s *Step) waits(until, most value, endless *[]value) {
	switch {
	case most.key != nil && until.key == nil:
		most.failKey("nothing ends there: want it with until: certified")
	case s.MaxHold > 0 && s.MaxHold <= s.Hold:
		most.fail("%s: want more than the hold of %s", s.MaxHold, s.Hold)
	}
	switch {
	case s.Certified && s.Pause:
		until.failKey("a step with pause is left when somebody promotes: want one of them")
	case s.Certified && most.key == nil:
		*endless = append(*endless, until)
	}
}

func (s *Step) document() map[string]any {
	doc := map[string]any{}
	switch {
	case s.Segment != "":
		doc["segment"] = s.Segment
	case s.Mirror > 0:
		doc["mirror"], doc["max_mismatch"] = percent(s.Mirror/100), percent(s.MaxMismatch)
	default:
		doc["weight"] = percent(s.Percent / 100)
	}
	if s.Hold > 0 {
		doc["hold"] = s.Hold.String()
	}
	if s.Pause {
		doc["pause"] = true
	}
	if s.Certified {
		doc["until"] = "certified"
	}
	if s.SwitchWrites {
		doc["switch_writes"] = true
	}
	if s.MaxHold > 0 {
		doc["max_hold"] = s.MaxHold.String()
	}
	return doc
}
