package control

import (
	"context"
	"sync"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/gate"
)

const (
	// hooksEvery is how often the stages of a rolling rollout are looked at for hooks.
	hooksEvery = 50 * time.Millisecond
	// hookAgain is the time between a hook that fails and its next run, twice as long
	// each time up to hookAgainMost.
	hookAgain     = time.Second
	hookAgainMost = 30 * time.Second
)

// rollHooks runs the hooks that the endpoints of a rolling rollout wait for: those of
// the file as it is then. At an address one runs at a time. Its zero value is ready.
type rollHooks struct {
	mu struct {
		sync.Mutex
		running bool // there is a goroutine that looks
		jobs    map[hookAt]*hookJob
	}
}

// hookAt is the endpoint that a hook is run for.
type hookAt struct{ version, address string }

// hookJob runs one hook until it succeeds or is not wanted any more.
type hookJob struct {
	stage rollout.Stage
	stop  context.CancelFunc

	// Guarded by rollHooks.mu:
	done   bool
	failed string
	ended  bool
}

// report is what there is to say of the hook that an endpoint waits for.
func (h *rollHooks) report(version, address string) rollout.HookReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.mu.jobs[hookAt{version, address}]
	if j == nil {
		return rollout.HookReport{}
	}
	return rollout.HookReport{Of: j.stage, Done: j.done, Failed: j.failed}
}

// hooking is the upstream's rolling rollout as far as it may want hooks run, nil if
// there is none.
func (u *upstream) hooking() *rollout.State {
	run := u.record.running()
	if run == nil || run.Roll == nil || !run.Plan.Rolling.Starts && !run.Plan.Rolling.Stops {
		return nil
	}
	return run
}

// runHooks sees to it that somebody looks what hooks the upstream's rollout wants. It
// runs on the writer, after a generation was published.
func (c *Control) runHooks(u *upstream) {
	h := &u.live.hooks
	if u.hooking() == nil || u.live.ctx == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mu.running {
		return
	}
	h.mu.running, h.mu.jobs = true, map[hookAt]*hookJob{}
	of := &host{control: c, name: u.name(), live: u.live}
	ctx := u.live.ctx
	c.loops.Go(func() { h.look(ctx, of) })
}

// look runs hooks until no rollout wants any, or ctx ends.
func (h *rollHooks) look(ctx context.Context, of *host) {
	var all sync.WaitGroup
	defer all.Wait()
	tick := time.NewTicker(hooksEvery)
	defer tick.Stop()
	for {
		if h.idle(ctx, of) {
			return
		}
		if u := of.upstream(); u != nil {
			if run := u.hooking(); run != nil {
				h.follow(ctx, u, run, &all)
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// idle reports that there is nothing left to look after, and that somebody else has to
// look from then on. What runs is told to end first.
func (h *rollHooks) idle(ctx context.Context, of *host) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := of.upstream()
	if ctx.Err() == nil && u != nil && u.hooking() != nil {
		return false
	}
	ended := true
	for _, j := range h.mu.jobs {
		j.stop()
		ended = ended && j.ended
	}
	if ended || ctx.Err() != nil {
		h.mu.running = false
		return true
	}
	return false
}

// follow starts the hooks that are wanted and not run yet, and ends those that are not
// wanted any more.
func (h *rollHooks) follow(ctx context.Context, u *upstream, run *rollout.State, all *sync.WaitGroup) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := &run.Plan
	for version, members := range map[string][]rollout.Member{p.From: run.Roll.From, p.To: run.Roll.To} {
		for i := range members {
			m, at := &members[i], hookAt{version, members[i].Address}
			j := h.mu.jobs[at]
			switch wanted := m.Stage == rollout.StageStarting || m.Stage == rollout.StageStopping; {
			case j != nil && (!wanted || j.stage != m.Stage):
				if j.stop(); j.ended {
					delete(h.mu.jobs, at)
				}
			case j == nil && wanted && !h.busy(m.Address):
				h.start(ctx, u, run, at, m.Stage, all)
			}
		}
	}
}

// busy reports that a hook runs at that address, of whichever version.
func (h *rollHooks) busy(address string) bool {
	for at, j := range h.mu.jobs {
		if at.address == address && !j.ended {
			return true
		}
	}
	return false
}

func (h *rollHooks) start(ctx context.Context, u *upstream, run *rollout.State, at hookAt, stage rollout.Stage, all *sync.WaitGroup) {
	ctx, stop := context.WithCancel(ctx)
	j := &hookJob{stage: stage, stop: stop}
	h.mu.jobs[at] = j
	hook, q := hookOf(&u.config.Rollout.Rolling, stage), told(u.name(), run, at, stage)
	all.Go(func() {
		defer stop()
		h.run(ctx, j, hook, &q)
		h.mu.Lock()
		j.ended = true
		h.mu.Unlock()
	})
}

// run runs the hook until it succeeds, or ctx ends.
func (h *rollHooks) run(ctx context.Context, j *hookJob, hook *config.RollingHook, q *gate.Question) {
	for pause := hookAgain; ; pause = min(2*pause, hookAgainMost) {
		why := ask(ctx, hook, q)
		h.mu.Lock()
		j.failed, j.done = why, why == ""
		h.mu.Unlock()
		if why == "" {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// hookOf is the file's hook for a stage, nil when there is none any more.
func hookOf(r *config.Rolling, stage rollout.Stage) *config.RollingHook {
	if stage == rollout.StageStopping {
		return r.Stop
	}
	return r.Start
}

// told is what a hook is told. The way back is told as one from the candidate to the
// version that was before it.
func told(upstream string, run *rollout.State, at hookAt, stage rollout.Stage) gate.Question {
	name := "start"
	if stage == rollout.StageStopping {
		name = "stop"
	}
	q := gate.Question{
		Gate: name, Phase: rolling, Rollout: run.ID, Upstream: upstream, From: run.Plan.From, To: run.Plan.To,
		Weight: run.Percent, Reason: run.Reason, Version: at.version, Endpoint: at.address,
		Key: run.ID + "-" + name + "-" + at.version + "-" + at.address,
	}
	if run.Roll.Back {
		q.From, q.To = q.To, q.From
		q.Key += "-back"
	}
	return q
}

// ask runs the hook once, and says why it has not succeeded; "" when it has.
func ask(ctx context.Context, hook *config.RollingHook, q *gate.Question) string {
	var asker gate.Asker
	switch {
	case hook == nil:
		return "the file has no hook for it any more"
	case hook.HTTP != nil:
		asker = hookWeb(hook.HTTP)
	default:
		asker = &gate.Command{Args: hook.Exec}
	}
	limited, cancel := context.WithTimeout(ctx, hook.Timeout)
	defer cancel()
	m := asker.Ask(limited, q)
	switch {
	case limited.Err() != nil:
		return "no answer within " + hook.Timeout.String()
	case m.Result == gate.Passed:
		return ""
	}
	return m.Why
}

// hookWeb is the file's hook as a request.
func hookWeb(h *config.GateHTTP) *gate.Hook {
	out := &gate.Hook{URL: h.URL, Method: h.Method}
	for _, p := range h.Headers {
		out.Headers = append(out.Headers, gate.Header{Name: p.Name, Value: p.Value})
	}
	return out
}
