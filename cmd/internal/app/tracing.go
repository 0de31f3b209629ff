package app

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"go.opentelemetry.io/otel/attribute"

	"weir/config"
	"weir/proxy"
	"weir/proxy/admin"
)

const (
	// spansWaiting is how many sampled requests wait to be sent; more are dropped.
	spansWaiting = 2048
	// spanBatch is how many spans are sent at a time, spanEvery how long the first waits
	// for others, spanTimeout what one try may take and spanTries all tries of a batch.
	spanBatch   = 512
	spanEvery   = time.Second
	spanTimeout = 10 * time.Second
	spanTries   = 20 * time.Second
)

// tracer sends the spans of sampled requests. Requests never wait for it: what finds no
// room is dropped, and counted. The zero value sends none.
type tracer struct {
	sent, failed, dropped atomic.Uint64 // spans; of dropped, requests

	mu struct {
		sync.Mutex
		of   *config.Tracing // that stop is of; nil: none
		stop func()
	}
}

// use makes the spans go where the configuration says, if they do not yet; what is
// under way goes where it was to.
func (t *tracer) use(s *proxy.Server, c *config.Tracing, version string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if reflect.DeepEqual(t.mu.of, c) && c != nil && c.HeadersFile == "" || c == nil && t.mu.of == nil {
		return nil
	}
	var next *proxy.Tracing
	var stop func()
	if c != nil {
		queue := make(chan *proxy.Span, spansWaiting)
		run, err := t.sender(c, version, queue)
		if err != nil {
			return err
		}
		next = &proxy.Tracing{Sample: c.Sample, Take: func(sp *proxy.Span) {
			select {
			case queue <- sp:
			default:
				t.dropped.Add(1)
			}
		}}
		stop = task(context.Background(), run)
	}
	s.UseTracing(next)
	if t.mu.stop != nil {
		go t.mu.stop() // its receiver may hang
	}
	t.mu.of, t.mu.stop = c, stop
	return nil
}

// close sends what there is, for a moment.
func (t *tracer) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.stop != nil {
		t.mu.stop()
		t.mu.of, t.mu.stop = nil, nil
	}
}

// sender returns what sends the spans of a queue until its context ends.
func (t *tracer) sender(c *config.Tracing, version string, queue <-chan *proxy.Span) (func(context.Context), error) {
	headers, _, err := headersOf(c.HeadersFile)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpointURL(c.OTLP), otlptracehttp.WithHeaders(headers), otlptracehttp.WithTimeout(spanTimeout),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: spanTries}))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	o := &outbox{to: exporter, t: t}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // that was decided
		sdktrace.WithIDGenerator(givenIDs{}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", c.Service), attribute.String("service.version", version))),
		sdktrace.WithSpanProcessor(o))
	spans := provider.Tracer("weir")
	return func(ctx context.Context) {
		tick := time.NewTicker(spanEvery)
		defer tick.Stop()
		for {
			select {
			case sp := <-queue:
				if record(spans, sp); len(o.waiting) >= spanBatch {
					o.send(ctx, spanTries)
				}
			case <-tick.C:
				o.send(ctx, spanTries)
			case <-ctx.Done():
				for range len(queue) {
					record(spans, <-queue)
				}
				o.send(context.WithoutCancel(ctx), adminStop)
				return
			}
		}
	}, nil
}

// outbox is the spans that have ended and were not sent yet. While a receiver is slow
// they are not sent, and what comes meanwhile waits in the queue before it: the SDK's
// own batches would block the end of the process, or drop what nobody counts. It belongs
// to one goroutine.
type outbox struct {
	waiting []sdktrace.ReadOnlySpan
	to      sdktrace.SpanExporter
	t       *tracer
}

// send tries for so long at most.
func (o *outbox) send(ctx context.Context, most time.Duration) {
	if len(o.waiting) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	count := &o.t.sent
	if err := o.to.ExportSpans(ctx, o.waiting); err != nil {
		count = &o.t.failed
	}
	count.Add(uint64(len(o.waiting)))
	clear(o.waiting)
	o.waiting = o.waiting[:0]
}

// OnEnd implements sdktrace.SpanProcessor, as do the others.
func (o *outbox) OnEnd(s sdktrace.ReadOnlySpan) { o.waiting = append(o.waiting, s) }

// OnStart does nothing.
func (o *outbox) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// Shutdown does nothing: the outbox is its goroutine's.
func (o *outbox) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (o *outbox) ForceFlush(context.Context) error { return nil }

// metrics are nil when no spans are sent.
func (t *tracer) metrics() *admin.TracingMetrics {
	t.mu.Lock()
	on := t.mu.of != nil
	t.mu.Unlock()
	if !on {
		return nil
	}
	return &admin.TracingMetrics{Sent: t.sent.Load(), Failed: t.failed.Load(), Dropped: t.dropped.Load()}
}
