package app

import (
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

func writesView(w *control.WritesView) api.Writes {
	out := api.Writes{Pinned: w.Pinned, Version: w.Version, InFlight: w.InFlight}
	r := &w.ReadOnly
	out.ReadOnly = api.ReadOnly{On: r.On, Source: "file", Author: r.Author, Reason: r.Reason}
	if r.Set {
		out.ReadOnly.Source, out.ReadOnly.At = "api", &r.At
	}
	if h := &w.Hold; h.By != "" {
		out.Hold = &api.WriteHold{
			By: h.By, Since: h.Since, Until: h.Until, InForce: h.InForce, Expired: h.Expired, Waiting: h.Waiting,
			Before: h.Before, Drained: h.Drained, DrainedAfter: milliseconds(h.After),
		}
	}
	return out
}
