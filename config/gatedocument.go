package config

// document is the gate in the shape of the file.
func (g *Gate) document() map[string]any {
	doc := map[string]any{"name": g.Name, "at": g.At, "timeout": g.Timeout.String()}
	if g.At != OnRevert {
		doc["on_timeout"] = g.OnTimeout
	}
	if g.Held {
		doc["held"] = true
	}
	if len(g.Steps) > 0 {
		doc["steps"] = list(g.Steps, func(n int) any { return n })
	}
	if g.Approval {
		doc["approval"] = true
		return doc
	}
	switch {
	case g.HTTP != nil:
		doc["http"] = g.HTTP.document()
	case g.Exec != nil:
		doc["exec"] = list(g.Exec, func(s string) any { return s })
	case g.Prometheus != nil:
		doc["prometheus"] = g.Prometheus.document()
	case g.JSON != nil:
		doc["json"] = g.JSON.document()
	}
	doc["initial_delay"], doc["interval"] = g.InitialDelay.String(), g.Interval.String()
	doc["count"], doc["failure_limit"], doc["inconclusive_limit"] = g.Count, g.FailureLimit, g.InconclusiveLimit
	doc["error_limit"], doc["dry_run"] = g.ErrorLimit, g.DryRun
	return doc
}

func (h *GateHTTP) document() map[string]any {
	return withHeaders(map[string]any{"url": shownURL(h.URL), "method": h.Method}, h.Headers)
}

func (p *GatePrometheus) document() map[string]any {
	doc := withHeaders(map[string]any{"url": shownURL(p.URL), "query": p.Query}, p.Headers)
	return p.Bounds.document(doc)
}

func (j *GateJSON) document() map[string]any {
	doc := withHeaders(map[string]any{"url": shownURL(j.URL)}, j.Headers)
	if j.Path != "" {
		doc["path"] = j.Path
	}
	if j.Equals != "" {
		doc["equals"] = j.Equals
	}
	return j.Bounds.document(doc)
}

// document adds the bounds that there are.
func (b *Bounds) document(doc map[string]any) map[string]any {
	if b.Min != nil {
		doc["min"] = decimal(*b.Min)
	}
	if b.Max != nil {
		doc["max"] = decimal(*b.Max)
	}
	return doc
}

// withHeaders adds the names of headers that there are; their values may be secrets.
func withHeaders(doc map[string]any, headers []Pair) map[string]any {
	if len(headers) > 0 {
		doc["headers"] = keyed(headers, func(p Pair) (string, any) { return p.Name, hidden })
	}
	return doc
}
