package config

import "time"

// Passive says how the outcomes of users' requests remove an endpoint.
type Passive struct {
	Mode string // PassiveOutlier, which is the default, or PassiveNginx

	// MaxFails and FailTimeout are of mode nginx, for endpoints that say nothing of
	// their own: after so many failures an endpoint is out for so long.
	MaxFails    int           // 0 is never. Default 1
	FailTimeout time.Duration // in whole seconds. Default 10 s
}

// What Passive.Mode can be.
const (
	PassiveOutlier = "outlier" // what fails more than the others goes
	PassiveNginx   = "nginx"   // what has failed max_fails times goes
)

func (p *Passive) read(v value) {
	var rules []value
	p.MaxFails, p.FailTimeout = 1, 10*time.Second
	v.object(fields{
		"mode":         may(choice(&p.Mode, []string{PassiveOutlier, PassiveNginx})),
		"max_fails":    may(noted(&rules, integer(&p.MaxFails, 0, most))),
		"fail_timeout": may(noted(&rules, wholeSeconds(&p.FailTimeout))),
	})
	p.needed(rules)
	if p.Mode != PassiveNginx {
		p.MaxFails, p.FailTimeout = 0, 0
	}
}

// needed refuses max_fails and fail_timeout, at rules, where they are of no use.
func (p *Passive) needed(rules []value) {
	if p.Mode == PassiveNginx {
		return
	}
	for _, v := range rules {
		v.failKey("of no use in mode %s: want health.passive.mode: %s, or the key removed", p.Mode, PassiveNginx)
	}
}

// noted reads with read, and remembers where.
func noted(at *[]value, read func(value)) func(value) {
	return func(v value) {
		read(v)
		*at = append(*at, v)
	}
}

// wholeSeconds reads a duration that has no part of a second.
func wholeSeconds(dst *time.Duration) func(value) {
	return like(shape{kind: durations, span: atLeast(0)}, one(dst, "a duration in whole seconds of 0s or more, like 10s", func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0 && d%time.Second == 0
	}))
}
