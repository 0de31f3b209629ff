package accesslog

import (
	"bytes"
	"strconv"
	"time"
)

// variable appends one value of an entry as a template writes it.
type variable func(dst []byte, e *Entry, c *clock) []byte

// variables are what a template may name.
var variables = map[string]variable{
	"time": func(dst []byte, e *Entry, c *clock) []byte {
		return c.time(e.Start).AppendFormat(dst, rfc3339Millis)
	},
	"time_local": func(dst []byte, e *Entry, c *clock) []byte {
		return c.time(e.Start).AppendFormat(dst, "02/Jan/2006:15:04:05 -0700")
	},
	"client":         text(func(e *Entry) []byte { return e.Client }),
	"method":         text(func(e *Entry) []byte { return e.Method }),
	"target":         text(func(e *Entry) []byte { return e.Target }),
	"path":           text((*Entry).path),
	"host":           text(func(e *Entry) []byte { return e.Host }),
	"user_agent":     text(func(e *Entry) []byte { return e.UserAgent }),
	"referer":        text(func(e *Entry) []byte { return e.Referer }),
	"trace_id":       text(func(e *Entry) []byte { return e.TraceID }),
	"scheme":         word(func(e *Entry) string { return e.Scheme }),
	"protocol":       word(func(e *Entry) string { return e.Protocol }),
	"route":          word(func(e *Entry) string { return e.Route }),
	"upstream":       word(func(e *Entry) string { return e.Upstream }),
	"version":        word(func(e *Entry) string { return e.Version }),
	"endpoint":       word(func(e *Entry) string { return e.Endpoint }),
	"reason":         word(func(e *Entry) string { return e.Reason }),
	"status":         number(func(e *Entry) int64 { return int64(e.Status) }),
	"attempts":       number(func(e *Entry) int64 { return int64(e.Attempts) }),
	"bytes":          number(func(e *Entry) int64 { return e.Bytes }),
	"request_length": number(func(e *Entry) int64 { return e.RequestLength }),
	"duration":       seconds(func(e *Entry) (time.Duration, bool) { return e.Duration, true }),
	"upstream_time":  seconds(func(e *Entry) (time.Duration, bool) { return e.LastAttempt, e.Attempts > 0 }),
	"upstream_first_byte": seconds(func(e *Entry) (time.Duration, bool) {
		return e.FirstByte, e.FirstByte > 0
	}),
}

const rfc3339Millis = "2006-01-02T15:04:05.000Z07:00"

// path is the target without its query.
func (e *Entry) path() []byte {
	before, _, _ := bytes.Cut(e.Target, []byte("?"))
	return before
}

func text(get func(*Entry) []byte) variable {
	return func(dst []byte, e *Entry, _ *clock) []byte { return appendEscaped(dst, get(e)) }
}

func word(get func(*Entry) string) variable {
	return func(dst []byte, e *Entry, _ *clock) []byte { return appendEscaped(dst, get(e)) }
}

func number(get func(*Entry) int64) variable {
	return func(dst []byte, e *Entry, _ *clock) []byte { return strconv.AppendInt(dst, get(e), 10) }
}

// seconds writes "-" for a duration that there is none of.
func seconds(get func(*Entry) (time.Duration, bool)) variable {
	return func(dst []byte, e *Entry, _ *clock) []byte {
		d, ok := get(e)
		if !ok {
			return append(dst, '-')
		}
		return appendSeconds(dst, d)
	}
}
