package control

import (
	"slices"
	"sync/atomic"
	"time"

	"weir/config"
	"weir/health/outcome"
	"weir/proxy"
)

// liveFlag is what is counted of a flag that requests of users ask for, as long as it is
// in the files.
type liveFlag struct {
	proxied *proxy.FlagLive
	arms    []*flagArm // by the variants' places; the last is of requests without one
}

// flagArm is the users' requests that got one variant.
type flagArm struct {
	variant string // "": none
	stats   *outcome.Version
	window  outcome.Window                  // the sampler's
	summary atomic.Pointer[outcome.Summary] // of window, for everybody; nil before the first sample
}

// arm is the one of a variant; nil: there is none.
func (l *liveFlag) arm(variant string) *flagArm {
	if l == nil {
		return nil
	}
	for _, a := range l.arms {
		if a.variant == variant {
			return a
		}
	}
	return nil
}

// relive is what is counted of the flags that the file has asked for, with what was
// counted before. f may be nil.
func (f *flags) relive(cfg *config.Config) map[string]*liveFlag {
	out := map[string]*liveFlag{}
	for _, key := range inPath(cfg) {
		var was *liveFlag
		var before *proxy.FlagLive
		if f != nil {
			if was = f.live[key]; was != nil {
				before = was.proxied
			}
		}
		var names []string
		for _, v := range cfg.Flags.Set.Flag(key).Variants() {
			names = append(names, v.Name())
		}
		l := &liveFlag{proxied: proxy.NewFlagLive(names, before)}
		for _, name := range append(names, "") {
			a := was.arm(name)
			if a == nil {
				a = &flagArm{variant: name, stats: l.proxied.Outcome(name)}
			}
			l.arms = append(l.arms, a)
		}
		out[key] = l
	}
	return out
}

// inPath are the keys of the flags that requests of users ask for: routes do, or upstreams
// are told.
func inPath(cfg *config.Config) []string {
	out := slices.Concat(cfg.Flags.Pass.Headers, cfg.Flags.Pass.Baggage)
	for i := range cfg.Routes {
		if w := cfg.Routes[i].When; w != nil {
			out = append(out, w.Flag)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flags turns the counters of flags into windows.
func (s *sampler) flags(f *flags, now time.Time) {
	if f == nil {
		return
	}
	for _, l := range f.live {
		for _, a := range l.arms {
			a.stats.Totals(&s.totals)
			a.window.Push(now, &s.totals)
			sum := a.window.Sum()
			a.summary.Store(&sum)
		}
	}
}
