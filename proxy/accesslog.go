package proxy

import (
	"bytes"
	"time"

	"weir/proxy/internal/accesslog"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// The access log, as it is described to the data plane.
type (
	// AccessLog is a log ready to be written: its file is open. It is for
	// UseAccessLog, or closed.
	AccessLog = accesslog.Plan
	// AccessLogOptions say what to write, and where.
	AccessLogOptions = accesslog.Options
	// AccessLogRule says which requests get a line.
	AccessLogRule = accesslog.Rule
	// LogPart is a piece of a line's template.
	LogPart = accesslog.Part
	// AccessLogStats are its counts.
	AccessLogStats = accesslog.Stats
)

// OpenAccessLog opens the file of a log; see accesslog.Open for errors.
func OpenAccessLog(o AccessLogOptions) (*AccessLog, error) { return accesslog.Open(o) }

// CombinedLog is the template of the format that Apache and NGINX call combined.
func CombinedLog() []LogPart { return accesslog.Combined() }

// UseAccessLog makes l the log from now on, nil none. One call at a time.
func (s *Server) UseAccessLog(l *AccessLog) { s.access.Use(l) }

// ReopenAccessLog opens the log's file anew, as after a rotation. It does not wait
// for that.
func (s *Server) ReopenAccessLog() { s.access.Reopen() }

// AccessLogStats reads the log's counts since the process started.
func (s *Server) AccessLogStats() AccessLogStats { return s.access.Stats() }

// log gives a request its line; rt is nil when no route takes it.
func (s *Server) log(x Exchange, w *worker, rt *route, status int, end time.Duration) {
	e := x.Entry()
	e.Status, e.Attempts = status, w.attempts
	e.Start, e.Duration = w.startedAt, end-w.startedAt
	if rt != nil {
		e.Route = rt.name
		if rt.upstream != nil {
			e.Upstream = rt.upstream.Name
		}
	}
	if w.attempts > 0 {
		a := &w.attempt
		e.Version, e.Endpoint = a.version.Name, a.endpoint.Address
		e.LastAttempt = end - a.beganAt
		if a.firstAt > 0 {
			e.FirstByte = a.firstAt - a.beganAt
		}
		if e.Reason == "" {
			e.Reason = a.kind.String()
		}
	}
	s.access.Record(w.shard, e)
}

// Entry says what a line can tell of the request and its answer.
func (x *exchange) Entry() *accesslog.Entry {
	fields := x.req.Fields
	x.entry = accesslog.Entry{
		Client: x.clientIP(), Method: x.req.Method, Target: x.req.Target, Host: x.req.HostName,
		UserAgent: http1.Value(fields, "user-agent"), Referer: http1.Value(fields, "referer"),
		TraceID: x.TraceID(), Scheme: x.Scheme(), Protocol: protocols[x.req.Minor],
		RequestLength: int64(x.headSize) + x.body.taken(),
		Bytes:         max(x.c.sent.body()-x.sentBefore, 0),
	}
	if x.replied != nil {
		x.entry.Reason = x.replied.reason
	}
	return &x.entry
}

var protocols = [2]string{"HTTP/1.0", "HTTP/1.1"}

// logRefused gives a line to an answer to something that did not become a request
// and of which head has come; before is what was delivered before the answer.
func (c *conn) logRefused(r *reply, head []byte, before int64) {
	if !c.srv.access.On() {
		return
	}
	method, target := http1.RequestLine(head)
	c.srv.access.Record(c.w.shard, &accesslog.Entry{
		Client: c.clientIP, Method: method, Target: target, RequestLength: int64(len(head)),
		Status: r.status, Reason: r.reason, Bytes: max(c.sent.body()-before, 0), Start: sock.Now(),
	})
}

// delivered counts bytes that went to a client since its connection began.
type delivered struct {
	all     int64 // as the socket took them
	notBody int64 // heads and the framing of bodies, also what the socket did not take
}

func (d *delivered) body() int64 { return d.all - d.notBody }

// headOf returns the length of the head that an answer begins with.
func headOf(answer []byte) int64 {
	return int64(bytes.Index(answer, endOfHead) + len(endOfHead))
}

var endOfHead = []byte("\r\n\r\n")
