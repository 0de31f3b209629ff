package config

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Document is the configuration in force, defaults filled in, as a tree of maps,
// lists, strings and numbers in the shape of the file: marshalled as JSON and
// loaded again it is the same configuration, but for what may be secrets, which is
// hidden: headers that Weir sends, the values of queries, and the like.
func (c *Config) Document() map[string]any {
	doc := map[string]any{
		"listeners": list(c.Listeners, func(l Listener) any { return l.document() }),
		"clients":   c.Clients.document(),
		"trace":     c.Trace,
		"history":   c.History.document(),
		"admin":     c.Admin.document(),
		"resolver":  c.Resolver.document(),
		"upstreams": keyed(c.Upstreams, func(u Upstream) (string, any) { return u.Name, u.document() }),
		"routes":    list(c.Routes, func(r Route) any { return r.document() }),
	}
	if len(c.Groups) > 0 {
		doc["groups"] = keyed(c.Groups, func(g Group) (string, any) { return g.Name, g.document() })
	}
	if len(c.Notify) > 0 {
		doc["notify"] = list(c.Notify, func(n Notify) any { return n.document() })
	}
	if c.Flags != nil {
		doc["flags"] = c.Flags.document()
	}
	if c.AccessLog != nil {
		doc["access_log"] = c.AccessLog.document()
	}
	if c.Tracing != nil {
		doc["tracing"] = c.Tracing.document()
	}
	if c.State != "" {
		doc["state"] = c.State
	}
	return doc
}

func (u *Upstream) document() map[string]any {
	weight := func(w float64) any { return w }
	if slices.ContainsFunc(u.Versions, func(v Version) bool { return v.Weight != math.Trunc(v.Weight) }) {
		weight = func(w float64) any { return percent(w / 100) } // only percentages have decimals
	}
	doc := map[string]any{
		"stable": u.Stable,
		"versions": keyed(u.Versions, func(v Version) (string, any) {
			doc := map[string]any{
				"weight":    weight(v.Weight),
				"max_conns": v.MaxConns,
				"endpoints": list(v.Endpoints, func(e Endpoint) any {
					return e.document(u.Health.Passive.Mode)
				}),
			}
			if v.Schema != nil {
				doc["schema"] = v.Schema.String()
			}
			return v.Name, doc
		}),
		"health": u.Health.document(),
		"timeouts": map[string]any{
			"connect": u.Timeouts.Connect.String(), "response": u.Timeouts.Response.String(),
			"idle": u.Timeouts.Idle.String(), "drain": u.Timeouts.Drain.String(),
			"total": u.Timeouts.Total.String(), "tunnel": u.Timeouts.Tunnel.String(),
		},
		"retry": map[string]any{
			"tries": u.Retry.Tries, "on": u.Retry.On, "budget": percent(u.Retry.Budget),
			"timeout": u.Retry.Timeout.String(), "try_timeout": u.Retry.TryTimeout.String(), "non_idempotent": u.Retry.NonIdempotent,
		},
		"rollout":        u.Rollout.document(),
		"writes":         u.Writes.document(),
		"keepalive":      u.Keepalive.document(),
		"buffer":         map[string]any{"request": sizeText(u.Buffer.Request)},
		"max_conns":      u.MaxConns,
		"guard":          u.Guard,
		"expose_version": u.ExposeVersion,
		"host":           u.Host,
	}
	u.Balance.document(doc)
	if u.TLS != nil {
		doc["tls"] = u.TLS.document()
	}
	if u.Schema != nil {
		doc["schema"] = u.Schema.document()
	}
	if u.Affinity != nil {
		doc["affinity"] = u.Affinity.document()
	}
	if u.Sticky != nil {
		doc["sticky"] = u.Sticky.document()
	}
	if len(u.Pins) > 0 {
		doc["pins"] = list(u.Pins, func(p Pin) any { return p.document() })
	}
	if q := u.Queue; q != nil {
		doc["queue"] = map[string]any{"size": q.Size, "timeout": q.Timeout.String()}
	}
	return doc
}

func (h *Health) document() map[string]any {
	passive := map[string]any{"mode": h.Passive.Mode}
	if h.Passive.Mode == PassiveNginx {
		passive["max_fails"], passive["fail_timeout"] = h.Passive.MaxFails, h.Passive.FailTimeout.String()
	}
	doc := map[string]any{"passive": passive, "slow_start": h.SlowStart.String()}
	if h.Active != nil {
		doc["active"] = h.Active.document()
	}
	return doc
}

func (r *Rollout) document() map[string]any {
	doc := map[string]any{
		"strategy":     r.Strategy,
		"min_requests": r.MinRequests,
		"min_usable":   percent(r.MinUsable),
		"blue_green":   r.BlueGreen.document(),
		"rolling":      r.Rolling.document(),
		"mirror":       r.Mirror.document(),
		"on_undecided": r.OnUndecided,
		"certify":      r.Certify.document(),
		"revert":       r.Revert.document(),
		"writes":       r.Writes.document(),
		"bake":         r.Bake.String(),
		"keep_warm":    r.KeepWarm.String(),
	}
	if len(r.Steps) > 0 {
		doc["steps"] = list(r.Steps, func(s Step) any { return s.document() })
	}
	if len(r.Gates) > 0 {
		doc["gates"] = list(r.Gates, func(g Gate) any { return g.document() })
	}
	if r.WriteHold != nil {
		doc["write_hold"] = r.WriteHold.document()
	}
	return doc
}

func list[T any](in []T, each func(T) any) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = each(v)
	}
	return out
}

func keyed[T any](in []T, each func(T) (string, any)) map[string]any {
	out := make(map[string]any, len(in))
	for _, v := range in {
		k, doc := each(v)
		out[k] = doc
	}
	return out
}

func percent(ratio float64) string {
	short := strconv.FormatFloat(ratio*100, 'g', 14, 64) // 14 digits hide the rounding of the product
	f, _ := strconv.ParseFloat(short, 64)                // cannot fail: it is a number's own text
	return string(decimal(f)) + "%"
}

// decimal is f as the file writes numbers, which have no exponent.
func decimal(f float64) json.Number {
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
}

func statuses(ranges []StatusRange) string {
	words := make([]string, len(ranges))
	for i, r := range ranges {
		if words[i] = strconv.Itoa(r.From); r.To != r.From {
			words[i] = fmt.Sprintf("%d-%d", r.From, r.To)
		}
	}
	return strings.Join(words, ",")
}
