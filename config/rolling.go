package config

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"
)

// Rolling says how a rolling rollout replaces endpoints.
type Rolling struct {
	// MaxSurge is how many endpoints more than before there may be while it goes on,
	// MaxUnavailable how many fewer may be usable. Not both 0. Default 1, and 0.
	MaxSurge, MaxUnavailable Amount
	// MinReady is how long a new endpoint has to be usable, without a break, before it
	// replaces one: 0 or more. Default 10 s.
	MinReady time.Duration
	// ProgressDeadline is how long nothing may get further before it is reverted: more
	// than MinReady, or 0, which is for ever. Default 10 m.
	ProgressDeadline time.Duration
	// Start is run before an endpoint gets traffic, Stop when it has been drained. nil:
	// somebody else sees to it.
	Start, Stop *RollingHook
}

// Amount is a number of endpoints, or a part of them.
type Amount struct {
	Count int     // 0 or more
	Part  float64 // 0 to 1 of the endpoints, instead of Count
}

// RollingHook is what is run for each endpoint: one of both.
type RollingHook struct {
	HTTP    *GateHTTP
	Exec    []string
	Timeout time.Duration // 1 ms or more. Default 1 m
}

func defaultRolling() Rolling {
	return Rolling{MaxSurge: Amount{Count: 1}, MinReady: 10 * time.Second, ProgressDeadline: 10 * time.Minute}
}

func (r *Rolling) read(v value) {
	var deadline value
	v.object(fields{
		"max_surge":       may(amount(&r.MaxSurge)),
		"max_unavailable": may(amount(&r.MaxUnavailable)),
		"min_ready":       may(duration(&r.MinReady, 0)),
		"progress_deadline": may(func(v value) {
			deadline = v
			durationOrNone(&r.ProgressDeadline, time.Second)(v)
		}),
		"start": may(rollingHook(&r.Start)),
		"stop":  may(rollingHook(&r.Stop)),
	})
	if v.node.Kind != yaml.MappingNode {
		return // that is the problem
	}
	if r.MaxSurge.none() && r.MaxUnavailable.none() {
		v.fail("max_surge and max_unavailable are both 0, so nothing could be replaced: want one of them above 0")
	}
	if late := r.ProgressDeadline; late > 0 && late <= r.MinReady {
		at, what := v, "progress_deadline "
		if deadline.key != nil {
			at, what = deadline, ""
		}
		at.fail("%s%s: over before min_ready, which is %s: want more, or 0s for never", what, ShowDuration(late), ShowDuration(r.MinReady))
	}
}

const wantAmount = "a whole number from 0 to 10000, or a percentage from 0% to 100%"

func amount(dst *Amount) func(value) {
	return one(dst, wantAmount, func(s string) (Amount, bool) {
		if n, ok := parseInt(s); ok {
			return Amount{Count: n}, 0 <= n && n <= 10_000
		}
		p, ok := parsePercent(s)
		return Amount{Part: p / 100}, ok && 0 <= p && p <= 100
	})
}

func (a Amount) none() bool { return a == Amount{} }

// Up is the amount of so many, a part of one counted as one; Down the same, not counted.
func (a Amount) Up(of int) int { return a.Count + int(math.Ceil(Tidy(a.Part*float64(of)))) }

// Down is the amount of so many, whole ones only.
func (a Amount) Down(of int) int { return a.Count + int(math.Floor(Tidy(a.Part*float64(of)))) }

func (a Amount) document() any {
	if a.Part > 0 {
		return percent(a.Part)
	}
	return a.Count
}

func rollingHook(dst **RollingHook) func(value) {
	return func(v value) {
		h := &RollingHook{Timeout: time.Minute}
		v.object(fields{
			"http":    may(gateHTTP(&h.HTTP)),
			"exec":    may(gateExec(&h.Exec)),
			"timeout": may(duration(&h.Timeout, time.Millisecond)),
		})
		if v.node.Kind == yaml.MappingNode && v.has("http") == v.has("exec") {
			v.fail("want either http or exec")
		}
		*dst = h
	}
}

func (r *Rolling) document() map[string]any {
	doc := map[string]any{
		"max_surge": r.MaxSurge.document(), "max_unavailable": r.MaxUnavailable.document(),
		"min_ready": r.MinReady.String(), "progress_deadline": r.ProgressDeadline.String(),
	}
	for key, h := range map[string]*RollingHook{"start": r.Start, "stop": r.Stop} {
		if h != nil {
			doc[key] = h.document()
		}
	}
	return doc
}

func (h *RollingHook) document() map[string]any {
	doc := map[string]any{"timeout": h.Timeout.String()}
	if h.HTTP != nil {
		doc["http"] = h.HTTP.document()
	} else {
		doc["exec"] = list(h.Exec, func(s string) any { return s })
	}
	return doc
}

// adviseRolling has a line for each way in which a rolling rollout between two of the
// versions would be refused.
func (u *Upstream) adviseRolling(say func(what string, path ...string)) {
	r := &u.Rollout.Rolling
	if u.Rollout.Strategy != "rolling" {
		return
	}
	at := map[string]string{} // versions, by address
	for i := range u.Versions {
		v := &u.Versions[i]
		for _, e := range v.Endpoints {
			switch other, taken := at[e.Address]; {
			case e.Resolve:
				say(fmt.Sprintf("%s of %s is looked up by DNS: a rolling rollout of it is refused, it needs addresses that stay", Show(e.Address), v.Name), "rollout", "strategy")
				return
			case !taken:
				at[e.Address] = v.Name
			default:
				if why := u.InPlace(); why != "" {
					say(fmt.Sprintf("%s is an endpoint of %s and of %s: a rolling rollout between them is refused, it restarts in place and needs %s", Show(e.Address), other, v.Name, why), "rollout", "strategy")
					return
				}
			}
		}
		if w := r.MaxUnavailable; !w.none() && w.Part == 0 && w.Count >= len(v.Endpoints) {
			say(strconv.Itoa(w.Count)+": all endpoints of "+v.Name+" may be out at once", "rollout", "rolling", "max_unavailable")
		}
	}
}

// InPlace says what a rolling rollout lacks to restart endpoints at their own address;
// "" when it can.
func (u *Upstream) InPlace() string {
	r := &u.Rollout.Rolling
	switch a := u.Health.Active; {
	case r.MaxUnavailable.none():
		return "rolling.max_unavailable of 1 or more"
	case r.Start == nil && r.Stop == nil:
		return "rolling.start or rolling.stop, for somebody has to restart them"
	case a == nil || !a.Mandatory:
		return "health.active, with mandatory: on, to know when they are back"
	}
	return ""
}
