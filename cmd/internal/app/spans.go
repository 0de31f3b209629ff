package app

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"weir/proxy"
)

// idsKey is where a context has the numbers of the span to be begun: they were given out
// when the request came, for endpoints have heard of them.
type idsKey struct{}

type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

// givenIDs implements sdktrace.IDGenerator.
type givenIDs struct{}

// NewIDs is asked where a trace begins.
func (givenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	i, _ := ctx.Value(idsKey{}).(ids)
	return i.trace, i.span
}

// NewSpanID is asked for every other span.
func (givenIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	i, _ := ctx.Value(idsKey{}).(ids)
	return i.span
}

// record makes a request's spans: its own, and one below for each attempt. Attributes are
// named as OpenTelemetry's conventions for HTTP have them, and what they have no name
// for begins with weir.
func record(t trace.Tracer, sp *proxy.Span) {
	id, _ := trace.TraceIDFromHex(string(sp.TraceID[:]))
	ctx := context.Background()
	if !sp.Root {
		parent, _ := trace.SpanIDFromHex(string(sp.Parent[:]))
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: id, SpanID: parent, TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	own, _ := trace.SpanIDFromHex(string(sp.ID[:]))
	ctx, span := t.Start(context.WithValue(ctx, idsKey{}, ids{id, own}), sp.Method+" "+sp.Route,
		trace.WithTimestamp(sp.Start), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(requestAttributes(sp)...))
	if sp.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	for i := range sp.Attempts {
		attempt(ctx, t, sp, &sp.Attempts[i], i, id)
	}
	span.End(trace.WithTimestamp(sp.End))
}

func requestAttributes(sp *proxy.Span) []attribute.KeyValue {
	path, _, _ := strings.Cut(sp.Target, "?") // the query may have secrets, and spans go elsewhere
	out := append(method(sp.Method),
		attribute.String("url.scheme", sp.Scheme), attribute.String("url.path", path),
		attribute.String("server.address", sp.Host), attribute.String("client.address", sp.Client),
		attribute.Int("http.response.status_code", sp.Status),
	)
	for name, value := range map[string]string{
		"user_agent.original": sp.UserAgent, "http.route": sp.Route,
		"weir.upstream": sp.Upstream, "weir.reason": sp.Reason,
	} {
		if value != "" {
			out = append(out, attribute.String(name, value))
		}
	}
	return out
}

// method is a method that the conventions know, or _OTHER and what it was.
func method(m string) []attribute.KeyValue {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return []attribute.KeyValue{attribute.String("http.request.method", m)}
	}
	return []attribute.KeyValue{attribute.String("http.request.method", "_OTHER"), attribute.String("http.request.method_original", m)}
}

func attempt(ctx context.Context, t trace.Tracer, sp *proxy.Span, a *proxy.AttemptSpan, n int, id trace.TraceID) {
	own, _ := trace.SpanIDFromHex(string(a.ID[:]))
	attributes := append(method(sp.Method),
		attribute.String("weir.upstream", sp.Upstream), attribute.String("weir.version", a.Version),
		attribute.String("weir.attempt", a.By), attribute.String("weir.outcome", a.Outcome),
	)
	if host, port, err := net.SplitHostPort(a.Endpoint); err == nil {
		number, _ := strconv.Atoi(port)
		attributes = append(attributes, attribute.String("server.address", host), attribute.Int("server.port", number))
	}
	if n > 0 {
		attributes = append(attributes, attribute.Int("http.request.resend_count", n))
	}
	failed := a.Error
	if a.Status > 0 {
		attributes = append(attributes, attribute.Int("http.response.status_code", a.Status))
		if a.Status >= http.StatusBadRequest {
			failed = strconv.Itoa(a.Status)
		}
	}
	if failed != "" {
		attributes = append(attributes, attribute.String("error.type", failed))
	}
	_, span := t.Start(context.WithValue(ctx, idsKey{}, ids{id, own}), sp.Method,
		trace.WithTimestamp(a.Start), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	if failed != "" {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(a.End))
}
