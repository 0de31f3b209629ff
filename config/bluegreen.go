package config

import (
	"fmt"
	"math"
	"time"

	"gopkg.in/yaml.v3"
)

// BlueGreen says what has to be so before everything is switched to a candidate.
type BlueGreen struct {
	Preview          *Preview // nil: nobody reaches the candidate before the switch
	MinUsable        float64  // part of the candidate's endpoints that must be usable: above 0, to 1. Default 1
	WarmUp           WarmUp
	Smoke            []Smoke
	Mirror           *Step         // before the switch, with Mirror and without Percent and Pause; nil: nothing is mirrored
	Approval         bool          // the switch waits for somebody to promote. Default false
	AutoPromote      time.Duration // it waits for that, too, but no longer than so; 0, the default, is no timer
	ProgressDeadline time.Duration // the rollout is aborted when it is not prepared by then; 0 is never. Default 10 m
}

// WarmUp is what each endpoint of the candidate gets before the switch.
type WarmUp struct {
	Requests    int    // one after the other: 0..100000. Default 0
	Path        string // of these requests. Default /
	Connections int    // kept open without a request, no more than Keepalive.Idle: 0..10000. Default 0
}

// Smoke is a request that each endpoint of the candidate must answer as is said
// here, or there is no switch.
type Smoke struct {
	Path    string        // target of the request, begins with "/"; no default
	Method  string        // in capitals, neither CONNECT nor TRACE. Default GET
	Host    string        // with a port or without; "", the default, is the address that is asked
	Headers []Pair        // more of the request's, sorted by name; names in lower case
	Status  []StatusRange // statuses that pass. Default 200-299
	Match   Match         // what else the answer must be
	Timeout time.Duration // for all of it: 1 ms or more. Default 5 s
}

func defaultBlueGreen() BlueGreen {
	return BlueGreen{MinUsable: 1, WarmUp: WarmUp{Path: "/"}, ProgressDeadline: 10 * time.Minute}
}

// read reads the block; endless gets the until of a step that may wait for ever.
func (b *BlueGreen) read(endless *[]value) func(value) {
	return func(v value) {
		v.object(fields{
			"preview":           may(preview(&b.Preview)),
			"min_usable":        may(usablePart(&b.MinUsable)),
			"warm_up":           may(b.WarmUp.read),
			"smoke":             may(smokes(&b.Smoke)),
			"mirror":            may(mirrorStep(&b.Mirror, endless)),
			"approval":          may(boolean(&b.Approval)),
			"auto_promote":      may(duration(&b.AutoPromote, 0)),
			"progress_deadline": may(duration(&b.ProgressDeadline, 0)),
		})
	}
}

// usablePart reads which part of a version's endpoints must be usable.
func usablePart(dst *float64) func(value) {
	return ratio(dst, "a percentage above 0% up to 100%, like 50%", above(0, 100))
}

func (w *WarmUp) read(v value) {
	var path value
	v.object(fields{
		"requests": may(integer(&w.Requests, 0, 100_000)),
		"path": may(func(v value) {
			path = v
			target(&w.Path)(v)
		}),
		"connections": may(integer(&w.Connections, 0, 10_000)),
	})
	if v.node.Kind == yaml.MappingNode && path.key != nil && !v.has("requests") {
		path.failKey("no request is sent: want it with requests")
	}
}

func smokes(dst *[]Smoke) func(value) {
	return func(v value) {
		v.list("a request and what its answer must be", 1, func(item value) {
			s := Smoke{Method: "GET", Status: []StatusRange{{From: 200, To: 299}}, Timeout: 5 * time.Second}
			s.read(item)
			*dst = append(*dst, s)
		})
	}
}

func (s *Smoke) read(v value) {
	v.object(fields{
		"path":    need(wantTarget, target(&s.Path)),
		"method":  may(one(&s.Method, wantMethod, parseMethod)),
		"host":    may(one(&s.Host, wantCheckedHost, func(s string) (string, bool) { return s, s == "" || isHostHeader(s) })),
		"headers": may(pairs(&s.Headers, checkPairs)),
		"status":  may(statusSet(&s.Status, 100, 599, "200,204,300-399")),
		"match":   may(s.Match.read),
		"timeout": may(duration(&s.Timeout, time.Millisecond)),
	})
	if s.Method == "HEAD" && s.Match.Body != nil {
		v.fail("a rule for the body of an answer to HEAD, which has none: want another method")
	}
}

// Wants is what the answer must be, for people.
func (s *Smoke) Wants() string {
	out := "status " + statuses(s.Status)
	if len(s.Match.Headers) > 0 || s.Match.Body != nil {
		out += " and what match asks for"
	}
	return fmt.Sprintf("%s within %v", out, s.Timeout)
}

// document is the block in the shape of the file.
func (b *BlueGreen) document() map[string]any {
	doc := map[string]any{
		"min_usable": percent(b.MinUsable),
		"approval":   b.Approval, "progress_deadline": b.ProgressDeadline.String(),
	}
	if b.AutoPromote > 0 {
		doc["auto_promote"] = b.AutoPromote.String()
	}
	if b.Preview != nil {
		doc["preview"] = b.Preview.document()
	}
	warm := map[string]any{"requests": b.WarmUp.Requests, "connections": b.WarmUp.Connections}
	if b.WarmUp.Requests > 0 {
		warm["path"] = b.WarmUp.Path
	}
	doc["warm_up"] = warm
	if len(b.Smoke) > 0 {
		doc["smoke"] = list(b.Smoke, func(s Smoke) any { return s.document() })
	}
	if b.Mirror != nil {
		doc["mirror"] = b.Mirror.asMirror()
	}
	return doc
}

func (s *Smoke) document() map[string]any {
	doc := map[string]any{
		"path": shownTarget(s.Path), "method": s.Method, "status": statuses(s.Status), "timeout": s.Timeout.String(),
	}
	if s.Host != "" {
		doc["host"] = s.Host
	}
	withHeaders(doc, s.Headers)
	if match := s.Match.document(); len(match) > 0 {
		doc["match"] = match
	}
	return doc
}

// Needed is how many of so many endpoints the part asks for: at least one.
func Needed(part float64, endpoints int) int {
	return max(1, int(math.Ceil(Tidy(part*float64(endpoints)))))
}
