package nginx

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// write is the route in the shape of Weir's file; limit is the bound of bodies where a
// route says nothing.
func (r *route) write(limit int64) *mapping {
	m := &mapping{}
	if len(r.listeners) == 1 {
		m.set("listener", r.listeners[0])
	} else {
		m.set("listener", strList(r.listeners))
	}
	if r.scheme != "" {
		m.set("scheme", r.scheme)
	}
	m.set("host", r.host)
	switch r.kind {
	case exactPath:
		m.set("path", single("exact", r.path))
	case regexPath:
		m.set("path", single("regex", r.path))
	default:
		m.set("path", r.path)
	}
	m.set("methods", strList(r.when.methods))
	for _, part := range []struct {
		key   string
		pairs map[string]string
	}{{"headers", r.when.headers}, {"query", r.when.query}, {"cookies", r.when.cookies}} {
		inner := &mapping{}
		for _, name := range slices.Sorted(maps.Keys(part.pairs)) {
			inner.set(name, part.pairs[name])
		}
		m.set(part.key, inner)
	}
	r.answer.write(m, limit)
	return m
}

func single(key string, value any) *mapping {
	m := &mapping{}
	m.set(key, value)
	return m
}

func (a answer) write(m *mapping, limit int64) {
	switch {
	case a.upstream != "":
		m.set("upstream", a.upstream)
		switch {
		case a.from != "" && a.to == "":
			if from := strings.TrimSuffix(a.from, "/"); from != "" {
				m.set("rewrite", single("strip_prefix", from))
			}
		case a.from != "":
			m.set("rewrite", single("replace_prefix", a.to))
		}
		m.set("request_headers", a.request.write())
		if a.maxBody != limit {
			m.set("max_body", sizeText(a.maxBody))
		}
	case a.redirect != "":
		to := single("to", a.redirect)
		to.set("status", strconv.Itoa(a.status))
		m.set("redirect", to)
	default:
		r := single("status", strconv.Itoa(a.status))
		if a.body != "" {
			r.set("body", a.body)
			r.set("type", a.mime)
		}
		m.set("respond", r)
	}
	m.set("response_headers", a.response.write())
}
