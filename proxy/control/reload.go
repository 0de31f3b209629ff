package control

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"weir/config"
)

// Reload applies a configuration by the three-way rule of semantics §7. It is
// refused whole (Invalid, one line per fault) when it does not fit a running
// rollout or changes what cannot change while running.
func (c *Control) Reload(ctx context.Context, next *config.Config) (ReloadResult, error) {
	k, err := loadKeys(next, c.current.Load().keys, time.Now())
	if err != nil {
		c.noteReload(next.File, err)
		return ReloadResult{}, refuse(Invalid, "%v", err)
	}
	// Here, for the writer must not wait for DNS: a name that is new has endpoints from
	// the first moment on.
	c.names.Learn(ctx, resolver(&next.Resolver), namesOf(next))
	var res ReloadResult
	err = c.do(ctx, func() (err error) {
		res, err = c.reload(next, k)
		c.noteReload(next.File, err)
		for _, warning := range res.Warnings {
			c.opts.Log.Warn().Msg(warning)
		}
		return err
	})
	if err != nil {
		return ReloadResult{}, err // res is still the writer's if the caller has left
	}
	return res, nil
}

// NoteReload records that a configuration could not even be loaded, so that
// Status, Metrics and events say so.
func (c *Control) NoteReload(err error) { c.noteReload(c.Config().File, err) }

func (c *Control) noteReload(file string, err error) {
	c.status.mu.Lock()
	view := ReloadView{OK: err == nil, At: time.Now(), File: file}
	if err != nil {
		view.At, view.Error = c.status.mu.reload.At, err.Error()
	}
	c.status.mu.reload = view
	c.status.mu.Unlock()
	if err != nil {
		c.opts.Log.Error().Str(keyFile, file).Err(err).Msg("reload refused: the configuration before it serves on")
		c.emit(Event{Kind: EventReload, State: "refused", Reason: view.Error})
		return
	}
	c.opts.Log.Info().Str(keyFile, file).Msg("configuration applied")
	c.emit(Event{Kind: EventReload, State: "applied"})
}

// reload runs on the writer. Everything that can fail comes before anything
// that serves is touched.
func (c *Control) reload(cfg *config.Config, k *keys) (ReloadResult, error) {
	w := c.current.Load()
	res := ReloadResult{Generation: w.generation + 1, Warnings: append(cfg.Advice(), k.warnings...)}
	faults := fixed(w.config, cfg)
	ups := make(map[string]*upstream, len(cfg.Upstreams))
	changes := map[string][]byte{}
	for i := range cfg.Upstreams {
		u := &cfg.Upstreams[i]
		next, d, bad, err := c.reloadUpstream(w.upstreams[u.Name], u)
		if err != nil {
			return ReloadResult{}, refuse(Invalid, "%s: %v", cfg.File, err)
		}
		faults = append(faults, bad...)
		if len(bad) > 0 {
			continue
		}
		ups[u.Name] = next
		if d.replaced {
			res.Changed = append(res.Changed, u.Name)
		}
		for _, warning := range d.warnings {
			res.Warnings = append(res.Warnings, "upstream "+u.Name+": "+warning)
		}
		if was := w.upstreams[u.Name]; was == nil || was.record != next.record {
			changes[upstreamKey(u.Name)] = next.record.encode()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.upstreams)) {
		if ups[name] != nil || configured(cfg, name) {
			continue
		}
		if run := w.upstreams[name].record.running(); run != nil {
			faults = append(faults, faultAt(fmt.Sprintf("removed, but rollout %s from %s to %s is running: abort it first",
				run.ID, run.Plan.From, run.Plan.To), "upstreams", name))
		}
		changes[upstreamKey(name)] = nil
	}
	faults = append(faults, groupFaults(w, cfg)...)
	faults = append(faults, w.flags.rampFaults(cfg)...)
	if len(faults) > 0 {
		return ReloadResult{}, refuse(Invalid, "%s", lines(cfg, faults))
	}
	f, kept, warnings, err := c.reflag(c.returning(w.flags, cfg, changes), cfg, k)
	if err != nil {
		return ReloadResult{}, refuse(Invalid, "%s: %v", cfg.File, err)
	}
	maps.Copy(changes, kept)
	res.Warnings = append(res.Warnings, warnings...)
	next, err := newWorld(w.generation+1, cfg, ups, f, k)
	if err != nil {
		return ReloadResult{}, refuse(Invalid, "%s: %v", cfg.File, err)
	}
	if len(changes) > 0 {
		if err := c.persist(changes); err != nil {
			return ReloadResult{}, err
		}
	}
	c.publish(next)
	c.toldFlags(w.flags, f)
	return res, nil
}

// reloadUpstream makes one upstream of the generation to come; was is nil for a
// new one.
func (c *Control) reloadUpstream(was *upstream, cfg *config.Upstream) (next *upstream, d decision, faults []fault, err error) {
	if was == nil {
		d = atStart(nil, fileSplit(cfg))
		next, err = c.join(cfg, d.record)
		return next, d, nil, err
	}
	d, bad := atReload(was.record, fileSplit(cfg))
	if len(bad) > 0 {
		for i := range bad {
			bad[i].path = append([]string{"upstreams", cfg.Name}, bad[i].path...)
		}
		return nil, d, bad, nil
	}
	stay := was.trips
	if d.replaced {
		stay = nil
	}
	next, err = was.rejoin(cfg, d.record.prune(fileState(cfg, c.names.States())).underFile(cfg), stay)
	if d.replaced && err == nil {
		faults = append(next.schemaFaults(was.record.Split, time.Now()), next.contractFaults(was)...)
	}
	d.warnings = append(d.warnings, next.advice(was, time.Now())...)
	return next, d, faults, err
}

// advice is what an operator should know of a file that can be applied.
func (u *upstream) advice(was *upstream, now time.Time) (out []string) {
	if drift := u.drift(); drift != "" {
		out = append(out, drift)
	}
	out = append(out, u.schemaAdvice(now)...)
	last := u.record.Rollout
	if last == nil {
		return out
	}
	strategy, from, to := last.Plan.Strategy, last.Plan.From, last.Plan.To
	if u.record.running() != nil && !reflect.DeepEqual(plan(was.config, strategy, from, to), plan(u.config, strategy, from, to)) {
		out = append(out, fmt.Sprintf("rollout %s goes on by the plan it was started with: the file's is for the next one", last.ID))
	}
	if warm := last.WarmUntil(); now.Before(warm) && u.record.Split.Stable == to && u.version(from) == nil && was.version(from) != nil {
		out = append(out, fmt.Sprintf("%s was to be kept warm until %s, as the way back from %s: without it there is none",
			from, warm.Format(time.RFC3339), to))
	}
	return out
}

// fixed says what differs of the things that are fixed while the process runs.
func fixed(was, next *config.Config) []fault {
	var out []fault
	const restart = "changed, which needs a restart"
	if !slices.EqualFunc(was.Listeners, next.Listeners, func(a, b config.Listener) bool {
		return a.Name == b.Name && a.Address == b.Address
	}) {
		out = append(out, faultAt(restart, "listeners"))
	}
	if !reflect.DeepEqual(was.Admin, next.Admin) {
		out = append(out, faultAt(restart, "admin"))
	}
	if !reflect.DeepEqual(listensForFlags(was), listensForFlags(next)) {
		out = append(out, faultAt("its address or TLS "+restart, "flags", "ofrep"))
	}
	if was.State != next.State {
		out = append(out, faultAt(restart, "state"))
	}
	return out
}

// listensForFlags is what is fixed of flags.ofrep.
func listensForFlags(cfg *config.Config) config.OFREP {
	if cfg.Flags == nil || cfg.Flags.OFREP == nil {
		return config.OFREP{}
	}
	return config.OFREP{Address: cfg.Flags.OFREP.Address, TLS: cfg.Flags.OFREP.TLS}
}

func configured(cfg *config.Config, name string) bool {
	for i := range cfg.Upstreams {
		if cfg.Upstreams[i].Name == name {
			return true
		}
	}
	return false
}

// lines are the faults with their places in the file.
func lines(cfg *config.Config, faults []fault) string {
	placed := make([]string, len(faults))
	for i, f := range faults {
		placed[i] = cfg.Problem(f.msg, f.path...).String()
	}
	return strings.Join(placed, "\n")
}
