package config

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// ActiveCheck is how every endpoint is asked again and again whether it is well: by
// an HTTP request, or over TCP.
type ActiveCheck struct {
	Path    string        // target of the request, begins with "/"; no default, "" with TCP
	Method  string        // in capitals, neither CONNECT nor TRACE. Default GET
	Host    string        // with a port or without; "", the default, is the address that is asked
	Headers []Pair        // more of the request's, sorted by name; names in lower case
	Status  []StatusRange // statuses that pass. Default 200-399
	Match   Match         // what else the answer must be
	TCP     *TCPCheck     // nil: by HTTP. Then the keys above are not written

	Port         int           // another port of the endpoint's host; 0, the default, is the endpoint's own
	TLS          *bool         // nil: as the upstream's traffic
	Interval     time.Duration // between two checks of an endpoint: 10 ms or more. Default 2 s
	IntervalDown time.Duration // between two checks of one that is not up; 0, the default, is Interval
	Jitter       float64       // by what share of the interval a check may be late: 0..0.5. Default 0.1
	Timeout      time.Duration // for the whole check: 1 ms or more. Default 1 s
	Rise         int           // passes in a row before an endpoint is up: 1..100. Default 2
	Fall         int           // failures in a row before it is down: 1..100. Default 3
	Mandatory    bool          // a new endpoint gets nothing before Rise passes. Default true
}

// TCPCheck is a check without HTTP: connecting, and perhaps a word and its answer.
type TCPCheck struct {
	Send   string // "": nothing
	Expect string // must come within the first 64 KiB; "": nothing need come
}

// active reads the active check; writing the block is what turns it on.
func active(dst **ActiveCheck) func(value) {
	return func(v value) {
		a := &ActiveCheck{
			Method:    "GET",
			Status:    []StatusRange{{From: 200, To: 399}},
			Interval:  2 * time.Second,
			Jitter:    0.1,
			Timeout:   time.Second,
			Rise:      2,
			Fall:      3,
			Mandatory: true,
		}
		var asks []value // the keys that only an HTTP check has
		http := func(read func(value)) field {
			return may(func(v value) {
				asks = append(asks, v)
				read(v)
			})
		}
		v.object(fields{
			"path":          http(target(&a.Path)),
			"method":        http(one(&a.Method, wantMethod, parseMethod)),
			"host":          http(one(&a.Host, wantCheckedHost, func(s string) (string, bool) { return s, s == "" || isHostHeader(s) })),
			"headers":       http(pairs(&a.Headers, checkPairs)),
			"status":        http(statusSet(&a.Status, 100, 599, "200,204,300-399")),
			"match":         http(a.Match.read),
			"tcp":           may(tcpCheck(&a.TCP)),
			"port":          may(integer(&a.Port, 0, 65535)),
			"tls":           may(optional(&a.TLS)),
			"interval":      may(duration(&a.Interval, 10*time.Millisecond)),
			"interval_down": may(durationOrNone(&a.IntervalDown, 10*time.Millisecond)),
			"jitter":        may(ratio(&a.Jitter, "a percentage from 0% to 50%, like 10%", within(0, 50))),
			"timeout":       may(duration(&a.Timeout, time.Millisecond)),
			"rise":          may(integer(&a.Rise, 1, 100)),
			"fall":          may(integer(&a.Fall, 1, 100)),
			"mandatory":     may(boolean(&a.Mandatory)),
		})
		a.check(v, asks)
		*dst = a
	}
}

// check finds what does not go together; asks are the keys of an HTTP check.
func (a *ActiveCheck) check(v value, asks []value) {
	switch {
	case v.node.Kind != yaml.MappingNode: // that is the problem
	case v.has("tcp"):
		for _, at := range asks {
			at.failKey("there is no HTTP in this check: want it without tcp")
		}
		a.Path, a.Method, a.Host, a.Headers, a.Status, a.Match = "", "", "", nil, nil, Match{}
	case !v.has("path"):
		v.lacks("path", wantTarget+", or tcp instead")
	case a.Method == "HEAD" && a.Match.Body != nil:
		v.fail("a rule for the body of an answer to HEAD, which has none: want another method")
	}
}

const (
	wantTarget      = `a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`
	wantCheckedHost = "a host, with a port or without"
	wantPayload     = `a text of 1 to 1000 bytes, of control characters only those below \x20, like "\r\n"`
)

// target reads what stands in the first line of a request: a path and
// perhaps a query.
func target(dst *string) func(value) {
	return one(dst, wantTarget, func(s string) (string, bool) {
		_, err := url.ParseRequestURI(s) // what the check does, each time
		return s, err == nil && strings.HasPrefix(s, "/") && isVisibleASCII(s) && !strings.Contains(s, "#")
	})
}

// isVisibleASCII reports whether s can be sent within a request line as it is.
func isVisibleASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}

// checkPairs are the headers of a check. It may say what only proxies say: that is
// how endpoints that redirect to https are asked.
var checkPairs = pairRules{
	what:      "a mapping of header names to values",
	wantName:  `a header's name of letters, digits and "-": not Host (there is "host"), framing or headers of one hop like Connection`,
	wantValue: "the value to send, of visible ASCII with spaces within",
	secret:    true,
	fold:      true,
	name: func(s string) bool {
		return headerName.MatchString(s) && !slices.Contains(hopHeaders, strings.ToLower(s))
	},
	value: isFieldValue,
}

func tcpCheck(dst **TCPCheck) func(value) {
	return func(v value) {
		t := &TCPCheck{}
		v.object(fields{
			"send":   may(payload(&t.Send)),
			"expect": may(payload(&t.Expect)),
		})
		*dst = t
	}
}

// payload reads what is looked for or sent as it is, ASCII's control characters too.
func payload(dst *string) func(value) {
	strange := func(c rune) bool { return c >= 0x7f && !unicode.IsGraphic(c) } // which JSON could not bring back
	return func(v value) {
		s, ok := v.raw(wantPayload)
		if ok && (s == "" || len(s) > 1000 || strings.ContainsFunc(s, strange)) {
			v.refuse(s, wantPayload)
			return
		}
		*dst = s
	}
}

// document is the check in the shape of the file.
func (a *ActiveCheck) document() map[string]any {
	doc := map[string]any{
		"port": a.Port, "interval": a.Interval.String(), "interval_down": a.IntervalDown.String(), "jitter": percent(a.Jitter),
		"timeout": a.Timeout.String(), "rise": a.Rise, "fall": a.Fall, "mandatory": a.Mandatory,
	}
	if a.TLS != nil {
		doc["tls"] = *a.TLS
	}
	if a.TCP != nil {
		tcp := map[string]any{}
		if a.TCP.Send != "" {
			tcp["send"] = hidden // a password, perhaps
		}
		if a.TCP.Expect != "" {
			tcp["expect"] = a.TCP.Expect
		}
		doc["tcp"] = tcp
		return doc
	}
	doc["path"], doc["method"], doc["host"], doc["status"] = shownTarget(a.Path), a.Method, a.Host, statuses(a.Status)
	withHeaders(doc, a.Headers)
	if match := a.Match.document(); len(match) > 0 {
		doc["match"] = match
	}
	return doc
}
