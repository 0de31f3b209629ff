package accesslog

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"weir/proxy/internal/sock"
)

// everything is the rule without filter and sampling.
var everything = Rule{Sample: 1}

// sample is an entry with a value in every field.
func sample() *Entry {
	return &Entry{
		Client: []byte("192.0.2.7"), Method: []byte("GET"), Target: []byte("/a/b?q=1"), Host: []byte("www.example.org:8080"),
		UserAgent: []byte("curl/8"), Referer: []byte("https://example.org/"), TraceID: []byte("0af7651916cd43dd8448eb211c80319c"),
		Scheme: "https", Protocol: "HTTP/1.1", RequestLength: 321, Status: 502, Bytes: 12, Reason: "upstream_reset",
		Route: "*/a", Upstream: "api", Version: "v2", Endpoint: "127.0.0.1:3001", Attempts: 2,
		Duration: 1234567 * time.Microsecond, LastAttempt: 34567 * time.Microsecond, FirstByte: 123 * time.Microsecond,
	}
}

// fixed is a clock by which an entry that starts at 0 starts at a known moment.
func fixed() *clock {
	zone := time.FixedZone("", -5*3600)
	return &clock{zone: zone, since: time.Date(2026, 3, 4, 5, 6, 7, 89e6, zone).UnixNano()}
}

// running is a log whose owner runs until stop or the end of the test.
type running struct {
	*Log
	said *safeBuffer // Weir's own log
	stop func()
}

func run(t testing.TB) *running {
	t.Helper()
	said := &safeBuffer{}
	r := &running{Log: New(zerolog.New(said)), said: said}
	r.every = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	r.stop = func() { cancel(); wg.Wait() }
	t.Cleanup(r.stop)
	return r
}

// use makes a file the log and returns its path.
func (r *running) use(t testing.TB, o Options) string {
	t.Helper()
	if o.File == "" {
		o.File = filepath.Join(t.TempDir(), "access.log")
	}
	if o.Rule.Sample == 0 {
		o.Rule = everything
	}
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Use(p)
	return o.File
}

// record records n entries that start now.
func (r *running) record(n int, e *Entry) {
	e.Start = sock.Now()
	for i := range n {
		r.Record(i, e)
	}
}

func read(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func countLines(t testing.TB, file string) int {
	t.Helper()
	return bytes.Count([]byte(read(t, file)), newline)
}

// eventually waits until ok, for at most ten seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

// safeBuffer is a buffer that one goroutine writes and another reads.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
