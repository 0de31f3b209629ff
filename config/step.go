package config

import "time"

// Step is one weight of the candidate and what must pass before the next.
type Step struct {
	Percent   float64       // of the weight that stable and candidate have together: above 0, up to 100
	Hold      time.Duration // least time in the step: 0 or more. Default 0
	Pause     bool          // wait until somebody promotes; not with Certified. Default false
	Certified bool          // wait until the candidate is proven not to be worse. Default false
	// SwitchWrites gives the candidate the writes, where they are pinned: one step at most,
	// else the last one does. Default false
	SwitchWrites bool
	MaxHold      time.Duration // with Certified, more than Hold: then OnUndecided decides. 0, the default, is never
}

const wantStep = "a percentage above 0% up to 100%, like 10%"

// steps reads the steps of a ramp: each above the one before, the last 100 %.
// endless gets the until of those that may wait for ever.
func steps(dst *[]Step, endless *[]value) func(value) {
	return func(v value) {
		var last Step // the last with a valid weight
		var at value
		v.list("a step", 1, func(item value) {
			var s Step
			weight := s.read(item, endless)
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

// read reads a step and returns where its weight stands.
func (s *Step) read(item value, endless *[]value) (weight value) {
	var word string
	var until, most value
	item.object(fields{
		"weight": need(wantStep, func(v value) {
			weight = v
			percentage(&s.Percent, wantStep, func(p float64) bool { return 0 < p && p <= 100 })(v)
		}),
		"hold":          may(duration(&s.Hold, 0)),
		"pause":         may(boolean(&s.Pause)),
		"switch_writes": may(boolean(&s.SwitchWrites)),
		"until": may(func(v value) {
			until = v
			choice(&word, []string{"certified"})(v)
		}),
		"max_hold": may(func(v value) {
			most = v
			duration(&s.MaxHold, time.Millisecond)(v)
		}),
	})
	s.Certified = word == "certified"
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
	return weight
}

func (s *Step) document() map[string]any {
	doc := map[string]any{"weight": percent(s.Percent / 100)}
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
