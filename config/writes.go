package config

import (
	"strings"
	"time"
)

// Writes says which requests of an upstream are writes: those whose method is not GET,
// HEAD, OPTIONS or TRACE, but for Reads; and how they are refused while the upstream is
// read-only.
type Writes struct {
	Reads      []Exception   // requests with another method that write nothing. Default none
	ReadOnly   bool          // writes are refused. Default false
	Allow      []Exception   // writes that are served all the same. Default none
	Status     int           // of a refusal: 503, which is the default, or 405
	RetryAfter time.Duration // what a refusal says of when to come again: 0 or more, 0 says nothing. Default 10 s
}

// Exception is requests with one method and a path, or one that goes on behind it with
// "/".
type Exception struct {
	Method string // in capitals, and not one that only reads
	Path   string // begins with "/"; has nothing in it that an endpoint could read as another path
}

func defaultWrites() Writes { return Writes{Status: 503, RetryAfter: 10 * time.Second} }

func (w *Writes) read(v value) {
	v.object(fields{
		"reads":       may(exceptions(&w.Reads)),
		"read_only":   may(boolean(&w.ReadOnly)),
		"allow":       may(exceptions(&w.Allow)),
		"status":      may(like(shape{kind: oneWord, words: []string{"503", "405"}}, one(&w.Status, "503 or 405", parseRefusal))),
		"retry_after": may(duration(&w.RetryAfter, 0)),
	})
}

func parseRefusal(s string) (int, bool) {
	n, ok := parseInt(s)
	return n, ok && (n == 503 || n == 405)
}

const (
	wantWrite         = "a method in capitals that is a write otherwise, like POST"
	wantExceptionPath = wantPrefix + `, and without //, /. and what stands for them`
)

func exceptions(dst *[]Exception) func(value) {
	return func(v value) {
		first := map[Exception]value{}
		v.list("a method and a path", 1, func(item value) {
			var e Exception
			item.object(fields{
				"method": need(wantWrite, one(&e.Method, wantWrite, parseWrite)),
				"path":   need(wantExceptionPath, one(&e.Path, wantExceptionPath, parseExceptionPath)),
			})
			*dst = append(*dst, e)
			if e.Method == "" || e.Path == "" {
				return // which is reported
			}
			if before, again := first[e]; again {
				item.fail("%s %s of line %d again: want it once", e.Method, Show(e.Path), before.node.Line)
				return
			}
			first[e] = item
		})
	}
}

func parseWrite(s string) (string, bool) {
	_, ok := parseMethod(s)
	return s, ok && s != "GET" && s != "HEAD" && s != "OPTIONS"
}

// parseExceptionPath takes only what requests are compared with: one whose path could be
// read in two ways is no exception (see proxy.Exception).
func parseExceptionPath(s string) (string, bool) {
	_, ok := parsePrefix(s)
	folded := strings.ToLower(s)
	for _, bad := range []string{"//", "/.", `\`, "%2e", "%2f", "%5c"} {
		ok = ok && !strings.Contains(folded, bad)
	}
	return s, ok
}

func (w *Writes) document() map[string]any {
	doc := map[string]any{"read_only": w.ReadOnly, "status": w.Status, "retry_after": w.RetryAfter.String()}
	if len(w.Reads) > 0 {
		doc["reads"] = list(w.Reads, func(e Exception) any { return e.document() })
	}
	if len(w.Allow) > 0 {
		doc["allow"] = list(w.Allow, func(e Exception) any { return e.document() })
	}
	return doc
}

func (e *Exception) document() map[string]any {
	return map[string]any{"method": e.Method, "path": e.Path}
}
