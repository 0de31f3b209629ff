package main

import (
	"fmt"
	"strings"
	"time"

	"weir/proxy/admin/api"
)

// schemaLine is the schema of the database behind an upstream, and what its versions
// can run on.
func schemaLine(u api.Upstream) string {
	s := u.Schema
	line := "schema: not known"
	if s.Current != nil {
		line = fmt.Sprintf("schema: %d", *s.Current)
	}
	if s.At != nil && s.Error != "" {
		line += " at " + s.At.Local().Format(time.DateTime)
	}
	if s.Error != "" {
		line += " (" + s.Error + ")"
	}
	var ranges []string
	for _, v := range u.Versions {
		if v.Schema != nil {
			ranges = append(ranges, rangeText(v.Name, v.Schema))
		}
	}
	return line + "; " + strings.Join(ranges, ", ")
}

// rangeText is what a version runs on, its range as a file has it.
func rangeText(version string, r *api.SchemaRange) string {
	switch {
	case r.Min == nil:
		return "it is not known what " + version + " runs on (" + r.Error + ")"
	case r.Max == nil:
		return fmt.Sprintf("%s runs on %d-", version, *r.Min)
	case *r.Min == *r.Max:
		return fmt.Sprintf("%s runs on %d", version, *r.Min)
	}
	return fmt.Sprintf("%s runs on %d-%d", version, *r.Min, *r.Max)
}
