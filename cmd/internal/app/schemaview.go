package app

import (
	"cmp"

	"weir/config"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

func schemaView(s *control.SchemaView) *api.Schema {
	if s == nil {
		return nil
	}
	out := &api.Schema{Source: cmp.Or(s.Source, "file"), Error: s.Error}
	if s.Known {
		out.Current = &s.Current
	}
	if !s.At.IsZero() {
		out.At = &s.At
	}
	return out
}

func rangeView(r *control.RangeView) *api.SchemaRange {
	if r == nil {
		return nil
	}
	out := &api.SchemaRange{Source: r.Source, Error: r.Error}
	if !r.Known {
		return out
	}
	out.Min = &r.Min
	if r.Max < config.MaxSchema {
		out.Max = &r.Max
	}
	return out
}
