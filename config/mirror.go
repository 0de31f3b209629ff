package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Mirror says what is compared in steps that mirror, and what copies may take.
type Mirror struct {
	Headers     []string      // compared, in lower case: up to 16. Default content-type
	Ignore      []string      // paths, as routes have them, whose requests are not copied. Default none
	Body        bool          // bodies are compared. Default true
	MaxBody     int64         // bytes of one; of a longer one only that it is longer: 1..64MiB. Default 1MiB
	Queue       int           // copies that wait to be sent; more are dropped: 1..100000. Default 256
	Concurrency int           // that are sent at a time: 1..1000. Default 16
	Timeout     time.Duration // for all of a copy's answer: 1 ms or more. Default 5 s
}

func defaultMirror() Mirror {
	return Mirror{
		Headers: []string{"content-type"}, Body: true, MaxBody: 1 << 20,
		Queue: 256, Concurrency: 16, Timeout: 5 * time.Second,
	}
}

const (
	maxComparedHeaders = 16
	wantComparedHeader = `a header's name of letters, digits and "-", like Content-Type`
)

func (m *Mirror) read(v value) {
	v.object(fields{
		"headers": may(func(v value) {
			distinct(&m.Headers, 0, wantComparedHeader, func(s string) (string, bool) {
				return strings.ToLower(s), headerName.MatchString(s)
			})(v)
			if n := len(m.Headers); n > maxComparedHeaders {
				v.fail("%d headers: want at most %d", n, maxComparedHeaders)
			}
		}),
		"ignore":      may(distinct(&m.Ignore, 0, wantPrefix, parsePrefix)),
		"body":        may(boolean(&m.Body)),
		"max_body":    may(size(&m.MaxBody, 1, 64<<20)),
		"queue":       may(integer(&m.Queue, 1, 100_000)),
		"concurrency": may(integer(&m.Concurrency, 1, 1000)),
		"timeout":     may(duration(&m.Timeout, time.Millisecond)),
	})
}

func (m *Mirror) document() map[string]any {
	doc := map[string]any{
		"headers": list(m.Headers, func(s string) any { return s }), "body": m.Body, "max_body": sizeText(m.MaxBody),
		"queue": m.Queue, "concurrency": m.Concurrency, "timeout": m.Timeout.String(),
	}
	if len(m.Ignore) > 0 {
		doc["ignore"] = list(m.Ignore, func(s string) any { return s })
	}
	return doc
}

const (
	maxMismatch     = 0.01 // of the answers, where a step says nothing
	wantMirror      = "a percentage above 0% up to 100%, like 20%"
	wantMaxMismatch = "a percentage above 0% and below 100%, like 1%"
)

// mirroring are the keys that make a step one that mirrors. share gets where the part
// of the requests stands, most where MaxMismatch does.
func (s *Step) mirroring(share, most *value) (mirror, mismatch func(value)) {
	mirror = func(v value) {
		*share = v
		s.MaxMismatch = maxMismatch
		percentage(&s.Mirror, wantMirror, above(0, 100))(v)
	}
	return mirror, func(v value) { *most = v }
}

// mismatch reads MaxMismatch, which goes with a share only.
func (s *Step) mismatch(share, most value) {
	switch {
	case most.key == nil:
	case share.key == nil:
		most.failKey("nothing is compared there: want it with mirror")
	default:
		ratio(&s.MaxMismatch, wantMaxMismatch, between(0, 100))(most)
	}
}

// mirrorStep reads the one step of a blue_green rollout before its switch.
func mirrorStep(dst **Step, endless *[]value) func(value) {
	return func(v value) {
		s := &Step{}
		var share, mismatch, until, most value
		mirror, keep := s.mirroring(&share, &mismatch)
		v.object(fields{
			"share":        need(wantMirror, mirror),
			"max_mismatch": may(keep),
			"hold":         may(duration(&s.Hold, 0)),
			"until":        may(s.certifying(&until)),
			"max_hold":     may(s.longest(&most)),
		})
		if v.node.Kind != yaml.MappingNode {
			return // that is the problem
		}
		if share.key != nil { // else it is told already
			s.mismatch(share, mismatch)
		}
		s.waits(until, most, endless)
		*dst = s
	}
}

// asMirror is the document of such a step.
func (s *Step) asMirror() map[string]any {
	doc := s.document()
	doc["share"] = doc["mirror"]
	delete(doc, "mirror")
	return doc
}
