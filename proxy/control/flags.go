package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/balancer"
	"weir/config"
	"weir/proxy"
	"weir/proxy/flag"
)

// flags is all flags in one generation: what the files define, what is kept of each, and
// what follows from both. It is immutable once published, apart from the live things it
// points to. nil: there are no flags.
type flags struct {
	config  *config.Flags
	records map[string]*flagRecord    // by key, of flags that were changed at runtime
	live    map[string]*liveFlag      // by key, of flags that requests of users ask for
	ramps   map[string]*liveRamp      // by key, of flags that can be ramped, or are
	trips   map[string]*balancer.Trip // by key, of ramps that run
	tokens  *proxy.Tokens             // nil: no attribute is a claim
	proxied *proxy.Flags
}

// assemble makes what requests see of everything else.
func (f *flags) assemble() (err error) {
	o := proxy.FlagsOptions{
		Set: f.config.Set, Layers: f.layers(), Live: map[string]*proxy.FlagLive{}, Tokens: f.tokens,
		Sources: flagSources(&f.config.Context), Headers: f.config.Pass.Headers, Baggage: f.config.Pass.Baggage,
	}
	for key, l := range f.live {
		o.Live[key] = l.proxied
	}
	f.proxied, err = proxy.NewFlags(o)
	return err
}

// layers are what is set over the definitions, by key.
func (f *flags) layers() map[string]*flag.Layer {
	out := make(map[string]*flag.Layer, len(f.records))
	for key, r := range f.records {
		out[key] = f.layer(r, f.config.Set.Flag(key))
	}
	return out
}

// layer is what is set over the definition of a flag as decisions go by it; nil: nothing.
func (f *flags) layer(r *flagRecord, d *flag.Flag) *flag.Layer {
	run := r.running()
	if r.Set == (FlagSetting{}) && run == nil {
		return nil
	}
	l := &flag.Layer{}
	if on := r.Set.Enabled; on != nil {
		l.Enabled, l.Disabled = *on, !*on
	}
	if r.Set.Variant != "" {
		l.Force = d.Variant(r.Set.Variant)
	}
	if run != nil {
		l.Ramp, l.Force = f.overlay(d, run, l.Force), nil
	}
	return l
}

// with returns the flags with another record of one of them.
func (f *flags) with(key string, r *flagRecord) *flags {
	next := f.recorded(key, r)
	next.arm(f)
	next.proxied = f.proxied.With(next.layers())
	return next
}

// recorded is with for a record that means nothing to requests.
func (f *flags) recorded(key string, r *flagRecord) *flags {
	next := *f
	next.records = maps.Clone(f.records)
	next.records[key] = r
	return &next
}

// flagSources are where the file says that attributes come from.
func flagSources(c *config.FlagContext) map[string]proxy.AttributeSource {
	out := map[string]proxy.AttributeSource{}
	for _, p := range c.Static {
		out[p.Name] = proxy.AttributeSource{Static: flag.TextValue(p.Value)}
	}
	add := func(name string, s proxy.AttributeSource) {
		s.Static = out[name].Static
		out[name] = s
	}
	for _, p := range c.Headers {
		add(p.Value, proxy.AttributeSource{Header: p.Name})
	}
	for _, p := range c.Cookies {
		add(p.Value, proxy.AttributeSource{Cookie: p.Name})
	}
	if c.ClientIP != "" {
		add(c.ClientIP, proxy.AttributeSource{ClientIP: true})
	}
	if c.JWT != nil {
		for _, p := range c.JWT.Claims {
			add(p.Value, proxy.AttributeSource{Claim: p.Name})
		}
	}
	return out
}

// baseOf is what the file says of a flag.
func baseOf(d *flag.Flag) flagBase {
	sum := sha256.New()
	for _, v := range d.Variants() {
		fmt.Fprintf(sum, "%q %s\n", v.Name(), v.Value())
	}
	if v := d.Default(); v != nil {
		fmt.Fprintf(sum, "%q", v.Name())
	}
	fmt.Fprintf(sum, "\n%s", d.Targeting())
	return flagBase{Enabled: !d.Disabled(), Definition: hex.EncodeToString(sum.Sum(nil)[:12])}
}

// under returns the record under a file that may say something else of the flag than it
// did, by the rule of splits (semantics §7): where the file has changed its word is the
// newer one. What was set of a flag being on gives way to the file's state alone, so that
// an edit of a rule brings back nothing that somebody has turned off. warning is for
// operators, "": nothing.
func (f *flags) under(r *flagRecord, d *flag.Flag, h config.History) (next *flagRecord, warning string) {
	base, set := baseOf(d), r.Set
	undefined := set.Variant != "" && d.Variant(set.Variant) == nil // of a record that somebody has written
	if run := r.running(); run != nil {
		switch why := f.unfit(d, run); {
		case why != "":
			r = r.abandon(why)
		case !set.on(d):
			r = r.abandon("operator: the file has turned the flag off")
		case base == r.Base:
			return r, ""
		default:
			same := *r
			same.Base = base
			return &same, fmt.Sprintf("flag %s: the file has changed it, but rollout %s goes on as it was kept", d.Key(), run.ID)
		}
		warning = fmt.Sprintf("flag %s: rollout %s has ended: %s", d.Key(), run.ID, r.Rollout.Reason)
		return r.revise(set, base, cause{Source: SourceRollout, Reason: r.Rollout.Reason, Rollout: r.Rollout}, h), warning
	}
	if base == r.Base && !undefined {
		return r, ""
	}
	if base.Enabled != r.Base.Enabled || set.Enabled != nil && *set.Enabled == base.Enabled {
		set.Enabled = nil
	}
	if base.Definition != r.Base.Definition || undefined {
		set.Variant = ""
	}
	if set.equal(r.Set) {
		same := *r
		same.Base = base
		return &same, ""
	}
	last := r.History[0]
	return r.revise(set, base, cause{Source: SourceFile, Reason: "the file says something else of it"}, h),
		fmt.Sprintf("flag %s: the file has changed it: what was set at %s (%s) gives way", d.Key(), last.At.Format(time.RFC3339), r.Set)
}

// reflag makes the flags of the generation to come; was is nil where there were none. It
// returns what is to be kept, and warnings.
func (c *Control) reflag(was *flags, cfg *config.Config, k *keys) (next *flags, changes map[string][]byte, warnings []string, err error) {
	changes = map[string][]byte{}
	if was != nil {
		for key := range was.records {
			if cfg.Flags == nil || cfg.Flags.Set.Flag(key) == nil {
				changes[flagKey(key)] = nil
			}
		}
	}
	if cfg.Flags == nil {
		return nil, changes, nil, nil
	}
	if cfg.Flags.Set == nil {
		return nil, nil, nil, fmt.Errorf("%s: the definitions of its flags have not been read", cfg.File)
	}
	next = &flags{config: cfg.Flags, records: map[string]*flagRecord{}, tokens: k.tokens.of()}
	for _, d := range cfg.Flags.Set.Flags() {
		r := was.record(d.Key())
		if r == nil {
			continue
		}
		now, warning := next.under(r, d, cfg.History)
		if warning != "" {
			warnings = append(warnings, warning)
		}
		if now != r {
			changes[flagKey(d.Key())] = now.encode()
		}
		next.records[d.Key()] = now
	}
	next.live = was.relive(cfg)
	next.arm(was)
	next.ramps = c.reramp(was, next)
	return next, changes, warnings, next.assemble()
}

// record is what is kept of a flag; nil: nothing. f may be nil.
func (f *flags) record(key string) *flagRecord {
	if f == nil {
		return nil
	}
	return f.records[key]
}

// firstFlags makes the flags of a start, from what was kept. What cannot be read is set
// aside, as with upstreams: a start is never refused because of state.
func (c *Control) firstFlags(cfg *config.Config, k *keys, held, decided map[string][]byte) (*flags, error) {
	f, changes, warnings, err := c.reflag(&flags{records: c.keptFlags(cfg, held, decided)}, cfg, k)
	if err != nil {
		return nil, err
	}
	for _, warning := range warnings {
		c.opts.Log.Warn().Msg(warning)
	}
	maps.Copy(decided, changes)
	c.endGone(cfg, held, decided)
	return f, nil
}

// endGone ends the ramps that are held of flags which the file does not have: a flag that
// comes back some day must not bring along a ramp that nobody knows of any more. What was
// set of it stays for then: it may be off.
func (c *Control) endGone(cfg *config.Config, held, changes map[string][]byte) {
	for _, key := range slices.Sorted(maps.Keys(held)) {
		name, ok := strings.CutPrefix(key, flagKey(""))
		if !ok || cfg.Flags != nil && cfg.Flags.Set != nil && cfg.Flags.Set.Flag(name) != nil {
			continue
		}
		r, err := decodeFlagRecord(held[key])
		if err != nil || r.rolloutProblem() != nil || r.running() == nil {
			continue // what cannot be used is set aside when the flag is back
		}
		r = r.abandon("the file no longer has the flag")
		r = r.revise(r.Set, r.Base, cause{Source: SourceRollout, Reason: r.Rollout.Reason, Rollout: r.Rollout}, cfg.History)
		changes[key] = r.encode()
		c.opts.Log.Warn().Str(keyFlag, name).Str(keyRollout, r.Rollout.ID).Msg("the file no longer has the flag: its rollout has ended")
	}
}

// returning are the flags with what is held of those that the file has and the one before
// did not: of one that it took away nothing is.
func (c *Control) returning(was *flags, cfg *config.Config, aside map[string][]byte) *flags {
	if cfg.Flags == nil || cfg.Flags.Set == nil {
		return was
	}
	held := map[string][]byte{}
	for _, d := range cfg.Flags.Set.Flags() {
		if was == nil || was.config.Set.Flag(d.Key()) == nil {
			held[flagKey(d.Key())] = c.keeper.values[flagKey(d.Key())]
		}
	}
	back := c.keptFlags(cfg, held, aside)
	if len(back) == 0 {
		return was
	}
	next := &flags{}
	if was != nil {
		*next = *was
	}
	next.records = maps.Clone(next.records)
	if next.records == nil {
		next.records = back
	}
	maps.Copy(next.records, back)
	return next
}

// keptFlags are the records that are held of the file's flags.
func (c *Control) keptFlags(cfg *config.Config, held, aside map[string][]byte) map[string]*flagRecord {
	out := map[string]*flagRecord{}
	if cfg.Flags == nil || cfg.Flags.Set == nil {
		return out
	}
	for _, d := range cfg.Flags.Set.Flags() {
		key := flagKey(d.Key())
		in := held[key]
		if in == nil {
			continue
		}
		r, err := decodeFlagRecord(in)
		if err != nil {
			aside[setAside+key] = in
			c.opts.Log.Warn().Str(keyFlag, d.Key()).Err(err).Str(keyAside, setAside+key).Msg("the kept state cannot be used: it is set aside, the file's definition holds")
			continue
		}
		if err := r.rolloutProblem(); err != nil {
			aside[setAside+key] = in
			c.opts.Log.Warn().Str(keyFlag, d.Key()).Str(keyRollout, r.Rollout.ID).Err(err).Str(keyAside, setAside+key).Msg("the kept rollout cannot be used: it is set aside")
			r.Rollout = nil
		}
		out[d.Key()] = r
	}
	return out
}

// adoptFlags takes into account what a store held that could only be opened now. A flag
// that somebody has turned off meanwhile stays so, numbered behind what the store held.
func (c *Control) adoptFlags(f *flags, cfg *config.Config, k *keys, held, aside map[string][]byte) (*flags, map[string][]byte, error) {
	if f == nil {
		return nil, nil, nil
	}
	kept := c.keptFlags(cfg, held, aside)
	if len(kept) == 0 {
		return f, nil, nil
	}
	mix := *f
	mix.records = maps.Clone(f.records)
	for key, r := range kept {
		if since := f.records[key]; since != nil {
			last := &since.History[0]
			by := cause{Source: last.Source, Author: last.Author, From: last.From, Reason: last.Reason}
			if r.running() != nil {
				r = r.abandon("moved for safety before its state could be read")
				by.Rollout = r.Rollout
			}
			r = r.revise(since.Set, since.Base, by, cfg.History)
		}
		mix.records[key] = r
	}
	next, changes, warnings, err := c.reflag(&mix, cfg, k)
	if err != nil {
		return nil, nil, err
	}
	for _, warning := range append(warnings, "kept state of flags could be read only now") {
		c.opts.Log.Warn().Msg(warning)
	}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		changes[flagKey(key)] = next.records[key].encode()
	}
	return next, changes, nil
}
