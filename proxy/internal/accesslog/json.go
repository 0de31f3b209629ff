package accesslog

import (
	"time"

	"github.com/rs/zerolog"
)

// jsonLines is the format of one JSON object a line. Fields that there is nothing
// to say for are left out; bytes that are no UTF-8 become U+FFFD.
type jsonLines struct {
	line *collected
	log  zerolog.Logger
}

func newJSON() jsonLines {
	line := &collected{}
	return jsonLines{line: line, log: zerolog.New(line)}
}

// collected takes what zerolog writes.
type collected struct{ to []byte }

func (c *collected) Write(p []byte) (int, error) {
	c.to = append(c.to, p...)
	return len(p), nil
}

func (j jsonLines) append(dst []byte, e *Entry, c *clock) []byte {
	var room [len(rfc3339Millis) + 8]byte
	ev := j.log.Log()
	ev.Bytes("time", c.time(e.Start).AppendFormat(room[:0], rfc3339Millis))
	some(ev, "client", e.Client)
	some(ev, "method", e.Method)
	some(ev, "target", e.Target)
	some(ev, "host", e.Host)
	named(ev, "scheme", e.Scheme)
	named(ev, "protocol", e.Protocol)
	ev.Int("status", e.Status)
	ev.Int64("bytes", e.Bytes)
	ev.Int64("request_length", e.RequestLength)
	inSeconds(ev, "duration", e.Duration)
	named(ev, "route", e.Route)
	named(ev, "upstream", e.Upstream)
	ev.Int("attempts", e.Attempts)
	if e.Attempts > 0 {
		named(ev, "version", e.Version)
		named(ev, "endpoint", e.Endpoint)
		inSeconds(ev, "upstream_time", e.LastAttempt)
	}
	if e.FirstByte > 0 {
		inSeconds(ev, "upstream_first_byte", e.FirstByte)
	}
	named(ev, "reason", e.Reason)
	some(ev, "trace_id", e.TraceID)
	some(ev, "user_agent", e.UserAgent)
	some(ev, "referer", e.Referer)
	j.line.to = dst
	ev.Send()
	return j.line.to
}

func some(ev *zerolog.Event, key string, value []byte) {
	if len(value) > 0 {
		ev.Bytes(key, value)
	}
}

func named(ev *zerolog.Event, key, value string) {
	if value != "" {
		ev.Str(key, value)
	}
}

func inSeconds(ev *zerolog.Event, key string, d time.Duration) {
	var room [24]byte
	ev.RawJSON(key, appendSeconds(room[:0], d))
}
