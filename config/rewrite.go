package config

import (
	"slices"
	"strings"
)

// Rewrite changes what a route passes on.
type Rewrite struct {
	From, To string // From is replaced by To at the beginning of the path; From "" replaces nothing
	Request  HeaderEdits
	Response HeaderEdits
}

// HeaderEdits change the headers of a message. Names are as written.
type HeaderEdits struct {
	Set    []Header // sorted by name; replace those of the name
	Append []Header // sorted by name; are written beside those of the name
	Remove []string // in file order
}

// Header is one header to write.
type Header struct {
	Name  string
	Value Text
}

// The variables of texts: those of every request, and those of an attempt. The
// access log has some of the same names, for the same things.
var (
	ownVariables     = []string{"client", "cookie_NAME", "header_NAME", "host", "method", "path", "query", "query_NAME", "scheme", "search", "target"}
	attemptVariables = []string{
		"client", "cookie_NAME", "endpoint", "header_NAME", "host", "method", "path", "query", "query_NAME", "scheme", "search", "target", "upstream", "version",
	}
)

// readPrefix reads how the beginning of the path is replaced: of the path that the
// route has, or of another one.
func (r *Route) readPrefix(v value) {
	var strip, replace string
	v.object(fields{
		"strip_prefix":   may(one(&strip, wantPrefix, parsePrefix)),
		"replace_prefix": may(one(&replace, wantPrefix, parsePrefix)),
	})
	switch {
	case strip != "" && replace != "":
		v.fail("both strip_prefix and replace_prefix: want one of them")
	case strip != "":
		r.Rewrite.From = strip
	case replace != "":
		r.Rewrite.To = replace // its From is the route's path, which may not have been read yet
	}
}

// setPrefix completes a replace_prefix when all of the route has been read.
func (r *Route) setPrefix(at value) {
	switch {
	case r.Rewrite.To == "":
	case r.Kind == Regex:
		at.fail("replace_prefix: want it with a path that is no expression")
	default:
		r.Rewrite.From = r.Path
	}
}

const (
	wantEdited = `a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`
	wantHeader = `a value of visible ASCII, with spaces within and variables like $client`
)

func (e *HeaderEdits) read(known []string) func(value) {
	return func(v value) {
		v.object(fields{
			"set":    may(headers(&e.Set, known)),
			"append": may(headers(&e.Append, known)),
			"remove": may(e.readRemove),
		})
	}
}

// headers reads headers to write.
func headers(dst *[]Header, known []string) func(value) {
	return func(v value) {
		once := unique{}
		v.entries("a mapping of header names to values", 1, func(key string, at value) {
			if !isEditable(key) {
				at.failKey("%s: want %s", Show(key), wantEdited)
				return
			}
			if first, ok := once[strings.ToLower(key)]; ok {
				at.failKey("%s: want it once, it is already on line %d", Show(key), first.key.Line)
				return
			}
			once[strings.ToLower(key)] = at
			h := Header{Name: key}
			textOf(&h.Value, known, wantHeader, isFieldValue)(at)
			*dst = append(*dst, h)
		})
		slices.SortFunc(*dst, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	}
}

func (e *HeaderEdits) readRemove(v value) {
	once := unique{}
	v.list(wantEdited, 1, func(item value) {
		var name, lower string
		read := one(&name, wantEdited, func(s string) (string, bool) { return s, isEditable(s) })
		once.check(&lower, func(v value) {
			read(v)
			lower = strings.ToLower(name)
		})(item)
		e.Remove = append(e.Remove, name)
	})
}

// hopHeaders are what frames a message and what is for one hop only.
var hopHeaders = []string{
	"host", "content-length", "transfer-encoding", "trailer", "connection", "keep-alive", "te", "upgrade", "expect", "http2-settings",
	"proxy-connection", "proxy-authorization", "proxy-authenticate", "proxy-authentication-info",
}

// fixedHeaders are, beside those of hops, what Weir says itself: no file may edit them.
var fixedHeaders = []string{
	"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "traceparent", "tracestate",
}

func isEditable(name string) bool {
	s := strings.ToLower(name)
	return headerName.MatchString(s) && !slices.Contains(hopHeaders, s) && !slices.Contains(fixedHeaders, s) && !strings.HasPrefix(s, "x-weir-") &&
		(strings.HasPrefix(s, "x-forwarded-") || !strings.HasPrefix(s, "x-forwarded"))
}

// shown is the value, if it is no secret. One that is made of variables alone is not
// in the file.
func (h *Header) shown() string {
	if isSecretName(h.Name) && slices.ContainsFunc(h.Value, func(p Part) bool { return p.Variable == "" }) {
		return hidden
	}
	return h.Value.String()
}

// document is the edits in the shape of the file.
func (e *HeaderEdits) document() map[string]any {
	doc := map[string]any{}
	for key, list := range map[string][]Header{"set": e.Set, "append": e.Append} {
		if len(list) > 0 {
			doc[key] = keyed(list, func(h Header) (string, any) { return h.Name, h.shown() })
		}
	}
	if len(e.Remove) > 0 {
		doc["remove"] = e.Remove
	}
	return doc
}
