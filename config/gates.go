package config

import (
	"math"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// Gate is a question that a rollout asks at a point of its way, and does not pass
// that point without the answer. It is asked in one way: one of HTTP, Exec,
// Approval, Prometheus and JSON is set.
type Gate struct {
	Name string // unique in its upstream
	At   string // one of GatePoints
	// Held asks while writes are held, at before_switch and before_step. Default false.
	Held bool
	// Steps are those before which it is asked, from 2 on, of before_step; empty is
	// before each but the first.
	Steps []int

	HTTP       *GateHTTP
	Exec       []string // the command, then its arguments. A command with a "/" in it is absolute
	Approval   bool     // somebody says yes or no
	Prometheus *GatePrometheus
	JSON       *GateJSON

	Timeout   time.Duration // for the answer, whatever it takes: 1 ms or more. Default 30 s; of an approval 0, which is never
	OnTimeout string        // what no answer means: reject, which is the default, approve or hold

	InitialDelay      time.Duration // before the first measurement: 0 or more. Default 0
	Interval          time.Duration // between measurements: 0 or more. 0, the default, is soon, and then less and less soon
	Count             int           // measurements that have to pass: 1 or more. Default 1
	FailureLimit      int           // measurements that may fail: 0 or more. Default 0
	InconclusiveLimit int           // that may say nothing: 0 or more. Default 0
	ErrorLimit        int           // that may not come about, one after the other: 0 or more. Default 4
	DryRun            bool          // it passes whatever the answer is. Default false
}

// The points at which gates are asked, in the order in which a rollout comes to them.
const (
	BeforeStart  = "before_start"  // before the candidate gets its first share
	BeforeStep   = "before_step"   // before each further one
	BeforeSwitch = "before_switch" // before it gets everything
	AfterSwitch  = "after_switch"  // when it has
	BeforeFinish = "before_finish" // at the end of the bake
	AfterFinish  = "after_finish"  // when the version before is retired
	OnRevert     = "on_revert"     // after a revert; nothing waits for it
)

// GatePoints are all points.
var GatePoints = []string{BeforeStart, BeforeStep, BeforeSwitch, AfterSwitch, BeforeFinish, AfterFinish, OnRevert}

// gates reads the gates of a rollout.
func gates(dst *[]Gate, a *asking) func(value) {
	return func(v value) {
		once := unique{}
		v.list("a gate", 1, func(item value) {
			g := Gate{Timeout: 30 * time.Second, OnTimeout: "reject", Count: 1, ErrorLimit: 4}
			g.read(item, once, a)
			*dst = append(*dst, g)
		})
	}
}

func (g *Gate) read(v value, once unique, a *asking) {
	at := map[string]value{} // what is written
	key := func(name string, read func(value)) field {
		return may(func(v value) {
			at[name] = v
			read(v)
		})
	}
	keys := fields{
		"name":               need(wantName, once.check(&g.Name, name(&g.Name))),
		"at":                 need("one of the points of a rollout, like "+BeforeStart, choice(&g.At, a.points)),
		"held":               key("held", boolean(&g.Held)),
		"steps":              key("steps", gateSteps(&g.Steps)),
		"http":               key("http", gateHTTP(&g.HTTP)),
		"exec":               key("exec", gateExec(&g.Exec)),
		"approval":           key("approval", boolean(&g.Approval)),
		"prometheus":         key("prometheus", a.prometheus(&g.Prometheus)),
		"json":               key("json", a.json(&g.JSON)),
		"timeout":            key("timeout", durationOrNone(&g.Timeout, time.Millisecond)),
		"on_timeout":         key("on_timeout", choice(&g.OnTimeout, []string{"reject", "approve", "hold"})),
		"initial_delay":      key("initial_delay", duration(&g.InitialDelay, 0)),
		"interval":           key("interval", duration(&g.Interval, 0)),
		"count":              key("count", integer(&g.Count, 1, 1_000_000)),
		"failure_limit":      key("failure_limit", integer(&g.FailureLimit, 0, 1_000_000)),
		"inconclusive_limit": key("inconclusive_limit", integer(&g.InconclusiveLimit, 0, 1_000_000)),
		"error_limit":        key("error_limit", integer(&g.ErrorLimit, 0, math.MaxInt32)),
		"dry_run":            key("dry_run", boolean(&g.DryRun)),
	}
	if !a.writes {
		delete(keys, "held")
	}
	v.object(keys)
	if v.node.Kind == yaml.MappingNode {
		g.checkKind(v, at)
		g.checkPoint(at)
		g.checkTimes(at)
	}
}

// checkKind finds gates that ask in no way or in several, and approvals with what
// only measurements have.
func (g *Gate) checkKind(v value, at map[string]value) {
	switch kinds := v.given("http", "exec", "approval", "prometheus", "json"); {
	case len(kinds) == 0:
		v.fail("nothing is asked: want one of http, exec, approval, prometheus, json")
	case len(kinds) > 1:
		at[kinds[1]].failKey("a second way to ask beside %s: want one, another gate can ask the other", kinds[0])
	case kinds[0] == "approval" && !g.Approval:
		at["approval"].fail("off: want approval: true, or another way to ask")
	case kinds[0] == "approval":
		for _, key := range []string{"initial_delay", "interval", "count", "failure_limit", "inconclusive_limit", "error_limit", "dry_run"} {
			if v, written := at[key]; written {
				v.failKey("nothing is measured in an approval: want it without %s", key)
			}
		}
		if _, written := at["timeout"]; !written {
			g.Timeout = 0 // people take the time they take
		}
	}
	if timeout, written := at["timeout"]; written && g.Timeout == 0 && !g.Approval {
		timeout.fail("0s: want a duration of 1ms or more; only an approval may take for ever")
	}
}

// checkPoint finds what does not go with the gate's point.
func (g *Gate) checkPoint(at map[string]value) {
	if g.At == "" {
		return // which is reported
	}
	if v, written := at["held"]; written && g.Held && !g.holds() {
		v.failKey("no writes are held at %s: want it at %s or %s", g.At, BeforeSwitch, BeforeStep)
	}
	if v, written := at["steps"]; written && g.At != BeforeStep {
		v.failKey("there are no steps at %s: want it at %s", g.At, BeforeStep)
	}
	if g.At != OnRevert {
		return
	}
	if g.Approval {
		at["approval"].failKey("nothing waits for a gate at %s: want another kind, or another point", OnRevert)
	}
	if v, written := at["on_timeout"]; written {
		v.failKey("nothing waits for a gate at %s: want it without on_timeout", OnRevert)
	}
}

// holds reports that writes may be held at the gate's point.
func (g *Gate) holds() bool { return g.At == BeforeSwitch || g.At == BeforeStep }

// checkTimes finds measurements that the timeout does not leave time for.
func (g *Gate) checkTimes(at map[string]value) {
	if g.Count > 1 && g.Interval == 0 {
		at["count"].failKey("%d measurements at once say no more than one: want interval", g.Count)
		return
	}
	if least := g.InitialDelay + time.Duration(g.Count-1)*g.Interval; g.Timeout > 0 && least >= g.Timeout {
		v, written := at["timeout"]
		if !written {
			v = at["interval"]
		}
		if v.key == nil {
			v = at["initial_delay"]
		}
		v.failKey("the timeout of %s ends before the last measurement, at %s: want a longer timeout", ShowDuration(g.Timeout), ShowDuration(least))
	}
}

// gateSteps reads the steps that a gate stands before.
func gateSteps(dst *[]int) func(value) {
	return func(v value) {
		once := unique{}
		v.list(wantGateStep, 1, func(item value) {
			var text string
			once.check(&text, one(&text, wantGateStep, func(s string) (string, bool) {
				n, ok := parseInt(s)
				return s, ok && n >= 2
			}))(item)
			if n, ok := parseInt(text); ok {
				*dst = append(*dst, n)
			}
		})
		slices.Sort(*dst)
	}
}

const wantGateStep = "the number of a step, 2 or more: what comes before the first is before_start"

// checkGates finds what does not go with the rest of the rollout at v.
func checkGates(v value, gates []Gate, steps []Step) {
	for i := range gates {
		g := &gates[i]
		at := func(key string) value {
			path := join(v.path, "gates") + item(i) + "." + key
			p := v.in.places[path]
			return value{in: v.in, path: path, node: &yaml.Node{Kind: yaml.ScalarNode, Line: p.line, Column: p.col}}
		}
		if g.Held && g.holds() && !v.has("write_hold") {
			at("held").fail("no writes are held: want it with write_hold")
		}
		for _, n := range g.Steps {
			if len(steps) > 0 && n > len(steps) {
				at("steps").fail("%d: want one of the %d steps", n, len(steps))
			}
		}
	}
}
