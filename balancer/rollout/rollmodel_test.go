package rollout_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

// fleet is the endpoints of two versions as they would be if somebody carried out what
// a rolling rollout asks for: at once, and with hooks that take a while or fail.
type fleet struct {
	state rollout.State
	now   time.Time
	view  rollout.RollingView
	sick  map[string]bool // by version and address: fails its checks
	slow  map[string]bool // its hook does not come to an end
	since map[string]int  // looks since the stage was reached
	every time.Duration
	stage map[string]rollout.Stage
	start map[string]int // Starts, as last seen
	gates rollout.GateReport
}

func rollingPlan(from, to []string, surge, unavailable int) rollout.Plan {
	p := defaultPlan()
	p.Strategy, p.Steps = "rolling", nil
	p.Rolling = &rollout.Rolling{
		MaxSurge: surge, MaxUnavailable: unavailable, MinReady: 3 * time.Second, ProgressDeadline: 5 * time.Minute,
		Desired: len(from), From: from, To: to,
	}
	return p
}

func addresses(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%d", prefix, i+1)
	}
	return out
}

func newFleet(p rollout.Plan) *fleet {
	f := &fleet{now: start, every: modelLook, sick: map[string]bool{}, slow: map[string]bool{}, since: map[string]int{}, stage: map[string]rollout.Stage{}, start: map[string]int{}}
	f.state, _ = rollout.New("r", p, 0, start)
	for _, a := range p.Rolling.From {
		f.view.From = append(f.view.From, rollout.RollingEndpoint{Address: a, Weight: 1, Usable: true})
	}
	for _, a := range p.Rolling.To {
		f.view.To = append(f.view.To, rollout.RollingEndpoint{Address: a, Weight: 1, Usable: true})
	}
	return f
}

// look is what the world does in between, and what Step makes of it.
func (f *fleet) look(c rollout.Command) (was rollout.State, a rollout.Action, err error) {
	f.now = f.now.Add(f.every)
	r := f.state.Roll
	f.see("from/", r.From, f.view.From)
	f.see("to/", r.To, f.view.To)
	o := rollout.Observation{StableHealthy: true, Rolling: f.view, Gates: f.gates}
	for i, m := range r.From {
		if m.Stage == rollout.StageUp && f.view.From[i].Usable {
			o.StableUsable++
		}
	}
	for i, m := range r.To {
		if m.Stage == rollout.StageUp && f.view.To[i].Usable {
			o.CandidateUsable++
		}
	}
	was = f.state
	next, a, err := rollout.Step(was, o, c, f.now)
	if err == nil {
		f.state = next.Confirmed()
	}
	return was, a, err
}

// see is what is so of a version's endpoints by now.
func (f *fleet) see(version string, members []rollout.Member, seen []rollout.RollingEndpoint) {
	for i, m := range members {
		key, e := version+m.Address, &seen[i]
		if f.since[key]++; f.stage[key] != m.Stage {
			f.stage[key], f.since[key] = m.Stage, 0
		}
		if m.Starts != f.start[key] { // another process: its checks begin anew
			f.start[key], e.Usable = m.Starts, false
		}
		e.Usable, e.Why = !f.sick[key] && (e.Usable || f.since[key] > 10), "checks"
		e.Inflight = 0
		if m.Stage == rollout.StageUp || m.Stage == rollout.StageDraining && f.since[key] < 3 {
			e.Inflight = 4
		}
		e.Hook = rollout.HookReport{}
		if m.Stage == rollout.StageStarting || m.Stage == rollout.StageStopping {
			e.Hook = rollout.HookReport{Of: m.Stage, Done: f.since[key] > 5 && !f.slow[key]}
			if f.slow[key] && f.since[key] > 20 {
				e.Hook.Failed = "exit status 1"
			}
		}
	}
}

// capacity is how many endpoints take requests, and up how many are not out.
func (f *fleet) capacity(r *rollout.Roll) (usable, up int) {
	count := func(members []rollout.Member, seen []rollout.RollingEndpoint, was []rollout.Member) {
		for i, m := range members {
			if m.Stage != rollout.StageOut {
				up++
			}
			if m.Stage == rollout.StageUp && seen[i].Usable && m.Starts == was[i].Starts {
				usable++
			}
		}
	}
	count(r.From, f.view.From, f.state.Roll.From)
	count(r.To, f.view.To, f.state.Roll.To)
	return usable, up
}

// check is what has to be true of every move.
func (f *fleet) check(t *rapid.T, was *rollout.State) {
	p, r, had := f.state.Plan.Rolling, f.state.Roll, was.Roll
	before, upBefore := f.capacity(had)
	after, up := f.capacity(r)
	kept := !r.Back || had.Back && !r.Hard
	if after < before && after < p.Desired-p.MaxUnavailable && kept {
		t.Fatalf("%d usable after %d, of %d at the start and %d spared: %s", after, before, p.Desired, p.MaxUnavailable, f.state.Reason)
	}
	from := slices.ContainsFunc(r.From, func(m rollout.Member) bool { return m.Stage != rollout.StageOut })
	if !r.Back && !f.state.Bake && from && up > upBefore && up > len(r.From)+p.MaxSurge {
		t.Fatalf("%d up of %d and %d more: %s", up, len(r.From), p.MaxSurge, f.state.Reason)
	}
	for _, m := range r.To {
		if i := slices.IndexFunc(r.From, func(o rollout.Member) bool { return o.Address == m.Address }); i >= 0 && m.Stage != rollout.StageOut && r.From[i].Stage != rollout.StageOut {
			t.Fatalf("%s is %s and %s", m.Address, r.From[i].Stage, m.Stage)
		}
	}
	if f.state.Bake && f.state.Percent != 100 && f.state.Phase == rollout.Baking {
		t.Fatalf("baking at %v %%", f.state.Percent)
	}
	if math.IsNaN(f.state.Percent) || r.Back && f.state.Percent > was.Percent {
		t.Fatalf("%v %% after %v %%", f.state.Percent, was.Percent)
	}
	if err := f.state.Validate(); err != nil && f.state.Phase != rollout.Reverting {
		t.Fatalf("%s: %v", f.state.Phase, err)
	}
}

// TestRollingModel drives rolling rollouts through whatever may happen to their
// endpoints. Weir's own moves keep the capacity, and they end or wait with a reason.
func TestRollingModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "from")
		unavailable := rapid.IntRange(0, 3).Draw(t, "max_unavailable")
		surge := rapid.IntRange(max(0, 1-unavailable), 3).Draw(t, "max_surge")
		to := addresses("b", rapid.IntRange(max(1, n-unavailable), n+2).Draw(t, "to"))
		shared := 0
		if unavailable > 0 {
			shared = rapid.IntRange(0, min(n, len(to))).Draw(t, "in place")
		}
		p := rollingPlan(addresses("a", n), append(addresses("a", shared), to[shared:]...), surge, unavailable)
		p.Rolling.Starts, p.Rolling.Stops = shared > 0 || rapid.Bool().Draw(t, "starts"), rapid.Bool().Draw(t, "stops")
		f := newFleet(p)
		disturbed := false
		keys := []string{}
		for _, a := range p.Rolling.From {
			keys = append(keys, "from/"+a)
		}
		for _, a := range p.Rolling.To {
			keys = append(keys, "to/"+a)
		}
		for i := range f.view.From {
			f.view.From[i].Weight = rapid.IntRange(1, 3).Draw(t, "weight")
		}
		run := func(looks int) {
			for range looks {
				if f.state.Phase.Ended() {
					return
				}
				was, _, err := f.look(rollout.None)
				if err != nil {
					t.Fatal(err)
				}
				f.check(t, &was)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) { run(rapid.IntRange(1, 100).Draw(t, "looks")) },
			"sick": func(t *rapid.T) {
				k := rapid.SampledFrom(keys).Draw(t, "which")
				f.sick[k], disturbed = !f.sick[k], true
			},
			"hook": func(t *rapid.T) {
				k := rapid.SampledFrom(keys).Draw(t, "which")
				f.slow[k], disturbed = !f.slow[k], true
			},
			"command": func(t *rapid.T) {
				if f.state.Phase.Ended() {
					return
				}
				run(1) // as the engine does, right before
				c := rollout.Command(rapid.IntRange(int(rollout.Promote), int(rollout.Abort)).Draw(t, "command"))
				if f.state.Phase.Ended() {
					return
				}
				if was, _, err := f.look(c); err == nil {
					f.check(t, &was)
					disturbed = true
				}
			},
			"crash": func(t *rapid.T) {
				if f.state.Validate() != nil {
					return // a revert that is over is never kept
				}
				kept, err := json.Marshal(f.state)
				if err != nil {
					t.Fatal(err)
				}
				var back rollout.State
				if err := json.Unmarshal(kept, &back); err != nil {
					t.Fatal(err)
				}
				f.state = back
			},
		})
		// What is well from now on comes to its end; what is not waits with a reason, or
		// ends by the deadline.
		clear(f.sick)
		clear(f.slow)
		f.every = time.Second
		run(60)
		if f.state.Phase == rollout.Paused {
			_, _, _ = f.look(rollout.Resume)
		}
		run(40 * 60)
		if !f.state.Phase.Ended() {
			t.Fatalf("%s after 40 minutes: %s; waits for %s", f.state.Phase, f.state.Reason, f.state.WaitsFor())
		}
		if !disturbed && f.state.Phase != rollout.Succeeded {
			t.Fatalf("%s: %s", f.state.Phase, f.state.Reason)
		}
		if strings.Contains(f.state.Reason, "deadline") && !disturbed {
			t.Fatal(f.state.Reason)
		}
	})
}

// TestRollingBatched: the shares that batches come to are those of their endpoints.
func TestRollingBatched(t *testing.T) {
	for _, c := range []struct {
		from, to, surge, unavailable int
		want                         []float64
	}{
		{4, 4, 1, 0, []float64{25, 50, 75, 100}},
		{6, 6, 2, 1, []float64{50, 100}},
		{5, 3, 1, 1, []float64{40, 100}},
		{2, 4, 1, 0, []float64{50, 100}},
	} {
		p := rollingPlan(addresses("a", c.from), addresses("b", c.to), c.surge, c.unavailable)
		var got []float64
		for _, s := range p.Batched().Steps {
			got = append(got, s.Percent)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d to %d, %d and %d: %v, want %v", c.from, c.to, c.surge, c.unavailable, got, c.want)
		}
		if f := p.Forecast(rollout.Traffic{RPS: 100}); len(f) != len(c.want) || f[0].Least < p.Rolling.MinReady {
			t.Errorf("forecast of %d batches: %+v", len(f), f)
		}
	}
}
