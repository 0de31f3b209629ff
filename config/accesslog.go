package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// AccessLog is the log that gets a line per request.
type AccessLog struct {
	File     string  // absolute path of a regular file, or LogStdout or LogStderr
	Format   string  // LogJSON, LogCombined, or the template as written. Default LogJSON
	Template Text    // of Format when that is a template, its variables out of LogVariables; else nil
	Sample   float64 // share of the lines that are written: above 0, to 1. Default 1
	Only     LogFilter
}

// LogFilter says which requests get a line: those that one of its parts lets
// pass. Without any part all do, which is the default.
type LogFilter struct {
	Status     []StatusRange // nil: the status lets none pass
	SlowerThan time.Duration // 0: the duration lets none pass
}

// The words of access_log.file and access_log.format.
const (
	LogStdout   = "stdout"
	LogStderr   = "stderr"
	LogJSON     = "json"
	LogCombined = "combined"
)

// LogVariables are what a template may name.
var LogVariables = []string{
	"attempts", "bytes", "client", "duration", "endpoint", "host", "method", "path", "protocol", "reason", "referer",
	"request_length", "route", "scheme", "status", "target", "time", "time_local", "trace_id", "upstream", "upstream_first_byte",
	"upstream_time", "user_agent", "version",
}

// accessLog reads the log of the configuration at file, which is not to be written.
func accessLog(dst **AccessLog, file string) func(value) {
	return func(v value) {
		l := &AccessLog{Format: LogJSON, Sample: 1}
		v.object(fields{
			"file":   need(wantLogFile, logFile(&l.File, file)),
			"format": may(l.readFormat),
			"sample": may(ratio(&l.Sample, "a percentage above 0%, to 100%, like 10%", above(0, 100))),
			"only":   may(l.Only.read),
		})
		*dst = l
	}
}

const wantLogFile = "a file, stdout or stderr"

func logFile(dst *string, config string) func(value) {
	return func(v value) {
		s, ok := v.scalar(wantLogFile)
		switch {
		case !ok:
			return
		case s == "":
			v.refuse(s, wantLogFile)
		case s == LogStdout || s == LogStderr:
			*dst = s
		default:
			*dst = v.full(s)
		}
		if *dst == config {
			v.fail("%s: want another file, this is the configuration", Show(s))
		}
	}
}

const wantLogFormat = "json, combined or a template with variables like $status"

func (l *AccessLog) readFormat(v value) {
	standard(v, &l.Format, nil)
	s, ok := v.scalar(wantLogFormat)
	if !ok {
		return
	}
	l.Format = s
	if s == LogJSON || s == LogCombined {
		return
	}
	if !strings.Contains(s, "$") {
		meant := ":"
		if near := Nearest(s, []string{LogJSON, LogCombined}); near != "" {
			meant = ", did you mean " + near + "?"
		}
		v.fail("%s%s want %s", Show(s), meant, wantLogFormat)
		return
	}
	l.Template = v.text(s, LogVariables)
}

func (f *LogFilter) read(v value) {
	v.object(fields{
		"status":      may(statusSet(&f.Status, 100, 599, "400-599")),
		"slower_than": may(duration(&f.SlowerThan, time.Millisecond)),
	})
	if v.node.Kind == yaml.MappingNode && len(v.node.Content) == 0 {
		v.fail("an empty mapping: want status, slower_than or both")
	}
}

func (l *AccessLog) document() map[string]any {
	doc := map[string]any{"file": l.File, "format": l.Format, "sample": percent(l.Sample)}
	only := map[string]any{}
	if l.Only.Status != nil {
		only["status"] = statuses(l.Only.Status)
	}
	if l.Only.SlowerThan > 0 {
		only["slower_than"] = l.Only.SlowerThan.String()
	}
	if len(only) > 0 {
		doc["only"] = only
	}
	return doc
}
