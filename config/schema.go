package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxSchema is the largest version of a schema, and the end of a range that has
// none: numbers up to it are exact in JSON. Migrations that are named by their time
// fit.
const MaxSchema = 1<<53 - 1

// Schema says where the version of the database's schema is known from.
type Schema struct {
	Current  int           // 0..MaxSchema; without URL
	URL      string        // of http or https, which answers a number or {"version": N}; "": Current is it
	Interval time.Duration // between two questions: 100 ms or more. Default 5 s
	Timeout  time.Duration // of one: 1 ms or more. Default 1 s
}

// SchemaRange is the schema versions that a version of the service can run on, both
// ends included.
type SchemaRange struct{ Min, Max int } // 0..MaxSchema

const (
	wantSchemaRange = `a range of schema versions like 41-43, or 42, or 41- without an end`
	wantSchemaURL   = "a URL of http or https, like http://127.0.0.1:8000/version"
)

// schema reads an optional block; u gets what is there.
func schema(dst **Schema) func(value) {
	return func(v value) {
		s := Schema{Interval: 5 * time.Second, Timeout: time.Second}
		var current, from, every, limit value
		v.object(fields{
			"current": may(func(v value) {
				current = v
				integer(&s.Current, 0, MaxSchema)(v)
			}),
			"url": may(func(v value) {
				from = v
				one(&s.URL, wantSchemaURL, parseSchemaURL)(v)
			}),
			"interval": may(func(v value) {
				every = v
				duration(&s.Interval, 100*time.Millisecond)(v)
			}),
			"timeout": may(func(v value) {
				limit = v
				duration(&s.Timeout, time.Millisecond)(v)
			}),
		})
		*dst = &s
		switch {
		case current.key != nil && from.key != nil:
			from.failKey("the version is written in current: want one of them")
		case current.key == nil && from.key == nil:
			v.fail("nothing says the version: want current, or url")
		case from.key == nil:
			for _, only := range []value{every, limit} {
				if only.key != nil {
					only.failKey("nobody is asked: want it with url")
				}
			}
		}
	}
}

// parseSchemaURL allows what can be asked by HTTP.
func parseSchemaURL(s string) (string, bool) {
	u, err := url.Parse(s)
	return s, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Fragment == ""
}

// schemaRange reads an optional range.
func schemaRange(dst **SchemaRange) func(value) {
	return func(v value) {
		var r SchemaRange
		one(&r, wantSchemaRange, ParseSchemaRange)(v)
		*dst = &r
	}
}

// ParseSchemaRange reads 41-43, 42, or 41- without an end; a header of a health
// answer has it as a file does. false for any other text.
func ParseSchemaRange(s string) (SchemaRange, bool) {
	from, to, isRange := strings.Cut(strings.TrimSpace(s), "-")
	least, ok := parseSchema(from)
	switch {
	case !ok:
		return SchemaRange{}, false
	case !isRange:
		return SchemaRange{least, least}, true
	case to == "":
		return SchemaRange{least, MaxSchema}, true
	}
	greatest, ok := parseSchema(to)
	return SchemaRange{least, greatest}, ok && least <= greatest
}

func parseSchema(s string) (int, bool) {
	n, ok := parseInt(s)
	return n, ok && 0 <= n && n <= MaxSchema
}

// Has reports whether the range includes a version.
func (r SchemaRange) Has(version int) bool { return r.Min <= version && version <= r.Max }

// And is what both ranges include; false: nothing.
func (r SchemaRange) And(o SchemaRange) (SchemaRange, bool) {
	both := SchemaRange{max(r.Min, o.Min), min(r.Max, o.Max)}
	return both, both.Min <= both.Max
}

// String is the range as a file has it.
func (r SchemaRange) String() string {
	switch {
	case r.Min == r.Max:
		return strconv.Itoa(r.Min)
	case r.Max == MaxSchema:
		return fmt.Sprintf("%d-", r.Min)
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

// Shown is the URL without what may be a secret: its password, and its query.
func (s *Schema) Shown() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return hidden
	}
	if u.RawQuery != "" {
		u.RawQuery = hidden
	}
	return u.Redacted()
}

func (s *Schema) document() map[string]any {
	if s.URL == "" {
		return map[string]any{"current": s.Current}
	}
	return map[string]any{"url": shownURL(s.URL), "interval": s.Interval.String(), "timeout": s.Timeout.String()}
}

// checkSchema refuses ranges that nothing is compared with.
func (u *Upstream) checkSchema(ranges []value) {
	if u.Schema != nil {
		return
	}
	for _, r := range ranges {
		r.failKey("nothing to compare with: want schema of the upstream, with the current version or where it is asked")
	}
}
