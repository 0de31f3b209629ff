package rollout_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// ramp is a rollout in virtual time, with even traffic and no chance in it.
type ramp struct {
	name   string
	about  string // for people
	plan   rollout.Plan
	for_   time.Duration                   // how long to look at it
	stable func(t time.Duration) float64   // failed part of stable's first attempts; nil: none fail
	rate   func(t time.Duration) float64   // of the candidate's; nil: as stable's
	also   func(b *bench, t time.Duration) // what else happens
}

// rampRate is requests a second.
const rampRate = 200

var ramps = []ramp{
	{
		name: "canary", about: "Five steps and a bake; nothing is wrong.",
		for_: 16 * time.Minute, stable: from(0, 0.001),
		plan: rollout.Plan{
			Steps:       []rollout.PlanStep{{Percent: 1, Hold: 2 * time.Minute}, {Percent: 10, Hold: 2 * time.Minute}, {Percent: 25, Hold: 2 * time.Minute}, {Percent: 50, Hold: 2 * time.Minute}, {Percent: 100, Hold: time.Minute}},
			MinRequests: 20, Bake: 5 * time.Minute,
		},
	},
	{
		name: "pause", about: "The plan pauses at 25 % until somebody promotes, seven minutes later.",
		for_: 16 * time.Minute,
		plan: rollout.Plan{Steps: []rollout.PlanStep{{Percent: 5, Hold: time.Minute}, {Percent: 25, Pause: true}, {Percent: 100}}, MinRequests: 20, Bake: 5 * time.Minute},
		also: func(b *bench, t time.Duration) {
			if t == 8*time.Minute {
				b.command(rollout.Promote)
			}
		},
	},
	{
		name: "certified", about: "The first step is left as soon as the candidate is proven not to be worse, three minutes in at 2 % of 200 requests a second.",
		for_: 16 * time.Minute, stable: from(0, 0.002),
		plan: rollout.Plan{
			Steps:   []rollout.PlanStep{{Percent: 2, Hold: 30 * time.Second, Certified: true, MaxHold: 10 * time.Minute}, {Percent: 20, Hold: 2 * time.Minute}, {Percent: 60, Hold: 2 * time.Minute}, {Percent: 100}},
			Certify: rollout.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}, MinRequests: 20, Bake: 5 * time.Minute,
		},
	},
	{
		name: "worse", about: "Every fifth request fails from the fifth minute on.",
		for_: 8 * time.Minute, stable: from(0, 0.002), rate: from(0, 0.002, 5, 0.2),
		plan: rollout.Plan{Steps: []rollout.PlanStep{{Percent: 10, Hold: 2 * time.Minute}, {Percent: 50, Hold: 10 * time.Minute}, {Percent: 100}}, MinRequests: 20},
	},
	{
		name: "outage", about: "For two minutes half of all requests fail, in both versions: nothing moves, and nothing is reverted.",
		for_: 12 * time.Minute, stable: from(0, 0.002, 3, 0.5, 5, 0.002),
		plan: rollout.Plan{Steps: []rollout.PlanStep{{Percent: 10, Hold: 2 * time.Minute}, {Percent: 50, Hold: 2 * time.Minute}, {Percent: 100}}, MinRequests: 20, Bake: 2 * time.Minute},
	},
	{
		name: "room", about: "The candidate can take 40 %: its next step, 50 %, waits until more endpoints are up.",
		for_: 12 * time.Minute,
		plan: rollout.Plan{Steps: []rollout.PlanStep{{Percent: 10, Hold: time.Minute}, {Percent: 50, Hold: 2 * time.Minute}, {Percent: 100}}, MinRequests: 20, Bake: 2 * time.Minute},
		also: func(b *bench, t time.Duration) {
			b.obs.Capacity.Candidate = 40
			if t >= 5*time.Minute { // more endpoints are up
				b.obs.Capacity.Candidate = 120
			}
		},
	},
	{
		name: "stepped", about: "Every tenth request fails from the third minute on, but stable can take 40 % only, and is scaled up from the fourth minute on. `revert.mode: stepped`.",
		for_: 8 * time.Minute, stable: from(0, 0.002), rate: from(0, 0.002, 3, 0.1),
		plan: rollout.Plan{Steps: []rollout.PlanStep{{Percent: 80, Hold: time.Hour}, {Percent: 100}}, MinRequests: 20, Stepped: true},
		also: func(b *bench, t time.Duration) { // stable was scaled down, and is scaled up again
			b.obs.Capacity.Stable = 40
			if t > 4*time.Minute {
				b.obs.Capacity.Stable = min(100, 40+20*float64((t-4*time.Minute)/(30*time.Second)))
			}
		},
	},
	{
		name: "blue-green", about: "Ready after two minutes, approved after six.",
		for_: 16 * time.Minute,
		plan: rollout.Plan{Strategy: "blue_green", BlueGreen: &rollout.BlueGreen{Approval: true, ProgressDeadline: 10 * time.Minute}, Bake: 5 * time.Minute},
		also: func(b *bench, t time.Duration) {
			b.obs.Preparation.Done = t >= 2*time.Minute
			if t == 6*time.Minute {
				b.command(rollout.Promote)
			}
		},
	},
	{
		name: "switch-back", about: "Dead two minutes after the switch.",
		for_: 8 * time.Minute,
		rate: from(0, 0, 4, 1),
		plan: rollout.Plan{Strategy: "blue_green", BlueGreen: &rollout.BlueGreen{}, Bake: 5 * time.Minute},
		also: func(b *bench, t time.Duration) { b.obs.Preparation.Done = t >= 2*time.Minute },
	},
}

// from is a rate that changes: minutes and the rate from there on, in turn.
func from(steps ...float64) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		rate := 0.0
		for i := 0; i < len(steps) && t.Minutes() >= steps[i]; i += 2 {
			rate = steps[i+1]
		}
		return rate
	}
}

// TestRamps compares what a person would see of each ramp with the one that is kept.
func TestRamps(t *testing.T) {
	var all strings.Builder
	for i := range ramps {
		r := &ramps[i]
		got := r.run(t)
		all.WriteString(r.about + "\n\n```\n" + got + "```\n\n")
		file := filepath.Join("testdata", "ramp-"+r.name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is\n%s\nwant\n%s", r.name, got, want)
		}
	}
	documented(t, "ramps", all.String())
}

// run draws the candidate's share over time, and lists every change.
func (r *ramp) run(t *testing.T) string {
	p := r.plan
	if p.Strategy == "" {
		p.Strategy = "canary"
	}
	p.From, p.To, p.Rules = "v1", "v2", defaults
	b := begin(t, p, 0)
	const look = 250 * time.Millisecond
	var shares []float64
	var list strings.Builder
	stable, rate := r.stable, r.rate
	if stable == nil {
		stable = from(0, 0)
	}
	if rate == nil {
		rate = stable
	}
	var sent, failed, stableFailed float64
	told := ""
	for at := time.Duration(0); at < r.for_; at += look {
		b.now = start.Add(at)
		n := rampRate * look.Seconds()
		sent += n * b.state.Percent / 100
		c := uint64(sent)
		sent -= float64(c)
		s := uint64(n) - min(uint64(n), c)
		failed += float64(c) * rate(at)
		stableFailed += float64(s) * stable(at)
		cf, sf := uint64(failed), uint64(stableFailed)
		failed -= float64(cf)
		stableFailed -= float64(sf)
		b.serve(s, sf, c, cf)
		b.obs.Retries += cf
		b.obs.RetriesOK += cf
		if r.also != nil {
			r.also(b, at)
		}
		b.wait(0)
		b.state = b.state.Confirmed()
		shares = append(shares, b.state.Percent)
		now := fmt.Sprintf("%-12s %3.0f %%", b.state.Phase, b.state.Percent)
		if now == told && !b.last.Changed {
			continue
		}
		told = now
		reason, _, _ := strings.Cut(b.state.Reason, "; ")
		fmt.Fprintf(&list, "%7s  %s  %s\n", at.Round(time.Second), now, reason)
	}
	return plot(shares, r.for_) + "\n" + list.String()
}

// plotWidth is how many columns a plot has.
const plotWidth = 64

// plot draws shares, evenly spread over the time.
func plot(shares []float64, over time.Duration) string {
	var out strings.Builder
	for row := 100; row >= 0; row -= 10 {
		line := fmt.Sprintf("%3d %% |", row)
		for col := range plotWidth {
			share := shares[col*len(shares)/plotWidth]
			switch {
			case row > 0 && share >= float64(row), row == 0 && share > 0:
				line += "#"
			default:
				line += " "
			}
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	out.WriteString("      +" + strings.Repeat("-", plotWidth) + "\n")
	fmt.Fprintf(&out, "       %-*s%s\n", plotWidth-len(over.String()), "0s", over)
	return out.String()
}
